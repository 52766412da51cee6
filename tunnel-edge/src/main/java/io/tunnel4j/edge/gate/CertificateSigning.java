package io.tunnel4j.edge.gate;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.gate.login.AttemptLimiter;
import io.tunnel4j.edge.gate.policy.AccessIndex;
import io.tunnel4j.edge.gate.policy.Identity;
import io.tunnel4j.edge.gate.policy.PolicyEngine;
import io.tunnel4j.edge.gate.policy.Verdict;
import io.tunnel4j.edge.gate.token.AccessClaims;
import io.tunnel4j.edge.gate.token.SshAuthority;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Turns an application token and a public key into a short-lived SSH certificate. Thread-safe, never blocks. */
final class CertificateSigning implements EdgeService {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateSigning.class);
    /** An account name; nothing that a list of principals or a shell could take for more. */
    private static final Pattern PRINCIPAL = Pattern.compile("[a-z0-9][a-z0-9._+-]{0,63}");

    private static final int MOST_PER_MINUTE = 30;

    private final GateContext context;
    private final AttemptLimiter byUserAndMinute;

    CertificateSigning(GateContext context) {
        this.context = context;
        this.byUserAndMinute = new AttemptLimiter(MOST_PER_MINUTE, Duration.ofMinutes(1), context.clock);
    }

    @Override
    public CompletionStage<EdgeResponse> serve(EdgeRequest request) {
        JsonObject json;
        try {
            json = JsonParser.parseString(new String(request.body(), StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            return problem(400, "the body is not a JSON object");
        }
        AccessIndex index = context.index();
        AccessClaims claims = context.tokens.readForAnyApplication(text(json, "jwt"));
        Application app = claims == null ? null : index.application(claims.audience());
        Identity identity = claims == null ? null : context.sessions.find(claims.identityNonce(), index);
        if (claims == null
                || app == null
                || identity == null
                || index.isRevoked("", claims.audience(), claims.issuedAt())) {
            return problem(401, "the token is not acceptable");
        }
        Verdict verdict = PolicyEngine.decide(app, index, context.facts(request, null), identity);
        String principal = identity.email().substring(0, identity.email().indexOf('@'));
        if (verdict.outcome() != Verdict.Outcome.ALLOW
                || !PRINCIPAL.matcher(principal).matches()) {
            return problem(403, "no certificate for " + identity.email());
        }
        Instant now = context.clock.instant();
        if (!byUserAndMinute.tryAcquire(identity.email() + " " + now.getEpochSecond() / 60)) {
            return problem(429, "more than " + MOST_PER_MINUTE + " certificates in a minute");
        }
        return SshAuthority.of(context.state, app.audience(), now).thenApply(authority -> {
            try {
                SshAuthority.Certificate certificate =
                        authority.sign(text(json, "public_key"), identity.email(), principal, now);
                LOG.info("[{}] SSH certificate {} for {}", request.id(), certificate.id(), identity.email());
                JsonObject answer = new JsonObject();
                answer.addProperty("id", certificate.id());
                answer.addProperty("certificate", certificate.text());
                answer.addProperty("expires_at", certificate.expiresAt().toString());
                return EdgeResponse.of(200, "application/json", answer.toString())
                        .with("Cache-Control", "no-store");
            } catch (IllegalArgumentException e) {
                return refusal(400, String.valueOf(e.getMessage()));
            }
        });
    }

    private static String text(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value != null && value.isJsonPrimitive() ? value.getAsString() : "";
    }

    private static CompletionStage<EdgeResponse> problem(int status, String message) {
        return CompletableFuture.completedFuture(refusal(status, message));
    }

    private static EdgeResponse refusal(int status, String message) {
        JsonObject json = new JsonObject();
        json.addProperty("status", status);
        json.addProperty("message", message);
        return EdgeResponse.of(status, "application/json", json.toString()).with("Cache-Control", "no-store");
    }
}
