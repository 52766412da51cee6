package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The JDK's SOCKS client through our listener and a scripted edge. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class AccessSocksProxyTest {
    private static final ScriptedEdge.Script ECHO = peer -> {
        peer.upgrade();
        peer.echo();
    };

    @Test
    void socks_mappedName_reachesItsApplication() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                AccessSocksProxy proxy = proxy(connector, edge);
                Socket socket = through(proxy)) {
            socket.connect(InetSocketAddress.createUnresolved("DB", 5432));
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).isEqualTo("hello".getBytes(StandardCharsets.UTF_8));
            assertThat(edge.request()).contains("Host: db.example.test\r\n");
        }
    }

    @Test
    void socks_nameBelowADomain_reachesTheApplicationMadeOfIt() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                AccessSocksProxy proxy = AccessSocksProxy.builder(connector)
                        .applicationsBelow("test", AccessTarget::of)
                        .applicationsBelow(
                                "example.test",
                                host -> AccessTarget.builder(host)
                                        .connectTo(edge.address())
                                        .serviceToken(ServiceToken.of("the-id", "the-secret"))
                                        .build())
                        .build()
                        .start();
                Socket socket = through(proxy)) {
            socket.connect(InetSocketAddress.createUnresolved("db.Example.Test", 5432));

            assertThat(edge.request())
                    .contains("Host: db.example.test\r\n")
                    .containsIgnoringCase("Cf-Access-Client-Id: the-id\r\n");
        }
    }

    @Test
    void socks_unknownName_isRefusedAndNothingDialled() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                AccessSocksProxy proxy = proxy(connector, edge);
                Socket socket = through(proxy)) {
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("elsewhere.example.org", 80)))
                    .isInstanceOf(SocketException.class);
            assertThat(edge.waitingRequests()).isZero();
        }
    }

    @Test
    void socks_applicationRefuses_programIsTold() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(peer -> peer.answer("HTTP/1.1 502 No\nContent-Length: 0\n\n"));
                AccessConnector connector = connector(edge);
                AccessSocksProxy proxy = proxy(connector, edge);
                Socket socket = through(proxy)) {
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("db", 5432)))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("refused");
        }
    }

    @Test
    void socks_clientThatWantsAPassword_isToldThatNoneIsTaken() throws Exception {
        try (ScriptedEdge edge = new ScriptedEdge(ECHO);
                AccessConnector connector = connector(edge);
                AccessSocksProxy proxy = proxy(connector, edge);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
            socket.getOutputStream().write(new byte[] {5, 1, 2});

            assertThat(socket.getInputStream().readAllBytes()).containsExactly(5, 0xff);
        }
    }

    private static AccessConnector connector(ScriptedEdge edge) {
        return AccessConnector.builder().caPool(edge.root()).onlyCaPool().build();
    }

    private static AccessSocksProxy proxy(AccessConnector connector, ScriptedEdge edge) {
        return AccessSocksProxy.builder(connector)
                .map(
                        "db",
                        AccessTarget.builder("db.example.test")
                                .connectTo(edge.address())
                                .build())
                .applicationsBelow("example.test")
                .build()
                .start();
    }

    private static Socket through(AccessSocksProxy proxy) throws IOException {
        Socket socket = new Socket(
                new Proxy(Proxy.Type.SOCKS, new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port())));
        socket.setSoTimeout(20_000);
        return socket;
    }
}
