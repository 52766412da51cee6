package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.OriginTls;
import io.tunnel4j.testing.EchoClient;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.TlsServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** With BoringSSL: when the context of connections to an origin is freed. */
@ExtendWith(LeakCheck.class)
@Tag("native-tls")
@Timeout(60)
class OriginNativeTlsTest {
    @TempDir
    private Path folder;

    private final ExecutorService workers = Executors.newSingleThreadExecutor();
    private final EventLoop loop = new DefaultEventLoop(new DefaultThreadFactory("tunnel-test", true));
    private TlsServer server;
    private OriginTlsContext contexts;

    @BeforeAll
    static void need() {
        assumeTrue(OpenSsl.isAvailable());
    }

    @BeforeEach
    void start() throws Exception {
        server = new TlsServer("localhost", List.of(), EchoClient.SERVICE);
        writeClientCertificate(1);
        OriginTls tls = OriginTls.builder()
                .caPool(server.certificate())
                .onlyCaPool()
                .clientCertificate(folder.resolve("chain.pem"), folder.resolve("key.pem"))
                .build();
        contexts = new OriginTlsContext("https://localhost", tls, List.of(), workers);
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        workers.shutdownNow();
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private void writeClientCertificate(int number) throws Exception {
        X509Bundle client = new CertificateBuilder()
                .ecp256()
                .subject("CN=client " + number)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        Files.writeString(folder.resolve("chain.pem"), client.getCertificatePEM());
        Files.writeString(folder.resolve("key.pem"), client.getPrivateKeyPEM());
        Files.setLastModifiedTime(folder.resolve("chain.pem"), FileTime.fromMillis(1000L * number));
    }

    /** Of a connection made as the dialer makes it, and of the context it was made from. */
    private record Dialled(EchoClient client, SslContext context) {}

    private Dialled dial() throws Exception {
        CompletableFuture<Dialled> dialled = new CompletableFuture<>();
        loop.execute(() -> contexts.whenReady(loop, (context, failure) -> {
            if (context == null) {
                dialled.completeExceptionally(failure);
                return;
            }
            try {
                dialled.complete(new Dialled(
                        new EchoClient(
                                server.address(),
                                channel -> context.newHandler(
                                        channel.alloc(),
                                        "localhost",
                                        server.address().getPort())),
                        context));
            } catch (InterruptedException e) {
                dialled.completeExceptionally(e);
            }
        }));
        return dialled.get(10, TimeUnit.SECONDS);
    }

    private static int refCnt(Dialled dialled) {
        return ReferenceCountUtil.refCnt(dialled.context());
    }

    @Test
    void context_ofFilesThatChanged_isFreedWithTheLastConnectionWhichGoesOn() throws Exception {
        Dialled before = dial();
        assertThat(before.client().echo("one")).isEqualTo("one");
        assertThat(refCnt(before)).as("the connection and us").isEqualTo(2);
        writeClientCertificate(2);

        Dialled after = Awaitility.await()
                .until(
                        () -> {
                            Dialled next = dial();
                            if (next.context() == before.context()) {
                                next.client().close();
                            }
                            return next;
                        },
                        next -> next.context() != before.context());

        assertThat(after.client().echo("two")).isEqualTo("two");
        assertThat(before.client().echo("still")).isEqualTo("still");
        assertThat(refCnt(before)).as("the connection").isEqualTo(1);
        before.client().close();
        Awaitility.await().until(() -> refCnt(before) == 0);
        after.client().close();
        contexts.drop();
        Awaitility.await().until(() -> refCnt(after) == 0);
    }

    @Test
    void context_droppedAndNeededOnceMore_isTheConnectionsAlone() throws Exception {
        Dialled before = dial();
        assertThat(before.client().echo("one")).isEqualTo("one");

        contexts.drop();
        contexts.drop();

        assertThat(before.client().echo("still")).isEqualTo("still");
        Dialled late = dial();
        assertThat(late.context()).isNotSameAs(before.context());
        assertThat(late.client().echo("late")).isEqualTo("late");
        before.client().close();
        late.client().close();
        Awaitility.await().until(() -> refCnt(before) == 0 && refCnt(late) == 0);
    }
}
