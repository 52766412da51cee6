package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;

/**
 * Who sends a request, as a verified Access token says. Immutable.
 *
 * @param subject the user's stable id; empty for a service token
 * @param email the user's address; empty for a service token
 * @param commonName the service token's client id; empty for a user
 * @param audience the applications the token is for
 * @param issuer the team's URL
 * @param expiresAt when the token ends
 */
public record AccessIdentity(
        String subject, String email, String commonName, List<String> audience, String issuer, Instant expiresAt) {
    /** Name of the attribute under which a handler in this process finds the identity in its exchange. */
    public static final String ATTRIBUTE = "io.tunnel4j.AccessIdentity";

    /**
     * Creates an identity.
     *
     * @param subject the user's stable id; empty for a service token
     * @param email the user's address; empty for a service token
     * @param commonName the service token's client id; empty for a user
     * @param audience the applications the token is for
     * @param issuer the team's URL
     * @param expiresAt when the token ends
     */
    public AccessIdentity {
        requireNonNull(subject, "subject");
        requireNonNull(email, "email");
        requireNonNull(commonName, "commonName");
        audience = List.copyOf(audience);
        requireNonNull(issuer, "issuer");
        requireNonNull(expiresAt, "expiresAt");
    }
}
