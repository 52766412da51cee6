package io.tunnel4j.edge.gate.policy;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A private key of the edge. Immutable.
 *
 * @param id key id: the {@code kid} of a token key
 * @param purpose {@code token}, or {@code ssh:} and the audience tag of an application
 * @param privateKey PKCS#8
 * @param certificate self-signed, PEM; empty where there is none
 * @param publicKey SubjectPublicKeyInfo
 * @param createdAt when it was made
 * @param retiredAt since when it signs no more; null while it does
 */
public record SigningKeyRecord(
        String id,
        String purpose,
        byte[] privateKey,
        String certificate,
        byte[] publicKey,
        Instant createdAt,
        @Nullable Instant retiredAt) {
    /** Purpose of the keys behind the JSON Web Key Set. */
    public static final String TOKEN = "token";

    /**
     * Stops signing with this key.
     *
     * @param now the time
     * @return a changed copy
     */
    public SigningKeyRecord retired(Instant now) {
        return new SigningKeyRecord(id, purpose, privateKey, certificate, publicKey, createdAt, now);
    }

    /** Shows id and purpose. */
    @Override
    public String toString() {
        return "SigningKeyRecord[" + purpose + " " + id + "]";
    }
}
