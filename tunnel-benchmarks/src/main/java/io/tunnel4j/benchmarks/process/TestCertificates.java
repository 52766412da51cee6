package io.tunnel4j.benchmarks.process;

import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;

/** One authority and one P-256 certificate for everybody in a run, so that all subjects do the same TLS. Immutable. */
public final class TestCertificates {
    private static final String[] NAMES = {
        "localhost",
        "app.localhost",
        "up.localhost",
        "tcp.localhost",
        "db.localhost",
        "ws.localhost",
        "h2.cftunnel.com",
        "probe.cftunnel.com"
    };

    private final X509Bundle server;
    private final Path authority;
    private final Path chain;
    private final Path key;
    private final Path combined;

    private TestCertificates(Path directory) throws Exception {
        X509Bundle root = new CertificateBuilder()
                .ecp256()
                .subject("CN=benchmark authority")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        CertificateBuilder builder =
                new CertificateBuilder().ecp256().subject("CN=localhost").addExtendedKeyUsageServerAuth();
        for (String name : NAMES) {
            builder.addSanDnsName(name);
        }
        builder.addSanIpAddress("127.0.0.1");
        server = builder.buildIssuedBy(root);
        authority = Files.writeString(directory.resolve("ca.pem"), server.getRootCertificatePEM());
        chain = Files.writeString(directory.resolve("server.pem"), server.getCertificatePathPEM());
        key = Files.writeString(directory.resolve("server.key"), server.getPrivateKeyPEM());
        combined = Files.writeString(
                directory.resolve("combined.pem"), server.getCertificatePathPEM() + "\n" + server.getPrivateKeyPEM());
    }

    /**
     * Makes certificates.
     *
     * @param directory where the PEM files go
     * @return the certificates
     * @throws Exception if they cannot be made
     */
    public static TestCertificates create(Path directory) throws Exception {
        return new TestCertificates(directory);
    }

    /**
     * Returns the root.
     *
     * @return PEM file
     */
    public Path authority() {
        return authority;
    }

    /**
     * Returns the server's certificate.
     *
     * @return PEM file
     */
    public Path chain() {
        return chain;
    }

    /**
     * Returns the server's key.
     *
     * @return PEM file
     */
    public Path key() {
        return key;
    }

    /**
     * Returns certificate and key, as haproxy wants them.
     *
     * @return PEM file
     */
    public Path combined() {
        return combined;
    }

    /**
     * Returns TLS for a server that connectors dial.
     *
     * @return without ALPN
     * @throws Exception if TLS cannot be set up
     */
    public SslContext edgeContext() throws Exception {
        return SslContextBuilder.forServer(server.toKeyManagerFactory())
                .sslProvider(SslProvider.JDK)
                .protocols("TLSv1.3")
                .build();
    }

    /**
     * Returns TLS for a client.
     *
     * @param protocols offered by ALPN, none for none
     * @return trusts the authority
     * @throws Exception if TLS cannot be set up
     */
    public SslContext clientContext(String... protocols) throws Exception {
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(SslProvider.JDK)
                .trustManager(authority.toFile())
                .protocols("TLSv1.3");
        if (protocols.length > 0) {
            builder.ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            protocols));
        }
        return builder.build();
    }
}
