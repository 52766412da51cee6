package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.OriginTls;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** TLS to origins: whom the connector trusts, and what it says when it does not. */
@ExtendWith(LeakCheck.class)
class OriginTlsTest {
    private static X509Bundle authority;
    private static X509Bundle other;

    @TempDir
    private Path folder;

    private ScriptedOrigin origin;
    private ScriptedEdge edge;
    private UnixTlsOrigin unixOrigin;

    @BeforeAll
    static void certify() throws Exception {
        authority = ca("CN=Test authority");
        other = ca("CN=Another authority");
    }

    private static X509Bundle ca(String name) throws Exception {
        return new CertificateBuilder()
                .ecp256()
                .subject(name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
    }

    private static X509Bundle leaf(UnaryOperator<CertificateBuilder> change, X509Bundle issuer) throws Exception {
        return change.apply(new CertificateBuilder().ecp256().subject("CN=leaf"))
                .buildIssuedBy(issuer);
    }

    private static X509Bundle localhost() throws Exception {
        return leaf(b -> b.addSanDnsName("localhost").addSanIpAddress("127.0.0.1"), authority);
    }

    private void start(X509Bundle certificate, X509Bundle clientAuthority, OriginTls tls) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        if (clientAuthority != null) {
            roots.setCertificateEntry("ca", clientAuthority.getCertificate());
            trust.init(roots);
        }
        context.init(
                certificate.toKeyManagerFactory().getKeyManagers(),
                clientAuthority == null ? null : trust.getTrustManagers(),
                null);
        SSLServerSocket listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        listener.setNeedClientAuth(clientAuthority != null);
        origin = new ScriptedOrigin(listener, connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                if (head.startsWith("GET /until-close")) {
                    connection.write("HTTP/1.0 200 OK\r\n\r\nto the end");
                    connection.socket().shutdownOutput(); // of TLS; the TCP connection stays open
                    continue;
                }
                SSLSession session = ((SSLSocket) connection.socket()).getSession();
                String who = clientAuthority == null
                        ? "ok"
                        : session.getPeerPrincipal().getName();
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + who.length() + "\r\n\r\n" + who);
            }
        });
        serve(Origin.http(URI.create("https://localhost:" + origin.port())).tls(tls));
    }

    private void serve(Origin service) throws Exception {
        edge = new ScriptedEdge(service);
    }

    private OriginTls.Builder trusting() {
        return OriginTls.builder().caPool(authority.getCertificate()).onlyCaPool();
    }

    private TunnelException refused() throws Exception {
        assertThat(edge.get("/").status()).isEqualTo(502);
        return edge.outcomes.poll(10, TimeUnit.SECONDS).error();
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
        if (origin != null) {
            origin.close();
        }
        if (unixOrigin != null) {
            unixOrigin.close();
        }
    }

    @Test
    @Timeout(60)
    void body_endedByTlsAlone_isComplete() throws Exception {
        start(localhost(), null, trusting().build());

        assertThat(edge.get("/until-close").body()).isEqualTo("to the end");
        assertThat(edge.get("/").body()).isEqualTo("ok");
    }

    @Test
    void certificate_ofPoolForTheName_isTrusted() throws Exception {
        start(localhost(), null, trusting().build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
        assertThat(edge.get("/").body()).isEqualTo("ok");
        assertThat(origin.accepted()).isEqualTo(1);
    }

    @Test
    void certificate_ofPoolFileBesidesTheSystemsRoots_isTrusted() throws Exception {
        Path pem = Files.writeString(folder.resolve("ca.pem"), authority.getCertificatePEM());
        start(localhost(), null, OriginTls.builder().caPool(pem).build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
    }

    @Test
    void certificate_ofUnknownAuthority_isRefused() throws Exception {
        start(leaf(b -> b.addSanDnsName("localhost"), other), null, trusting().build());

        assertUntrusted(refused(), "unable to find valid certification path");
    }

    /** What a user reads: where, for which name, and why. */
    private void assertUntrusted(TunnelException error, String why) {
        assertThat(error.code()).isEqualTo(TunnelErrorCode.ORIGIN_UNTRUSTED);
        assertThat(error)
                .hasMessageContaining("origin localhost:" + origin.port())
                .hasMessageContaining("TLS with \"localhost\"")
                .hasMessageContaining(why);
    }

    @Test
    void certificate_forAnotherName_isRefused() throws Exception {
        start(
                leaf(b -> b.addSanDnsName("elsewhere.test"), authority),
                null,
                trusting().build());

        assertUntrusted(refused(), "No subject alternative DNS name matching localhost");
    }

    @Test
    void certificate_expired_isRefused() throws Exception {
        Instant now = Instant.now();
        start(
                leaf(
                        b -> b.addSanDnsName("localhost")
                                .notBefore(now.minus(Duration.ofDays(2)))
                                .notAfter(now.minus(Duration.ofDays(1))),
                        authority),
                null,
                trusting().build());

        assertUntrusted(refused(), "NotAfter");
    }

    @Test
    void certificate_forServerName_isTrusted() throws Exception {
        start(
                leaf(b -> b.addSanDnsName("inner.test"), authority),
                null,
                trusting().serverName("inner.test").build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
    }

    @Test
    void certificate_forTheRequestsHost_isTrustedPerHost() throws Exception {
        start(
                leaf(b -> b.addSanDnsName("app.example.com"), authority),
                null,
                trusting().matchSniToHost().build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
        assertThat(edge.get("/", ":authority", "app.example.com:443").body()).isEqualTo("ok");
        assertThat(edge.get("/", ":authority", "other.example.com").status()).isEqualTo(502);
    }

    @Test
    void verification_switchedOff_acceptsAnything() throws Exception {
        start(
                leaf(b -> b.addSanDnsName("elsewhere.test"), other),
                null,
                OriginTls.builder().dangerouslyTrustAnyCertificate().build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
    }

    @Test
    void clientCertificate_required_isShown() throws Exception {
        X509Bundle client = leaf(b -> b.subject("CN=connector").addExtendedKeyUsageClientAuth(), authority);
        Path chain = Files.writeString(folder.resolve("c.pem"), client.getCertificatePathPEM());
        Path key = Files.writeString(folder.resolve("k.pem"), client.getPrivateKeyPEM());
        start(localhost(), authority, trusting().clientCertificate(chain, key).build());

        assertThat(edge.get("/").body()).isEqualTo("CN=connector");
    }

    @Test
    void clientCertificate_changedOnDisk_isReadAgain() throws Exception {
        X509Bundle wrong = leaf(b -> b.subject("CN=stranger"), other);
        Path chain = Files.writeString(folder.resolve("c.pem"), wrong.getCertificatePathPEM());
        Path key = Files.writeString(folder.resolve("k.pem"), wrong.getPrivateKeyPEM());
        start(localhost(), authority, trusting().clientCertificate(chain, key).build());
        assertThat(edge.get("/").status()).isEqualTo(502);

        X509Bundle right = leaf(b -> b.subject("CN=connector"), authority);
        Files.writeString(chain, right.getCertificatePathPEM());
        Files.writeString(key, right.getPrivateKeyPEM());
        Files.setLastModifiedTime(chain, FileTime.from(Instant.now().plusSeconds(5)));

        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> edge.get("/").status() == 200);
    }

    @Test
    void clientCertificate_missing_isRefused() throws Exception {
        start(localhost(), authority, trusting().build());

        // With TLS 1.3 the origin refuses after our side of the handshake is done.
        TunnelException error = refused();
        assertThat(error.code()).isIn(TunnelErrorCode.ORIGIN_UNTRUSTED, TunnelErrorCode.ORIGIN_UNREACHABLE);
        assertThat(error).hasMessageContaining("origin localhost:" + origin.port());
    }

    @Test
    void clientCertificate_ofAnotherAuthority_isRefused() throws Exception {
        X509Bundle stranger = leaf(b -> b.subject("CN=stranger"), other);
        Path chain = Files.writeString(folder.resolve("c.pem"), stranger.getCertificatePathPEM());
        Path key = Files.writeString(folder.resolve("k.pem"), stranger.getPrivateKeyPEM());
        start(localhost(), authority, trusting().clientCertificate(chain, key).build());

        assertThat(refused().code()).isIn(TunnelErrorCode.ORIGIN_UNTRUSTED, TunnelErrorCode.ORIGIN_UNREACHABLE);
    }

    @Test
    void plainHttpOrigin_isNamed_withoutTheBytesItSent() throws Exception {
        try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread answer = new Thread(() -> {
                try (Socket connection = plain.accept()) {
                    connection
                            .getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    connection.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            answer.start();
            serve(Origin.http(URI.create("https://localhost:" + plain.getLocalPort())));

            TunnelException error = refused();
            assertThat(error.code()).isEqualTo(TunnelErrorCode.ORIGIN_UNTRUSTED);
            assertThat(error).hasMessageContaining("does not speak TLS");
            answer.join();
        }
    }

    // --- unix+tls ---

    /** An HTTPS origin behind a Unix domain socket, which the JDK's own TLS sockets do not know. */
    private void startUnix(X509Bundle certificate, X509Bundle clientAuthority, OriginTls tls) throws Exception {
        Path path = folder.resolve("tls.sock");
        unixOrigin = new UnixTlsOrigin(path, certificate, clientAuthority);
        serve(Origin.unixTls(path).tls(tls));
    }

    @Test
    void unixTls_certificateOfThePoolForTheName_isTrusted() throws Exception {
        startUnix(localhost(), null, trusting().serverName("localhost").build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
    }

    @Test
    void unixTls_withoutAName_isCheckedForLocalhost() throws Exception {
        startUnix(localhost(), null, trusting().build());

        assertThat(edge.get("/").body()).isEqualTo("ok");
    }

    @Test
    void unixTls_unknownAuthorityOrName_isRefused() throws Exception {
        startUnix(
                leaf(b -> b.addSanDnsName("localhost"), other), null, trusting().build());

        TunnelException error = refused();
        assertThat(error.code()).isEqualTo(TunnelErrorCode.ORIGIN_UNTRUSTED);
        assertThat(error).hasMessageContaining("tls.sock");
    }

    @Test
    void unixTls_clientCertificate_isShown() throws Exception {
        X509Bundle client = leaf(b -> b.subject("CN=connector").addExtendedKeyUsageClientAuth(), authority);
        Path chain = Files.writeString(folder.resolve("c.pem"), client.getCertificatePathPEM());
        Path key = Files.writeString(folder.resolve("k.pem"), client.getPrivateKeyPEM());
        startUnix(
                localhost(), authority, trusting().clientCertificate(chain, key).build());

        assertThat(edge.get("/").body()).isEqualTo("CN=connector");
    }

    @Test
    void unixTls_clientCertificateMissing_isRefused() throws Exception {
        startUnix(localhost(), authority, trusting().build());

        assertThat(edge.get("/").status()).isEqualTo(502);
    }

    @Test
    void poolFile_missing_saysSo() throws Exception {
        start(
                localhost(),
                null,
                OriginTls.builder().caPool(folder.resolve("none.pem")).build());

        TunnelException error = refused();

        assertThat(error.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION);
        assertThat(error).hasMessageContaining("none.pem");
    }

    @Test
    void noTlsAtTheOrigin_isUntrustedNotHanging() throws Exception {
        origin = new ScriptedOrigin(connection -> connection.write("HTTP/1.1 400 Bad Request\r\n\r\n"));
        serve(Origin.http(URI.create("https://127.0.0.1:" + origin.port()))
                .options(OriginOptions.builder()
                        .tlsTimeout(Duration.ofSeconds(5))
                        .build()));

        assertThat(refused().code()).isEqualTo(TunnelErrorCode.ORIGIN_UNTRUSTED);
    }

    @Test
    void unixSocket_isServed() throws Exception {
        Path path = folder.resolve("s");
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(path));
            Thread server = new Thread(() -> {
                try (SocketChannel accepted = listener.accept()) {
                    Channels.newInputStream(accepted).read(new byte[4096]);
                    Channels.newOutputStream(accepted)
                            .write("HTTP/1.1 200 OK\r\n\r\nfrom a file".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            server.setDaemon(true);
            server.start();
            serve(Origin.unix(path));

            assertThat(edge.get("/").body()).isEqualTo("from a file");
        }
    }
}
