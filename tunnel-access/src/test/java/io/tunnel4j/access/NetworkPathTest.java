package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What lies between client and edge: proxies, TLS sessions, idle time, an edge that is gone without a word. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class NetworkPathTest {
    @Test
    void httpProxy_recordedConnect_isAskedForTheEdgesName() throws Exception {
        String recorded = Vectors.transcript("https-proxy")
                .getAsJsonArray("exchanges")
                .get(0)
                .getAsJsonObject()
                .get("proxy_connect")
                .getAsString()
                .lines()
                .findFirst()
                .orElseThrow();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.echo();
                });
                ConnectProxy proxy = new ConnectProxy(edge.address());
                AccessConnector connector = AccessConnector.builder()
                        .caPool(edge.root())
                        .onlyCaPool()
                        .outboundProxy(OutboundProxy.http("localhost", proxy.port()))
                        .build();
                Socket socket = connector.connect(AccessTarget.of("app.example.test"))) {
            socket.getOutputStream().write('x');

            assertThat(socket.getInputStream().read()).isEqualTo('x');
            assertThat(proxy.requestLines).containsExactly(recorded);
        }
    }

    @Test
    void tls_secondConnection_resumesTheSession() throws Exception {
        List<Long> created = new CopyOnWriteArrayList<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    created.add(peer.socket().getSession().getCreationTime());
                    peer.upgrade();
                    peer.echo();
                });
                AccessConnector connector = connector(edge).build()) {
            for (int i = 0; i < 2; i++) {
                try (Socket socket = connector.connect(target(edge))) {
                    socket.getOutputStream().write('x');
                    assertThat(socket.getInputStream().read()).isEqualTo('x');
                }
            }

            // A resumed session keeps the time of the handshake that made it.
            assertThat(created).hasSize(2);
            assertThat(created.get(1)).isEqualTo(created.get(0));
        }
    }

    @Test
    void idleConnection_pings_andStaysUsable() throws Exception {
        CompletableFuture<ScriptedEdge.Frame> ping = new CompletableFuture<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    ping.complete(peer.read());
                    peer.message("still here".getBytes(StandardCharsets.UTF_8));
                    peer.echo();
                });
                AccessConnector connector =
                        connector(edge).pingInterval(Duration.ofMillis(100)).build();
                Socket socket = connector.connect(target(edge))) {
            ScriptedEdge.Frame frame = ping.get(10, TimeUnit.SECONDS);

            assertThat(frame.opcode()).isEqualTo(9);
            assertThat(frame.masked()).isTrue();
            assertThat(socket.getInputStream().readNBytes(10)).isEqualTo("still here".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void edgeThatAnsweredPings_fallsSilent_connectionIsReset() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    peer.frame(true, 10, peer.read().payload());
                    done.await();
                });
                AccessConnector connector =
                        connector(edge).pingInterval(Duration.ofMillis(200)).build();
                Socket socket = connector.connect(target(edge))) {
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("pings");
            done.countDown();
        }
    }

    @Test
    void halfClose_edgeNeverEnds_graceTimeEndsIt() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    done.await();
                });
                AccessConnector connector =
                        connector(edge).halfCloseGrace(Duration.ofMillis(300)).build();
                Socket socket = connector.connect(target(edge))) {
            socket.shutdownOutput();

            assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            done.countDown();
        }
    }

    private static AccessConnector.Builder connector(ScriptedEdge edge) {
        return AccessConnector.builder().caPool(edge.root()).onlyCaPool();
    }

    private static AccessTarget target(ScriptedEdge edge) {
        return AccessTarget.builder("db.example.test").connectTo(edge.address()).build();
    }

    /** Takes CONNECT to anywhere, and connects to the edge. */
    private static final class ConnectProxy implements AutoCloseable {
        private final ServerSocket server = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
        final List<String> requestLines = new CopyOnWriteArrayList<>();

        ConnectProxy(InetSocketAddress edge) throws IOException {
            start(() -> {
                try (Socket client = server.accept();
                        Socket upstream = new Socket(edge.getAddress(), edge.getPort())) {
                    StringBuilder head = new StringBuilder();
                    while (head.indexOf("\r\n\r\n") < 0) {
                        head.append((char) client.getInputStream().read());
                    }
                    requestLines.add(head.toString().lines().findFirst().orElse(""));
                    client.getOutputStream().write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    start(() -> copy(upstream, client));
                    copy(client, upstream);
                } catch (IOException e) {
                    // The test has ended.
                }
            });
        }

        int port() {
            return server.getLocalPort();
        }

        @Override
        public void close() throws IOException {
            server.close();
        }

        private static void copy(Socket from, Socket to) {
            try {
                from.getInputStream().transferTo(to.getOutputStream());
            } catch (IOException e) {
                // Either side is gone.
            }
        }

        private static void start(Runnable task) {
            Thread thread = new Thread(task, "proxy");
            thread.setDaemon(true);
            thread.start();
        }
    }
}
