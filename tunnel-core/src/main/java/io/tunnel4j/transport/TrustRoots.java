package io.tunnel4j.transport;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whose certificates are trusted: the JVM's roots, the operating system's, and what the caller adds. It suffices that one of
 * them leads to the certificate.
 *
 * <p>PEM files are read when the first trust manager is asked for, and again when they change (looked at no more than once a second, during
 * handshakes). The operating system's roots are the Linux bundle, Windows-ROOT or the macOS keychains; no environment variable is read.
 * Reading all roots takes some 100 ms and a megabyte: share one instance where trust is the same. Thread-safe.
 */
public final class TrustRoots {
    private final List<PemFileSource> files;
    private final X509ExtendedTrustManager trustManager;

    private TrustRoots(Builder builder) {
        List<TrustSource> all = new ArrayList<>();
        List<PemFileSource> pemFiles = new ArrayList<>();
        for (Path file : builder.files) {
            pemFiles.add(new PemFileSource(file, builder.ticker));
        }
        files = List.copyOf(pemFiles);
        all.addAll(files);
        if (!builder.certificates.isEmpty()) {
            X509ExtendedTrustManager added = TrustAnchors.of(List.copyOf(builder.certificates));
            all.add(() -> added);
        }
        if (!builder.onlyPool) {
            all.add(SystemRoots.jvm());
            all.add(SystemRoots.operatingSystem(builder.ticker));
        }
        trustManager = new AnyOfTrust(List.copyOf(all));
    }

    /**
     * Starts with the JVM's and the operating system's roots.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Trusts the JVM's and the operating system's roots.
     *
     * @return new roots
     */
    public static TrustRoots system() {
        return builder().build();
    }

    /**
     * Trusts what a connector to the Cloudflare network trusts: the system's roots and three of Cloudflare's own.
     *
     * @return new roots
     */
    public static TrustRoots cloudflareEdge() {
        try (InputStream in = requireNonNull(
                TrustRoots.class.getResourceAsStream("cloudflare-roots.pem"), "cloudflare-roots.pem in the jar")) {
            Builder builder = builder();
            PemCertificates.parse("cloudflare-roots.pem", in.readAllBytes()).forEach(builder::certificates);
            return builder.build();
        } catch (IOException e) {
            throw new UncheckedIOException("cloudflare-roots.pem", e);
        }
    }

    /**
     * Returns the trust manager. It checks host names when the TLS engine asks for it by its endpoint identification algorithm.
     *
     * @return an {@link X509ExtendedTrustManager}, the same at every call
     * @throws io.tunnel4j.TunnelException with {@link io.tunnel4j.TunnelErrorCode#INVALID_CONFIGURATION}, naming a PEM file that cannot be read
     */
    public X509ExtendedTrustManager trustManager() {
        files.forEach(PemFileSource::current);
        return trustManager;
    }

    /** Builds {@link TrustRoots}. Not thread-safe. */
    public static final class Builder {
        private final List<Path> files = new ArrayList<>();
        private final List<X509Certificate> certificates = new ArrayList<>();
        private boolean onlyPool;
        private Ticker ticker = Ticker.SYSTEM;

        private Builder() {}

        /**
         * Adds the certificates of PEM files.
         *
         * @param pemFiles the files, read when the trust manager is asked for
         * @return this
         */
        public Builder pemFiles(Path... pemFiles) {
            files.addAll(List.of(pemFiles));
            return this;
        }

        /**
         * Adds certificates.
         *
         * @param roots the certificates to trust
         * @return this
         */
        public Builder certificates(X509Certificate... roots) {
            certificates.addAll(List.of(roots));
            return this;
        }

        /**
         * Leaves out the JVM's and the operating system's roots: only what was added is trusted.
         *
         * @return this
         */
        public Builder onlyPool() {
            onlyPool = true;
            return this;
        }

        Builder ticker(Ticker source) {
            ticker = requireNonNull(source, "source");
            return this;
        }

        /**
         * Builds the roots; reads nothing yet.
         *
         * @return immutable roots
         * @throws IllegalStateException if only the pool is trusted and the pool is empty
         */
        public TrustRoots build() {
            if (onlyPool && files.isEmpty() && certificates.isEmpty()) {
                throw new IllegalStateException("onlyPool: the pool is empty (expected: a PEM file or certificate)");
            }
            return new TrustRoots(this);
        }
    }
}
