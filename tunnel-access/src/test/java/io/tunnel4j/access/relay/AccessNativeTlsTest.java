package io.tunnel4j.access.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.Channel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.testing.EchoClient;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.ReachableContexts;
import io.tunnel4j.testing.TlsServer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.TrustRoots;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** With BoringSSL: when the contexts of an access client are freed. */
@ExtendWith(LeakCheck.class)
@Tag("native-tls")
@Timeout(60)
class AccessNativeTlsTest {
    @BeforeAll
    static void need() {
        assumeTrue(OpenSsl.isAvailable());
    }

    @Test
    void forwarderAndLogin_closed_leaveNoContext() throws Exception {
        List<SslContext> made;
        try (AccessTcpForwarder forwarder =
                        AccessTcpForwarder.builder("db.example.com").build().start();
                AccessLogin login = AccessLogin.builder().build()) {
            made = Stream.concat(ReachableContexts.of(forwarder).stream(), ReachableContexts.of(login).stream())
                    .toList();
            assertThat(made).hasSize(3).allMatch(context -> ReferenceCountUtil.refCnt(context) == 1);
        }
        assertThat(made).allMatch(context -> ReferenceCountUtil.refCnt(context) == 0);
    }

    @Test
    void contexts_closed_areFreedWithTheLastConnectionAndNothingNewIsOpened() throws Exception {
        EventLoops loops = EventLoops.start("test", 1);
        try (TlsServer server = new TlsServer("localhost", List.of(), EchoClient.SERVICE)) {
            AccessTarget target =
                    AccessTarget.of("localhost:" + server.address().getPort());
            TrustRoots trust = TrustRoots.builder()
                    .certificates(server.certificate())
                    .onlyPool()
                    .build();
            EdgeDialer dialer =
                    new EdgeDialer(RelayConfig.builder("test", trust).build(), loops, Runnable::run);
            Channel channel = dialer.dial(loops.group().next(), target).sync().getNow();
            try (EchoClient open = new EchoClient(channel)) {
                assertThat(open.echo("one")).isEqualTo("one");

                dialer.close();
                dialer.close();

                assertThat(open.echo("still")).isEqualTo("still");
                assertThat(dialer.contexts().stream().map(ReferenceCountUtil::refCnt))
                        .as("for WebSockets, with a connection; for HTTP/2")
                        .containsExactly(1, 0);
            }
            Awaitility.await()
                    .until(() -> ReferenceCountUtil.refCnt(dialer.contexts().get(0)) == 0);
            assertThat(dialer.dial(loops.group().next(), target).await().cause())
                    .hasMessageContaining("the client is closed");
        } finally {
            loops.close();
        }
    }
}
