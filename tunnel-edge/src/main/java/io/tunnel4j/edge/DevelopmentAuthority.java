package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A certificate authority made on the spot, for development and closed networks: browsers and connectors are told once to trust its
 * certificate. Whoever has its key can pretend to be any site to those who trust it, so it is no authority for the public.
 *
 * <p>Thread-safe. {@link #toString()} leaves the key out.
 */
public final class DevelopmentAuthority {
    /** The names that connectors ask an edge for (protocol document connector-edge §3). */
    private static final String[] TUNNEL_NAMES = {"h2.cftunnel.com", "quic.cftunnel.com", "probe.cftunnel.com"};

    private static final String LOCAL_NAME = "localhost";
    private static final String[] LOCAL_ADDRESSES = {"127.0.0.1", "::1"};
    private static final Duration AUTHORITY_LIFE = Duration.ofDays(3650);
    private static final Duration CERTIFICATE_LIFE = Duration.ofDays(90);
    private static final Duration CLOCK_TOLERANCE = Duration.ofHours(1);
    private static final String CERTIFICATE_FILE = "ca.pem";
    private static final String KEY_FILE = "ca-key.pem";

    private final X509Bundle root;

    private DevelopmentAuthority(X509Bundle root) {
        this.root = root;
    }

    /**
     * Makes an authority that lives as long as this object.
     *
     * @return a new authority
     */
    public static DevelopmentAuthority create() {
        try {
            return new DevelopmentAuthority(new CertificateBuilder()
                    .ecp256()
                    .subject("CN=tunnel4j development authority, O=tunnel4j")
                    .setIsCertificateAuthority(true)
                    .setKeyUsage(true, CertificateBuilder.KeyUsage.keyCertSign, CertificateBuilder.KeyUsage.cRLSign)
                    .notBefore(Instant.now().minus(CLOCK_TOLERANCE))
                    .notAfter(Instant.now().plus(AUTHORITY_LIFE))
                    .buildSelfSigned());
        } catch (Exception e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "no development authority: " + e, e);
        }
    }

    /**
     * Reads the authority kept in a directory, or makes one there: {@value #CERTIFICATE_FILE} to be trusted, {@value #KEY_FILE} readable by
     * the owner only.
     *
     * @param directory is made if it does not exist
     * @return the same authority every time
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the files cannot be read or written
     */
    public static DevelopmentAuthority in(Path directory) {
        Path certificate = requireNonNull(directory, "directory").resolve(CERTIFICATE_FILE);
        Path key = directory.resolve(KEY_FILE);
        try {
            if (Files.exists(certificate) && Files.exists(key)) {
                return read(certificate, key);
            }
            DevelopmentAuthority made = create();
            Files.createDirectories(directory);
            writeKey(key, made.root.getPrivateKeyPEM());
            Files.writeString(certificate, made.certificatePem(), StandardCharsets.US_ASCII);
            return made;
        } catch (IOException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION, "development authority in " + directory + ": " + e, e);
        }
    }

    private static DevelopmentAuthority read(Path certificateFile, Path keyFile) throws IOException {
        try (InputStream in = Files.newInputStream(certificateFile)) {
            X509Certificate certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
            KeyPair keys = new KeyPair(certificate.getPublicKey(), PemKey.read(keyFile));
            return new DevelopmentAuthority(X509Bundle.fromRootCertificateAuthority(certificate, keys));
        } catch (java.security.GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(certificateFile + " and " + keyFile + " hold no authority", e);
        }
    }

    private static void writeKey(Path file, String pem) throws IOException {
        Files.deleteIfExists(file);
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        }
        Files.writeString(file, pem, StandardCharsets.US_ASCII, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    }

    /**
     * Returns the certificate to be trusted.
     *
     * @return the root
     */
    public X509Certificate certificate() {
        return root.getRootCertificate();
    }

    /**
     * Returns the certificate to be trusted, as connectors ({@code --cacert}) and browsers import it.
     *
     * @return PEM
     */
    public String certificatePem() {
        return root.getRootCertificatePEM();
    }

    /**
     * Writes the certificate to be trusted.
     *
     * @param file is replaced
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if it cannot be written
     */
    public void exportTo(Path file) {
        try {
            Files.writeString(requireNonNull(file, "file"), certificatePem(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "CA file " + file + ": " + e, e);
        }
    }

    /**
     * Returns certificates of this authority: one valid for the three names connectors ask for, {@code localhost}, the loopback addresses and the given
     * names, and one made on demand for every other name a client asks for, such as {@code app.localhost} (browsers accept no wildcard below a
     * top-level name, and none for names deeper below it).
     *
     * @param names more DNS names; what a wildcard such as {@code *.example.localhost} stands for is made on demand
     * @return certificates for {@link TunnelEdge.Builder#https} and {@link TunnelEdge.Builder#connectors}
     */
    public EdgeCertificates certificates(String... names) {
        Set<String> all = new LinkedHashSet<>(List.of(LOCAL_NAME));
        all.addAll(Arrays.asList(TUNNEL_NAMES));
        for (String name : names) {
            String plain = name.startsWith("*.") ? name.substring(2) : name;
            if (plain.isEmpty() || plain.indexOf('*') >= 0) {
                throw new IllegalArgumentException(
                        "names: \"" + name + "\" (expected: DNS names, the first label may be *)");
            }
            if (plain.equals(name)) {
                all.add(name);
            }
        }
        return EdgeCertificates.onDemand(issue(all), all, name -> issue(Set.of(name)));
    }

    private KeyedChain issue(Set<String> names) {
        CertificateBuilder builder = new CertificateBuilder()
                .ecp256()
                .subject("CN=" + names.iterator().next() + ", O=tunnel4j development")
                .setKeyUsage(true, CertificateBuilder.KeyUsage.digitalSignature)
                .addExtendedKeyUsageServerAuth()
                .notBefore(Instant.now().minus(CLOCK_TOLERANCE))
                .notAfter(Instant.now().plus(CERTIFICATE_LIFE));
        names.forEach(builder::addSanDnsName);
        if (names.contains(LOCAL_NAME)) {
            Arrays.asList(LOCAL_ADDRESSES).forEach(builder::addSanIpAddress);
        }
        try {
            X509Bundle bundle = builder.buildIssuedBy(root);
            return new KeyedChain(bundle.getKeyPair().getPrivate(), List.of(bundle.getCertificatePath()));
        } catch (Exception e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "no certificate for " + names, e);
        }
    }

    @Override
    public String toString() {
        return "DevelopmentAuthority[" + certificate().getSerialNumber().toString(16) + "]";
    }
}
