package io.tunnel4j.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.EchoClient;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.TlsServer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** With BoringSSL: whom a connector takes for the edge, and when the context of its connections is freed. */
@ExtendWith(LeakCheck.class)
@Tag("native-tls")
@Timeout(60)
class EdgeNativeTlsTest {
    @BeforeAll
    static void need() {
        assumeTrue(OpenSsl.isAvailable());
    }

    @Test
    void context_closed_isFreedWithTheLastConnectionWhichGoesOn() throws Exception {
        try (TlsServer server = new TlsServer(EdgeTls.SERVER_NAME, List.of(), EchoClient.SERVICE)) {
            EdgeTls tls = EdgeTls.create(connector(server).config(), Runnable::run);
            try (EchoClient first = new EchoClient(server.address(), tls::newHandler);
                    EchoClient second = new EchoClient(server.address(), tls::newHandler)) {
                assertThat(first.echo("one")).isEqualTo("one");
                assertThat(second.echo("two")).isEqualTo("two");

                tls.close();
                tls.close();

                assertThat(ReferenceCountUtil.refCnt(tls.context())).isEqualTo(2);
                assertThat(first.echo("still")).isEqualTo("still");
                first.close();
                assertThat(second.echo("there")).isEqualTo("there");
            }
            Awaitility.await().until(() -> ReferenceCountUtil.refCnt(tls.context()) == 0);
        }
    }

    @Test
    void context_closedWithoutConnections_isFreedAtOnce() throws Exception {
        try (TlsServer server = new TlsServer(EdgeTls.SERVER_NAME, List.of(), EchoClient.SERVICE)) {
            EdgeTls tls = EdgeTls.create(connector(server).config(), Runnable::run);

            tls.close();

            assertThat(ReferenceCountUtil.refCnt(tls.context())).isZero();
        }
    }

    @Test
    void certificate_forTheEdgesName_isTakenAndNoOther() throws Exception {
        try (TlsServer right = new TlsServer(EdgeTls.SERVER_NAME, List.of(), EchoClient.SERVICE);
                TlsServer wrong = new TlsServer("other.example", List.of(), EchoClient.SERVICE);
                EdgeTls trustsRight = EdgeTls.create(connector(right).config(), Runnable::run);
                EdgeTls trustsWrong = EdgeTls.create(connector(wrong).config(), Runnable::run)) {
            assertThat(handshakeFailure(right, trustsRight)).isNull();
            assertThat(handshakeFailure(wrong, trustsWrong))
                    .hasStackTraceContaining("it is for other.example, not for h2.cftunnel.com");
            assertThat(handshakeFailure(right, trustsWrong)).isInstanceOf(SSLException.class);
        }
    }

    private static @Nullable Throwable handshakeFailure(TlsServer server, EdgeTls tls) throws Exception {
        CompletableFuture<Optional<Throwable>> ended = new CompletableFuture<>();
        try (EchoClient client = new EchoClient(server.address(), channel -> {
            SslHandler handler = tls.newHandler(channel);
            handler.handshakeFuture().addListener(done -> ended.complete(Optional.ofNullable(done.cause())));
            return handler;
        })) {
            return ended.get(10, TimeUnit.SECONDS).orElse(null);
        }
    }

    private static TunnelConnector connector(TlsServer server) {
        return TunnelConnector.builder(TunnelCredentials.of("account", UUID.randomUUID(), new byte[32]))
                .edgeCa(server.certificate())
                .build();
    }
}
