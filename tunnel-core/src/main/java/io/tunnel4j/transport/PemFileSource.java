package io.tunnel4j.transport;

import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Roots of a PEM file, read again when the file changes; looks at most once a second. A file that has become unreadable leaves the
 * former roots in force and is logged once per change.
 *
 * <p>Thread-safe: the lock guards all fields. Reading the file under it is deliberate: handshakes that need the new roots wait for them.
 */
final class PemFileSource implements TrustSource {
    private static final Logger log = LoggerFactory.getLogger(PemFileSource.class);
    private static final long CHECK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Path file;
    private final Ticker ticker;
    private @Nullable X509ExtendedTrustManager manager;
    private @Nullable Version version;
    private long checkedNanos;

    PemFileSource(Path file, Ticker ticker) {
        this.file = file;
        this.ticker = ticker;
    }

    /** What tells one content of the file from the next without reading it. */
    private record Version(
            long modifiedNanos, long size, @Nullable Object key) {
        static @Nullable Version of(Path file) {
            try {
                BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
                return new Version(now.lastModifiedTime().to(TimeUnit.NANOSECONDS), now.size(), now.fileKey());
            } catch (IOException e) {
                return null;
            }
        }

        /** What {@code equals} would say; a record's own loads seventy classes when it is first asked, which is while a connector starts. */
        boolean isSameAs(@Nullable Version other) {
            return other != null
                    && modifiedNanos == other.modifiedNanos
                    && size == other.size
                    && Objects.equals(key, other.key);
        }
    }

    @Override
    public synchronized @Nullable X509ExtendedTrustManager current() {
        long now = ticker.nanos();
        X509ExtendedTrustManager known = manager;
        if (known != null && now - checkedNanos < CHECK_NANOS) {
            return known;
        }
        checkedNanos = now;
        Version present = Version.of(file);
        if (known != null && isUnchanged(present)) {
            return known;
        }
        version = present;
        try {
            manager = TrustAnchors.of(PemCertificates.read(file));
        } catch (TunnelException e) {
            if (known == null) {
                throw e;
            }
            log.warn("{}; the certificates read before stay trusted", e.getMessage());
        }
        return manager;
    }

    private boolean isUnchanged(@Nullable Version present) {
        return present == null ? version == null : present.isSameAs(version);
    }
}
