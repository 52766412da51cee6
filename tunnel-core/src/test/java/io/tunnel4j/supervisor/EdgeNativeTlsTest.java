package io.tunnel4j.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.handler.ssl.OpenSsl;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.EchoClient;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.TlsServer;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** With BoringSSL: when the context of connections to the edge is freed. */
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

    private static TunnelConnector connector(TlsServer server) {
        return TunnelConnector.builder(TunnelCredentials.of("account", UUID.randomUUID(), new byte[32]))
                .edgeCa(server.certificate())
                .build();
    }
}
