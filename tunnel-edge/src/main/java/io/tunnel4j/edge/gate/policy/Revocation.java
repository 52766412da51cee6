package io.tunnel4j.edge.gate.policy;

import java.time.Instant;
import java.util.Locale;

/**
 * Tokens that count no more. Immutable.
 *
 * @param id whose tokens: {@code user:<e-mail>} or {@code app:<audience tag>}
 * @param notBefore tokens and sessions from before this moment are void
 */
public record Revocation(String id, Instant notBefore) {
    /**
     * Voids a person's tokens and sessions.
     *
     * @param email whose
     * @param now the time
     * @return the revocation
     */
    public static Revocation ofUser(String email, Instant now) {
        return new Revocation(userId(email), now);
    }

    /**
     * Voids all tokens of an application.
     *
     * @param audience its audience tag
     * @param now the time
     * @return the revocation
     */
    public static Revocation ofApplication(String audience, Instant now) {
        return new Revocation(applicationId(audience), now);
    }

    static String userId(String email) {
        return "user:" + email.toLowerCase(Locale.ROOT);
    }

    static String applicationId(String audience) {
        return "app:" + audience;
    }
}
