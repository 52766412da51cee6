package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How TLS to an origin is set up: whom the connector trusts, the name it expects and the certificate it shows.
 *
 * <p>Trusted are the JVM's and the operating system's roots and the pools added here; the host name is checked. Files are
 * read when first needed, and again when they change. Immutable.
 */
public final class OriginTls {
    private static final OriginTls DEFAULTS = builder().build();

    private final List<Path> caPoolFiles;
    private final List<X509Certificate> caPoolCertificates;
    private final boolean onlyCaPool;
    private final @Nullable String serverName;
    private final @Nullable Path certificateChain;
    private final @Nullable Path privateKey;
    private final boolean matchSniToHost;
    private final boolean trustsAnyCertificate;

    private OriginTls(Builder builder) {
        caPoolFiles = List.copyOf(builder.caPoolFiles);
        caPoolCertificates = List.copyOf(builder.caPoolCertificates);
        onlyCaPool = builder.onlyCaPool;
        serverName = builder.serverName;
        certificateChain = builder.certificateChain;
        privateKey = builder.privateKey;
        matchSniToHost = builder.matchSniToHost;
        trustsAnyCertificate = builder.trustsAnyCertificate;
    }

    /**
     * Starts with the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the default: all system roots, the URL's host name, no client certificate.
     *
     * @return the default
     */
    public static OriginTls defaults() {
        return DEFAULTS;
    }

    static OriginTls of(OriginOptions options) {
        Builder builder = builder();
        if (!options.caPool().isEmpty()) {
            builder.caPool(Path.of(options.caPool()));
        }
        if (!options.originServerName().isEmpty()) {
            builder.serverName(options.originServerName());
        }
        if (options.matchSniToHost()) {
            builder.matchSniToHost();
        }
        if (options.noTlsVerify()) {
            builder.dangerouslyTrustAnyCertificate();
        }
        return builder.build();
    }

    /**
     * Returns the PEM files with additional roots.
     *
     * @return the files, possibly none
     */
    public List<Path> caPoolFiles() {
        return caPoolFiles;
    }

    /**
     * Returns the additional roots given as certificates.
     *
     * @return the certificates, possibly none
     */
    public List<X509Certificate> caPoolCertificates() {
        return caPoolCertificates;
    }

    /**
     * Tells whether the roots of the JVM and the operating system are left out.
     *
     * @return true if only the added pool is trusted
     */
    public boolean isOnlyCaPool() {
        return onlyCaPool;
    }

    /**
     * Returns the name sent as SNI and checked in the certificate.
     *
     * @return the name, or null for the origin's host name
     */
    public @Nullable String serverName() {
        return serverName;
    }

    /**
     * Returns the PEM file of the client certificate and its intermediates.
     *
     * @return the file, or null when none is shown
     */
    public @Nullable Path certificateChain() {
        return certificateChain;
    }

    /**
     * Returns the PEM file of the client certificate's key.
     *
     * @return the file, or null when no certificate is shown
     */
    public @Nullable Path privateKey() {
        return privateKey;
    }

    /**
     * Tells whether the name sent and checked is the request's host.
     *
     * @return true if the request decides the name
     */
    public boolean isMatchSniToHost() {
        return matchSniToHost;
    }

    /**
     * Tells whether verification is off.
     *
     * @return true if any certificate is accepted
     */
    public boolean trustsAnyCertificate() {
        return trustsAnyCertificate;
    }

    /** Builds an {@link OriginTls}. Not thread-safe. */
    public static final class Builder {
        private final List<Path> caPoolFiles = new ArrayList<>();
        private final List<X509Certificate> caPoolCertificates = new ArrayList<>();
        private boolean onlyCaPool;
        private @Nullable String serverName;
        private @Nullable Path certificateChain;
        private @Nullable Path privateKey;
        private boolean matchSniToHost;
        private boolean trustsAnyCertificate;

        private Builder() {}

        /**
         * Adds PEM files with roots to trust besides the system's.
         *
         * @param pemFiles the files
         * @return this
         */
        public Builder caPool(Path... pemFiles) {
            caPoolFiles.addAll(List.of(pemFiles));
            return this;
        }

        /**
         * Adds roots to trust besides the system's.
         *
         * @param certificates the roots
         * @return this
         */
        public Builder caPool(X509Certificate... certificates) {
            caPoolCertificates.addAll(List.of(certificates));
            return this;
        }

        /**
         * Leaves out the roots of the JVM and the operating system: only the added pool is trusted.
         *
         * @return this
         */
        public Builder onlyCaPool() {
            onlyCaPool = true;
            return this;
        }

        /**
         * Sets the name sent as SNI and checked in the certificate. Default: the origin's host name.
         *
         * @param name a DNS name
         * @return this
         */
        public Builder serverName(String name) {
            serverName = requireNonNull(name, "name");
            return this;
        }

        /**
         * Shows a certificate to the origin (mutual TLS).
         *
         * @param chainPem the certificate, then its intermediates
         * @param keyPem its unencrypted PKCS#8 key
         * @return this
         */
        public Builder clientCertificate(Path chainPem, Path keyPem) {
            certificateChain = requireNonNull(chainPem, "chainPem");
            privateKey = requireNonNull(keyPem, "keyPem");
            return this;
        }

        /**
         * Sends and checks the request's host (after {@code httpHostHeader}) instead of the origin's name.
         *
         * @return this
         */
        public Builder matchSniToHost() {
            matchSniToHost = true;
            return this;
        }

        /**
         * Switches verification off: whoever stands between the connector and the origin can read and change
         * everything. Logged at WARN whenever it is used.
         *
         * @return this
         */
        public Builder dangerouslyTrustAnyCertificate() {
            trustsAnyCertificate = true;
            return this;
        }

        /**
         * Builds the value.
         *
         * @return an immutable value
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if only the pool is trusted and
         *     the pool is empty
         */
        public OriginTls build() {
            if (onlyCaPool && caPoolFiles.isEmpty() && caPoolCertificates.isEmpty()) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "onlyCaPool: the pool is empty (expected: at least one caPool file or certificate)");
            }
            return new OriginTls(this);
        }
    }
}
