package io.tunnel4j.edge.gate.login;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import io.tunnel4j.edge.gate.session.ExpiringTable;
import java.net.URI;
import java.net.http.HttpRequest;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * Asks a service of the operator's own whether somebody may pass: it is sent a signed token about them, and its answer counts only if it is signed by
 * one of the service's published keys and repeats the nonce it was asked with. Thread-safe, does not block.
 */
public final class ExternalEvaluator {
    private static final int MAX_SERVICES = 256;
    private static final Duration KEY_REUSE = Duration.ofMinutes(10);

    private final ProviderHttp http;
    private final ExpiringTable<URI, JWKSet> keys;

    /**
     * Creates the asker.
     *
     * @param http asks services
     * @param clock the time
     */
    public ExternalEvaluator(ProviderHttp http, InstantSource clock) {
        this.http = http;
        this.keys = new ExpiringTable<>(MAX_SERVICES, clock);
    }

    /**
     * Asks.
     *
     * @param evaluateUrl gets {@code {"token": …}} by POST and answers in kind
     * @param keysUrl where the service publishes its keys as a JWK set
     * @param token who it is about, signed
     * @param nonce as in that token
     * @return whether they may pass; failed with {@link LoginFailure} if the service gives no answer that counts
     */
    public CompletableFuture<Boolean> ask(URI evaluateUrl, URI keysUrl, String token, String nonce) {
        JsonObject question = new JsonObject();
        question.addProperty("token", token);
        HttpRequest.Builder request = HttpRequest.newBuilder(evaluateUrl)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(question.toString()));
        return http.send(request).thenCompose(answer -> {
            JsonElement signed = answer.get("token");
            String text = signed != null && signed.isJsonPrimitive() ? signed.getAsString() : "";
            JWKSet known = keys.get(keysUrl);
            return known == null
                    ? fetch(keysUrl).thenApply(fetched -> verdict(text, fetched, nonce))
                    : withKnown(keysUrl, known, text, nonce);
        });
    }

    /** A service may have changed its keys since they were fetched. */
    private CompletableFuture<Boolean> withKnown(URI keysUrl, JWKSet known, String text, String nonce) {
        try {
            return CompletableFuture.completedFuture(verdict(text, known, nonce));
        } catch (LoginFailure e) {
            return fetch(keysUrl).thenApply(fetched -> verdict(text, fetched, nonce));
        }
    }

    private CompletableFuture<JWKSet> fetch(URI keysUrl) {
        return http.get(keysUrl).thenApply(json -> {
            try {
                JWKSet fetched = JWKSet.parse(json.toString());
                keys.put(keysUrl, fetched, KEY_REUSE);
                return fetched;
            } catch (ParseException e) {
                throw new LoginFailure("external evaluation: the key set cannot be read", e);
            }
        });
    }

    private static boolean verdict(String text, JWKSet published, String nonce) {
        DefaultJWTProcessor<SecurityContext> processor = new DefaultJWTProcessor<>();
        processor.setJWSKeySelector(
                new JWSVerificationKeySelector<>(SignatureAlgorithms.ACCEPTED, new ImmutableJWKSet<>(published)));
        processor.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                new JWTClaimsSet.Builder().claim("nonce", nonce).build(), Set.of("exp", "success")));
        try {
            return Boolean.TRUE.equals(processor.process(text, null).getClaim("success"));
        } catch (ParseException | BadJOSEException | JOSEException e) {
            throw new LoginFailure("external evaluation: the answer is not acceptable", e);
        }
    }
}
