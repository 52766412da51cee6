package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Many connections on one HTTP/2 connection where the edge offers it. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class SharedConnectionTest {
    @Test
    void edge_thatTakesExtendedConnect_manyConnectionsShareOne() throws Exception {
        try (SharingEdge edge = new SharingEdge(true);
                AccessConnector connector = connector(edge).build()) {
            awaitSharing(edge, connector);
            int before = edge.tlsConnections.get();
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                sockets.add(connector.connect(edge.target()));
            }
            for (int i = 0; i < 50; i++) {
                assertThat(echo(sockets.get(i), "number " + i)).isEqualTo("number " + i);
                sockets.get(i).close();
            }

            assertThat(edge.tlsConnections).hasValue(before);
            assertThat(edge.http2Requests).contains("CONNECT websocket db.example.test/");
            await().until(() -> connector.openConnections() == 0);
        }
    }

    @Test
    void sharedStream_bulkBothWays_everyByteArrivesAndHalfCloseTravels() throws Exception {
        byte[] data = new byte[20 << 20];
        new Random(4).nextBytes(data);
        try (SharingEdge edge = new SharingEdge(true);
                AccessConnector connector = connector(edge).build()) {
            awaitSharing(edge, connector);
            int streams = edge.http2Requests.size();
            try (Socket socket = connector.connect(edge.target())) {
                CompletableFuture<Void> written = CompletableFuture.runAsync(() -> {
                    try {
                        socket.getOutputStream().write(data);
                        socket.shutdownOutput();
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });

                byte[] received = new byte[0];
                try {
                    received = socket.getInputStream().readAllBytes();
                } catch (IOException e) {
                    assertThat(edge.failures).isEmpty();
                    throw e;
                }
                assertThat(received).isEqualTo(data);
                written.get(10, TimeUnit.SECONDS);
            }
            assertThat(edge.http2Requests).hasSizeGreaterThan(streams);
        }
    }

    @Test
    void sharedConnection_broken_itsStreamsResetAndTheNextConnectsAgain() throws Exception {
        try (SharingEdge edge = new SharingEdge(true);
                AccessConnector connector = connector(edge).build()) {
            awaitSharing(edge, connector);
            try (Socket socket = connector.connect(edge.target())) {
                assertThat(echo(socket, "a")).isEqualTo("a");

                edge.http2Connections.forEach(connection -> connection.channel().close());

                assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            try (Socket socket = connector.connect(edge.target())) {
                assertThat(echo(socket, "b")).isEqualTo("b");
            }
        }
    }

    @Test
    void edge_withHttp2ButNoExtendedConnect_fallsBackToHttp1() throws Exception {
        try (SharingEdge edge = new SharingEdge(false);
                AccessConnector connector = connector(edge).build()) {
            for (int i = 0; i < 6; i++) {
                try (Socket socket = connector.connect(edge.target())) {
                    assertThat(echo(socket, "x" + i)).isEqualTo("x" + i);
                }
            }

            assertThat(edge.http1Upgrades).hasValue(6);
            assertThat(edge.http2Requests).isEmpty();
            await().until(() -> edge.tlsConnections.get() == 7);
        }
    }

    @Test
    void singleConnection_looksForNothing() throws Exception {
        try (SharingEdge edge = new SharingEdge(true);
                AccessConnector connector = connector(edge).build();
                Socket socket = connector.connect(edge.target())) {
            assertThat(echo(socket, "a")).isEqualTo("a");
            assertThat(edge.tlsConnections).hasValue(1);
        }
    }

    @Test
    void sharing_switchedOff_noneIsShared() throws Exception {
        try (SharingEdge edge = new SharingEdge(true);
                AccessConnector connector = AccessConnector.builder()
                        .caPool(edge.root())
                        .onlyCaPool()
                        .separateConnections()
                        .build()) {
            for (int i = 0; i < 4; i++) {
                try (Socket socket = connector.connect(edge.target())) {
                    assertThat(echo(socket, "x")).isEqualTo("x");
                }
            }

            assertThat(edge.http1Upgrades).hasValue(4);
            assertThat(edge.tlsConnections).hasValue(4);
        }
    }

    @Test
    void close_onTheCallersEventLoops_endsStreamsAndSharedConnection() throws Exception {
        io.tunnel4j.transport.EventLoops callers = io.tunnel4j.transport.EventLoops.start("test-callers", 1);
        try (SharingEdge edge = new SharingEdge(true)) {
            AccessConnector connector =
                    connector(edge).eventLoopGroup(callers.group()).build();
            awaitSharing(edge, connector);
            try (Socket socket = connector.connect(edge.target())) {
                assertThat(echo(socket, "a")).isEqualTo("a");

                connector.close();

                assertThatThrownBy(() -> socket.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            await().until(() -> edge.http2Connections.stream()
                    .noneMatch(connection -> connection.channel().isActive()));
            assertThat(connector.openConnections()).isZero();
            assertThatThrownBy(() -> connector.connect(edge.target())).isInstanceOf(IOException.class);
            assertThat(callers.group().isShuttingDown()).isFalse();
        } finally {
            callers.close();
        }
    }

    private static AccessConnector.Builder connector(SharingEdge edge) {
        return AccessConnector.builder().caPool(edge.root()).onlyCaPool();
    }

    private static void awaitSharing(SharingEdge edge, AccessConnector connector) {
        await().until(() -> {
            try (Socket socket = connector.connect(edge.target())) {
                echo(socket, "?");
            }
            return !edge.http2Requests.isEmpty();
        });
    }

    private static String echo(Socket socket, String text) throws IOException {
        socket.setSoTimeout(10_000);
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        socket.getOutputStream().write(bytes);
        return new String(socket.getInputStream().readNBytes(bytes.length), StandardCharsets.UTF_8);
    }
}
