package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.cert.CertificateException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.X509ExtendedTrustManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrustRootsTest {
    private static final X509Bundle ONE = authority("one");
    private static final X509Bundle TWO = authority("two");

    private final AtomicLong now = new AtomicLong();

    @TempDir
    Path directory;

    private static X509Bundle authority(String name) {
        try {
            return new CertificateBuilder()
                    .subject("CN=authority " + name)
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Bundle leaf(X509Bundle issuer, String host, Instant until) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + host)
                .addSanDnsName(host)
                .notBefore(until.minus(30, ChronoUnit.DAYS))
                .notAfter(until)
                .buildIssuedBy(issuer);
    }

    private static X509Bundle leaf(X509Bundle issuer, String host) throws Exception {
        return leaf(issuer, host, Instant.now().plus(10, ChronoUnit.DAYS));
    }

    /** A handshake in memory, as a client that demands {@code host}. */
    private static void check(X509ExtendedTrustManager manager, X509Bundle leaf, String host) throws Exception {
        SslContext clientContext =
                SslContextBuilder.forClient().trustManager(manager).build();
        SslContext serverContext = SslContextBuilder.forServer(
                        leaf.getKeyPair().getPrivate(), leaf.getCertificatePathWithRoot())
                .build();
        SslHandler clientTls = clientContext.newHandler(UnpooledByteBufAllocator.DEFAULT, host, 443);
        EmbeddedChannel server = new EmbeddedChannel(serverContext.newHandler(UnpooledByteBufAllocator.DEFAULT));
        EmbeddedChannel client = new EmbeddedChannel(clientTls);
        try {
            while (!clientTls.handshakeFuture().isDone()) {
                pump(client, server);
                pump(server, client);
            }
            if (clientTls.handshakeFuture().cause() != null) {
                throw rootOf(clientTls.handshakeFuture().cause());
            }
        } finally {
            client.finishAndReleaseAll();
            server.finishAndReleaseAll();
        }
    }

    private static void pump(EmbeddedChannel from, EmbeddedChannel to) {
        for (ByteBuf b = from.readOutbound(); b != null; b = from.readOutbound()) {
            try {
                to.writeInbound(b);
            } catch (DecoderException e) {
                // The handshake's failure, which its future tells, too.
                assertThat(to.isOpen()).isFalse();
            }
        }
    }

    private static Exception rootOf(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof CertificateException certificate) {
                return certificate;
            }
        }
        return new IllegalStateException("no certificate failure", failure);
    }

    private Path pem(String name, X509Bundle bundle) throws Exception {
        return Files.writeString(directory.resolve(name), bundle.getRootCertificatePEM());
    }

    @Test
    void pemFile_leafOfItsAuthority_trustedForItsName() throws Exception {
        X509ExtendedTrustManager manager = TrustRoots.builder()
                .pemFiles(pem("one.pem", ONE), pem("two.pem", TWO))
                .onlyPool()
                .build()
                .trustManager();

        assertThatCode(() -> check(manager, leaf(TWO, "a.example"), "a.example"))
                .doesNotThrowAnyException();
        assertThatCode(() -> check(manager, leaf(ONE, "a.example"), "a.example"))
                .doesNotThrowAnyException();
    }

    @Test
    void wrongName_trustedAuthority_refusedAndTheNameIsToldNotTheOtherPools() throws Exception {
        X509ExtendedTrustManager manager =
                TrustRoots.builder().pemFiles(pem("one.pem", ONE)).build().trustManager();

        assertThatThrownBy(() -> check(manager, leaf(ONE, "b.example"), "a.example"))
                .isInstanceOf(CertificateException.class)
                .hasMessageContaining("a.example");
    }

    @Test
    void expired_trustedAuthority_refusedForItsDate() throws Exception {
        X509ExtendedTrustManager manager =
                TrustRoots.builder().pemFiles(pem("one.pem", ONE)).build().trustManager();

        assertThatThrownBy(() ->
                        check(manager, leaf(ONE, "a.example", Instant.now().minus(1, ChronoUnit.DAYS)), "a.example"))
                .isInstanceOf(CertificateException.class)
                .hasStackTraceContaining("validity check failed");
    }

    @Test
    void unknownAuthority_systemRoots_refused() throws Exception {
        X509ExtendedTrustManager manager = TrustRoots.system().trustManager();

        assertThatThrownBy(() -> check(manager, leaf(ONE, "a.example"), "a.example"))
                .isInstanceOf(CertificateException.class);
        assertThat(manager.getAcceptedIssuers()).hasSizeGreaterThan(50);
    }

    @Test
    void linuxBundle_firstReadableOne_isTrusted() throws Exception {
        Path bundle = pem("bundle.crt", TWO);
        TrustSource source = SystemRoots.linux(List.of(directory.resolve("absent.crt"), bundle), Ticker.SYSTEM);

        assertThatCode(() -> check(new AnyOfTrust(List.of(source)), leaf(TWO, "a.example"), "a.example"))
                .doesNotThrowAnyException();
    }

    @Test
    void pemFile_replaced_newAuthorityTrustedAfterASecond() throws Exception {
        Path file = pem("pool.pem", ONE);
        X509ExtendedTrustManager manager = TrustRoots.builder()
                .pemFiles(file)
                .onlyPool()
                .ticker(now::get)
                .build()
                .trustManager();
        pem("pool.pem", TWO);
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().plusSeconds(5)));

        assertThatThrownBy(() -> check(manager, leaf(TWO, "a.example"), "a.example"))
                .isInstanceOf(CertificateException.class);
        now.addAndGet(TimeUnit.MILLISECONDS.toNanos(1001));

        assertThatCode(() -> check(manager, leaf(TWO, "a.example"), "a.example"))
                .doesNotThrowAnyException();
    }

    @Test
    void pemFile_brokenAfterwards_formerRootsStay() throws Exception {
        Path file = pem("pool.pem", ONE);
        X509ExtendedTrustManager manager = TrustRoots.builder()
                .pemFiles(file)
                .onlyPool()
                .ticker(now::get)
                .build()
                .trustManager();
        Files.writeString(file, "half a file");
        now.addAndGet(TimeUnit.SECONDS.toNanos(2));

        assertThatCode(() -> check(manager, leaf(ONE, "a.example"), "a.example"))
                .doesNotThrowAnyException();
    }

    @Test
    void pemFile_absentTooLargeOrWithoutCertificate_errorNamesTheFile() throws Exception {
        Path absent = directory.resolve("absent.pem");
        Path empty = Files.writeString(directory.resolve("empty.pem"), "-----BEGIN NOTHING-----");
        Path torn = Files.writeString(
                directory.resolve("torn.pem"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

        Path large = Files.write(directory.resolve("large.pem"), new byte[(4 << 20) + 1]);

        for (Path file : List.of(absent, empty, torn, large)) {
            assertThatThrownBy(() -> TrustRoots.builder().pemFiles(file).build().trustManager())
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION))
                    .hasMessageContaining(file.toString());
        }
    }

    @Test
    void cloudflareEdge_roots_includeTheThreeOfTheReference() throws Exception {
        List<String> fingerprints = Arrays.stream(
                        TrustRoots.cloudflareEdge().trustManager().getAcceptedIssuers())
                .map(certificate -> {
                    try {
                        return HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                })
                .toList();

        assertThat(fingerprints)
                .contains(
                        "aa63697a22764b67b2134ce14cb5690ea336940b93986113f49545917832d80d",
                        "d3c7e85c91707fc0a12abc5d88266747aa4fa8e7b162f633ffb3c9d989947620",
                        "9a1ac2b4be15f9f27eee20a734cba4e9898f61001b3bd7c84b69b56a3e25a2b9");
    }

    @Test
    void onlyPool_empty_refused() {
        assertThatThrownBy(() -> TrustRoots.builder().onlyPool().build())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("onlyPool");
    }
}
