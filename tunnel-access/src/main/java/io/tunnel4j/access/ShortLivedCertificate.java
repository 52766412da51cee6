package io.tunnel4j.access;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An SSH key and the certificate with which it opens doors for some minutes, as files for the SSH client.
 *
 * <p>Immutable, thread-safe. Holds no key itself.
 */
public final class ShortLivedCertificate {
    private final Path keyFile;
    private final Path certificateFile;
    private final @Nullable Instant expiresAt;

    ShortLivedCertificate(Path keyFile, Path certificateFile, @Nullable Instant expiresAt) {
        this.keyFile = keyFile;
        this.certificateFile = certificateFile;
        this.expiresAt = expiresAt;
    }

    /**
     * Returns the private key, for {@code IdentityFile}.
     *
     * @return a file of mode 0600
     */
    public Path keyFile() {
        return keyFile;
    }

    /**
     * Returns the certificate, for {@code CertificateFile}.
     *
     * @return a file of mode 0600
     */
    public Path certificateFile() {
        return certificateFile;
    }

    /**
     * Returns when the certificate ends.
     *
     * @return what the edge said; null if it did not
     */
    public @Nullable Instant expiresAt() {
        return expiresAt;
    }

    @Override
    public String toString() {
        return "ShortLivedCertificate[certificateFile=" + certificateFile + ", expiresAt=" + expiresAt + "]";
    }
}
