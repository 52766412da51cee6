package io.tunnel4j.origin;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.AccessIdentity;
import io.tunnel4j.AccessRequirement;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Judges the Access token of a request (protocol document access §10, "Check at the connector"). Tokens found good are remembered until they end, as a signature costs more
 * than the rest of a request. Thread-safe: the lock guards what is remembered.
 */
final class AccessCheck {
    /** Clocks of the issuer and ours may differ by this much. */
    static final Duration LEEWAY = Duration.ofSeconds(60);

    private static final int MAX_REMEMBERED = 1024;
    private static final int MAX_TOKEN_CHARS = 16 << 10;

    private final AccessRequirement requirement;
    private final AccessKeys keys;
    private final InstantSource clock;
    private final Map<String, AccessIdentity> remembered = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, AccessIdentity> eldest) {
            return size() > MAX_REMEMBERED;
        }
    };

    AccessCheck(AccessRequirement requirement, AccessKeySource source, InstantSource clock) {
        this.requirement = requirement;
        this.clock = clock;
        this.keys = new AccessKeys(URI.create(requirement.issuer() + "/cdn-cgi/access/certs"), source, clock);
    }

    /**
     * The judgement.
     *
     * @param identity who it is, or null
     * @param status 200, 403 for somebody not allowed, 502 for a token that is none
     * @param why what is wrong, without the token
     */
    record Verdict(@Nullable AccessIdentity identity, int status, String why) {
        static Verdict forbidden(String why) {
            return new Verdict(null, 403, why);
        }

        static Verdict invalid(String why) {
            return new Verdict(null, 502, why);
        }
    }

    /**
     * Judges a request.
     *
     * @param token the request's token, or null
     * @return the verdict, complete already unless keys have to be fetched; never fails
     */
    CompletableFuture<Verdict> judge(@Nullable CharSequence token) {
        if (token == null || token.isEmpty()) {
            return CompletableFuture.completedFuture(Verdict.forbidden("no Access token"));
        }
        if (requirement.audienceTags().isEmpty()) {
            return CompletableFuture.completedFuture(Verdict.forbidden("no audience tag is configured"));
        }
        String text = token.toString();
        AccessIdentity known = recall(text);
        if (known != null) {
            return CompletableFuture.completedFuture(new Verdict(known, 200, ""));
        }
        if (text.length() > MAX_TOKEN_CHARS) {
            return CompletableFuture.completedFuture(Verdict.invalid("an Access token that is too long"));
        }
        SignedJWT jwt;
        JWTClaimsSet claims;
        try {
            jwt = SignedJWT.parse(text);
            claims = jwt.getJWTClaimsSet();
        } catch (ParseException e) {
            return CompletableFuture.completedFuture(Verdict.invalid("an Access token that cannot be read"));
        }
        String keyId = jwt.getHeader().getKeyID();
        if (!JWSAlgorithm.RS256.equals(jwt.getHeader().getAlgorithm()) || keyId == null || claims == null) {
            return CompletableFuture.completedFuture(Verdict.invalid("an Access token without RS256 and key id"));
        }
        return keys.find(keyId)
                .handle((key, failure) -> failure != null
                        ? Verdict.invalid("keys of the Access team are not to be had: " + failure.getMessage())
                        : verdict(text, jwt, claims, key));
    }

    private Verdict verdict(String text, SignedJWT jwt, JWTClaimsSet claims, @Nullable RSAKey key) {
        try {
            if (key == null || !jwt.verify(new RSASSAVerifier(key))) {
                return Verdict.invalid("an Access token whose signature is not the team's");
            }
            if (!requirement.issuer().equals(claims.getIssuer())) {
                return Verdict.invalid("an Access token of another issuer");
            }
            Instant now = clock.instant();
            Date expires = claims.getExpirationTime();
            if (expires == null || !now.isBefore(expires.toInstant().plus(LEEWAY))) {
                return Verdict.invalid("an Access token that has expired");
            }
            Date notBefore = claims.getNotBeforeTime();
            if (notBefore != null && now.plus(LEEWAY).isBefore(notBefore.toInstant())) {
                return Verdict.invalid("an Access token that is not valid yet");
            }
            List<String> audience = claims.getAudience();
            if (audience.stream().noneMatch(requirement.audienceTags()::contains)) {
                return Verdict.forbidden("an Access token for another application");
            }
            AccessIdentity identity = new AccessIdentity(
                    text(claims.getSubject()),
                    text(claims.getStringClaim("email")),
                    text(claims.getStringClaim("common_name")),
                    audience,
                    requirement.issuer(),
                    expires.toInstant());
            remember(text, identity);
            return new Verdict(identity, 200, "");
        } catch (JOSEException | ParseException e) {
            return Verdict.invalid("an Access token that cannot be read");
        }
    }

    private static String text(@Nullable String value) {
        return value == null ? "" : value;
    }

    private @Nullable AccessIdentity recall(String token) {
        synchronized (remembered) {
            AccessIdentity identity = remembered.get(token);
            if (identity != null
                    && !clock.instant().isBefore(identity.expiresAt().plus(LEEWAY))) {
                remembered.remove(token);
                return null;
            }
            return identity;
        }
    }

    int remembered() {
        synchronized (remembered) {
            return remembered.size();
        }
    }

    private void remember(String token, AccessIdentity identity) {
        synchronized (remembered) {
            remembered.put(token, identity);
        }
    }
}
