package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WireException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Raw ports of an edge, through a real connector to a TCP service, and how a connector that is not ours is spoken to. */
@ExtendWith(LeakCheck.class)
@Timeout(90)
class RawTcpTest {
    private static final String HOST = "db.localhost";

    /** What a service does with a connection; the connection ends with it. */
    private interface Service {
        void serve(Socket connection) throws IOException;
    }

    /** An edge with a raw port, a connector, and a service that has one connection. */
    private static final class Line implements AutoCloseable {
        final CompletableFuture<Void> served;
        final Socket client;
        private final ServerSocket service = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
        private final TunnelEdge edge;
        private final TunnelConnector connector;

        Line(Service behaviour) throws Exception {
            served = CompletableFuture.runAsync(() -> {
                try (Socket connection = service.accept()) {
                    behaviour.serve(connection);
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            DevelopmentAuthority authority = DevelopmentAuthority.create();
            edge = TunnelEdge.builder()
                    .connectors(EdgeFixture.any(), authority.certificates())
                    .tcp(EdgeFixture.any(), HOST)
                    .build();
            TunnelCredentials credentials = edge.tunnels().create("database");
            edge.routes().add(HOST, credentials);
            edge.start().toCompletableFuture().get(10, TimeUnit.SECONDS);
            connector = TunnelConnector.builder(credentials)
                    .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                    .edgeCa(authority.certificate())
                    .haConnections(1)
                    .ingress(Ingress.builder()
                            .otherwise(Origin.tcp("127.0.0.1", service.getLocalPort()))
                            .build())
                    .build();
            connector.start().toCompletableFuture().get(20, TimeUnit.SECONDS);
            client = connect(edge.tcpAddress(HOST));
        }

        @Override
        public void close() throws IOException {
            client.close();
            connector.close();
            edge.close();
            service.close();
        }
    }

    private static Socket connect(InetSocketAddress address) throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static byte[] pattern(int bytes) {
        byte[] pattern = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            pattern[i] = (byte) (i * 31 + (i >> 9));
        }
        return pattern;
    }

    private static String digest(byte[] bytes) throws IOException {
        return ConnectedEdge.digest(new ByteArrayInputStream(bytes));
    }

    @Test
    void client_endsItsSide_serviceSeesTheEndAndItsAnswerArrives() throws Exception {
        byte[] answer = pattern(5_000_000);
        Service digesting = connection -> {
            // Answers only to the end of what it is sent.
            String seen = ConnectedEdge.digest(connection.getInputStream());
            OutputStream out = connection.getOutputStream();
            out.write(seen.getBytes(StandardCharsets.US_ASCII));
            out.write(answer);
        };
        byte[] question = pattern(3_000_000);
        try (Line line = new Line(digesting)) {
            line.client.getOutputStream().write(question);
            line.client.shutdownOutput();

            byte[] received = line.client.getInputStream().readAllBytes();

            assertThat(new String(received, 0, 64, StandardCharsets.US_ASCII)).isEqualTo(digest(question));
            assertThat(digest(Arrays.copyOfRange(received, 64, received.length)))
                    .isEqualTo(digest(answer));
            line.served.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void bothSides_sendAtOnce_nothingIsLost() throws Exception {
        byte[] there = pattern(4_000_000);
        byte[] back = pattern(3_999_999);
        CompletableFuture<String> arrived = new CompletableFuture<>();
        Service both = connection -> {
            CompletableFuture<Void> reading = CompletableFuture.runAsync(() -> {
                try {
                    arrived.complete(ConnectedEdge.digest(connection.getInputStream()));
                } catch (IOException e) {
                    arrived.completeExceptionally(e);
                }
            });
            connection.getOutputStream().write(back);
            reading.join();
        };
        try (Line line = new Line(both)) {
            CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
                try {
                    return line.client.getInputStream().readAllBytes();
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            line.client.getOutputStream().write(there);
            line.client.shutdownOutput();

            assertThat(arrived.get(30, TimeUnit.SECONDS)).isEqualTo(digest(there));
            assertThat(digest(read.get(30, TimeUnit.SECONDS))).isEqualTo(digest(back));
        }
    }

    @Test
    void service_endsWhileTheClientSends_clientGetsAllOfTheAnswer() throws Exception {
        byte[] answer = pattern(1_000_000);
        Service hasty = connection -> {
            connection.getInputStream().readNBytes(10);
            connection.getOutputStream().write(answer);
            connection.shutdownOutput();
            connection.getInputStream().readAllBytes();
        };
        try (Line line = new Line(hasty)) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                try {
                    for (int i = 0; i < 10_000; i++) {
                        line.client.getOutputStream().write(pattern(1000));
                    }
                } catch (IOException nobodyReadsAnyMore) {
                    // What the service does not want is of no interest here.
                }
            });

            byte[] received = line.client.getInputStream().readAllBytes();

            assertThat(digest(received)).isEqualTo(digest(answer));
            line.client.close();
            writing.get(30, TimeUnit.SECONDS);
        }
    }

    @Test
    void service_breaksOff_clientSeesAReset() throws Exception {
        Service breaking = connection -> {
            connection.getInputStream().readNBytes(4);
            connection.getOutputStream().write(1);
            connection.getInputStream().readNBytes(4);
            connection.setSoLinger(true, 0);
        };
        try (Line line = new Line(breaking)) {
            line.client.getOutputStream().write(new byte[4]);
            InputStream in = line.client.getInputStream();
            assertThat(in.read()).isEqualTo(1);
            line.client.getOutputStream().write(new byte[4]);

            assertThatThrownBy(in::read).isInstanceOf(SocketException.class);
        }
    }

    /** Half of an upload must not look like the whole. */
    @Test
    void client_breaksOff_serviceSeesAReset() throws Exception {
        CompletableFuture<Void> begun = new CompletableFuture<>();
        Service reading = connection -> {
            connection.getInputStream().read();
            begun.complete(null);
            connection.getInputStream().readAllBytes();
        };
        try (Line line = new Line(reading)) {
            line.client.getOutputStream().write(7);
            begun.get(20, TimeUnit.SECONDS);
            line.client.setSoLinger(true, 0);
            line.client.close();

            assertThatThrownBy(() -> line.served.get(20, TimeUnit.SECONDS))
                    .hasRootCauseInstanceOf(SocketException.class);
        }
    }

    /** The reference drops what a message has beyond 16384 bytes, and what an origin sends after the request's end. */
    @Test
    void otherConnector_getsShortMessagesAndNoEnd() throws Exception {
        byte[] sent = pattern(300_000);
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.tcp(EdgeFixture.any(), EdgeFixture.HOST));
                ScriptedConnector connector = fixture.connector()) {
            connector.responding(seen -> {});
            try (Socket client = connect(fixture.edge.tcpAddress(EdgeFixture.HOST))) {
                client.getOutputStream().write(sent);
                client.shutdownOutput();
                ScriptedConnector.Seen seen = connector.nextRequest();
                seen.raw(
                        new DefaultHttp2Headers()
                                .status("200")
                                .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}")
                                .add(
                                        "cf-cloudflared-response-headers",
                                        ScriptedConnector.serialise(-1, "Sec-Websocket-Accept", "x")),
                        false);
                List<Integer> lengths = new ArrayList<>();
                Awaitility.await().until(() -> payloads(seen, lengths) == sent.length);

                assertThat(lengths).allSatisfy(length -> assertThat(length).isLessThanOrEqualTo(16_384));
                assertThat(seen.events).noneMatch(event -> event.contains("end"));
                seen.data("\u0082\u0006answer", true);
                assertThat(client.getInputStream().readAllBytes()).asString().isEqualTo("answer");
            }
        }
    }

    private static int payloads(ScriptedConnector.Seen seen, List<Integer> lengths) throws WireException {
        lengths.clear();
        int[] message = new int[1];
        new WebSocketDecoder(true, new WebSocketDecoder.Sink() {
                    @Override
                    public void data(int opcode, io.netty.buffer.ByteBuf data, boolean endOfMessage) {
                        message[0] += data.readableBytes();
                        data.release();
                        if (endOfMessage) {
                            lengths.add(message[0]);
                            message[0] = 0;
                        }
                    }

                    @Override
                    public void ping(byte[] data) {}

                    @Override
                    public void pong(byte[] data) {}

                    @Override
                    public void close(int code, byte[] reason) {}
                })
                .decode(seen.body.copy());
        return lengths.stream().mapToInt(Integer::intValue).sum();
    }
}
