package io.tunnel4j.edge.gate.token;

import java.time.Instant;

/**
 * What an accepted token says. Immutable.
 *
 * @param type {@code app} or {@code org}
 * @param audience the application's audience tag, or the team's
 * @param email of a person; empty for a service
 * @param userId of a person; empty for a service
 * @param commonName client id of a service token or name of a certificate; empty for a person
 * @param identityNonce names a person's session; empty for a service
 * @param issuedAt when it was made
 * @param expiresAt when it ends
 */
public record AccessClaims(
        String type,
        String audience,
        String email,
        String userId,
        String commonName,
        String identityNonce,
        Instant issuedAt,
        Instant expiresAt) {
    /** Shows type and bearer. */
    @Override
    public String toString() {
        return "AccessClaims[" + type + " " + (email.isEmpty() ? commonName : email) + "]";
    }
}
