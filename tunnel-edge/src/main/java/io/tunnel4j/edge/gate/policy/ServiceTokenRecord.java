package io.tunnel4j.edge.gate.policy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/**
 * A service token as the edge keeps it: without the secret. Immutable.
 *
 * @param id what rules name
 * @param name shown to operators
 * @param clientId public half, {@code <32 hex>.access}
 * @param secretHash SHA-256 of the secret, hexadecimal; the secret is random, so nothing slower is needed
 * @param duration validity, and by how much a renewal extends it
 * @param createdAt when it was made
 * @param expiresAt when it ends
 */
public record ServiceTokenRecord(
        String id,
        String name,
        String clientId,
        String secretHash,
        Duration duration,
        Instant createdAt,
        Instant expiresAt) {
    /** Validity of a token unless told otherwise: a year. */
    public static final Duration DEFAULT_DURATION = Duration.ofDays(365);

    /**
     * Checks a secret in constant time.
     *
     * @param secret what the client sent
     * @return whether it is the right one
     */
    public boolean hasSecret(String secret) {
        return MessageDigest.isEqual(
                hash(secret).getBytes(StandardCharsets.US_ASCII), secretHash.getBytes(StandardCharsets.US_ASCII));
    }

    /**
     * Tells whether the token is past its end.
     *
     * @param now the time
     * @return true from {@code expiresAt} on
     */
    public boolean isExpired(Instant now) {
        return !now.isBefore(expiresAt);
    }

    /**
     * Extends the validity by its duration, counted from now.
     *
     * @param now the time
     * @return a changed copy
     */
    public ServiceTokenRecord renewed(Instant now) {
        return new ServiceTokenRecord(id, name, clientId, secretHash, duration, createdAt, now.plus(duration));
    }

    /**
     * Replaces the secret.
     *
     * @param newHash hash of the new one
     * @return a changed copy
     */
    public ServiceTokenRecord withSecretHash(String newHash) {
        return new ServiceTokenRecord(id, name, clientId, newHash, duration, createdAt, expiresAt);
    }

    /**
     * Hashes a secret.
     *
     * @param secret random
     * @return hexadecimal
     */
    public static String hash(String secret) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("no SHA-256 in this JVM", e);
        }
    }

    /** Shows the name and the client id. */
    @Override
    public String toString() {
        return "ServiceTokenRecord[" + name + " " + clientId + ", until " + expiresAt + "]";
    }
}
