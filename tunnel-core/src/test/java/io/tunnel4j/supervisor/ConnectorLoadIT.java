package io.tunnel4j.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ten thousand streams at a time on one connection of a connector in a JVM of its own. */
class ConnectorLoadIT {
    private static final Logger log = LoggerFactory.getLogger(ConnectorLoadIT.class);
    private static final int CROWD = 10_000;
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    /** docs/limits.md publishes what was measured; this is the most that a run may find. */
    private static final int MAX_BYTES_PER_IDLE_WEBSOCKET = 16_384;

    @TempDir
    private Path folder;

    @Test
    void idleWebSockets_tenThousandOnOneConnection_costLittleAndStillWork() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                FastOrigin origin = new FastOrigin();
                ConnectorProcess connector = ConnectorProcess.start(edge, origin.port(), folder, "-Xmx512m")) {
            ScriptedEdge.Connection connection = edge.nextRegistered();
            openAll(connection, 500, "/socket", true);
            ConnectorProcess.Memory before = connector.memory();
            List<Flow> sockets = openAll(connection, CROWD, "/socket", true);

            assertThat(sockets).allSatisfy(socket -> assertThat(socket.status).isEqualTo(200));
            ConnectorProcess.Memory after = connector.memory();
            long heap = (after.heapBytes() - before.heapBytes()) / CROWD;
            long direct = (after.directBytes() - before.directBytes()) / CROWD;
            log.warn("idle WebSocket: {} bytes of heap, {} bytes of direct memory", heap, direct);
            assertThat(heap + direct).isLessThan(MAX_BYTES_PER_IDLE_WEBSOCKET);
            for (int i = 0; i < CROWD; i += 500) {
                Flow socket = sockets.get(i);
                socket.send("hello " + i);
                String sent = "hello " + i;
                await().atMost(PATIENCE).until(() -> socket.bytes == sent.length());
            }
            assertThat(origin.open.get()).isEqualTo(CROWD + 500);
        }
    }

    @Test
    void streams_tenThousandAtAnOriginFasterThanTheEdge_noOutOfMemoryAndTheOthersGoOn() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                FastOrigin origin = new FastOrigin()) {
            // A large window for the connection, and small ones of its streams: each may stall without stalling all.
            edge.muxConfig = MuxConfig.builder(Role.CLIENT)
                    .streamWindowBytes(65_535)
                    .connectionWindowBytes(1 << 30)
                    .maxWindowBytes(1 << 30)
                    .build();
            try (ConnectorProcess connector = ConnectorProcess.start(edge, origin.port(), folder, "-Xmx128m")) {
                ScriptedEdge.Connection connection = edge.nextRegistered();
                List<Flow> live = openAll(connection, 20, "/endless", false);

                List<Flow> crowd = openAll(connection, CROWD, "/long", false);

                long served = crowd.stream().filter(flow -> flow.status == 200).count();
                log.warn("{} of {} streams served, {} refused; {}", served, CROWD, CROWD - served, connector.memory());
                assertThat(crowd).allSatisfy(flow -> assertThat(flow.status).isIn(200, 503));
                assertThat(served).isGreaterThan(CROWD / 10);
                List<Long> targets =
                        live.stream().map(flow -> flow.bytes + 500_000).toList();
                await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).until(() -> {
                    live.forEach(Flow::giveCredit);
                    return IntStream.range(0, targets.size()).allMatch(i -> live.get(i).bytes >= targets.get(i));
                });
                for (Flow flow : crowd) {
                    flow.reset();
                }
                await().atMost(PATIENCE).until(() -> origin.open.get() <= live.size());
                List<Flow> later = openAll(connection, 100, "/small", false);
                assertThat(later).allSatisfy(flow -> assertThat(flow.status).isEqualTo(200));
                assertThat(connector.isAlive()).isTrue();
                assertThat(connector.log()).doesNotContain("OutOf");
            }
        }
    }

    /** Opens streams and waits for every head. */
    private static List<Flow> openAll(ScriptedEdge.Connection connection, int count, String path, boolean webSocket)
            throws Exception {
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Http2Headers head = new DefaultHttp2Headers(false)
                    .method("GET")
                    .scheme("https")
                    .authority("app.example.com")
                    .path(path);
            if (webSocket) {
                head.add("cf-cloudflared-proxy-connection-upgrade", "websocket")
                        .add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
            }
            Flow flow = new Flow(webSocket);
            flows.add(flow);
            connection.channel.eventLoop().execute(() -> flow.open(connection, head, !webSocket));
            if (i % 200 == 199 || i == count - 1) {
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(10))
                        .until(() -> flows.stream().allMatch(f -> f.status != 0));
            }
        }
        return flows;
    }

    /** One stream at the edge, which gives no credit unless told to. */
    private static final class Flow implements StreamListener {
        private final boolean givesCredit;
        private volatile int status;
        private volatile long bytes;
        private long owed;
        private @Nullable MuxStream stream;

        Flow(boolean givesCredit) {
            this.givesCredit = givesCredit;
        }

        void open(ScriptedEdge.Connection connection, Http2Headers head, boolean end) {
            try {
                stream = connection.mux.open(head, end, this);
                stream.flush();
            } catch (io.tunnel4j.mux.ConnectionException e) {
                status = -1;
            }
        }

        @Override
        public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
            status = Integer.parseInt(head.status().toString());
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // written on one event loop only
        public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
            int n = data.readableBytes();
            data.release();
            bytes += n;
            if (givesCredit) {
                from.consume(n);
            } else {
                owed += n;
            }
        }

        @Override
        public void trailers(MuxStream from, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream from, StreamException cause) {
            status = status == 0 ? -2 : status;
        }

        void giveCredit() {
            stream.eventLoop().execute(() -> {
                stream.consume((int) owed);
                owed = 0;
                stream.flush();
            });
        }

        void send(String text) {
            stream.eventLoop().execute(() -> {
                stream.writeData(Unpooled.copiedBuffer(text, java.nio.charset.StandardCharsets.US_ASCII), false);
                stream.flush();
            });
        }

        void reset() {
            stream.eventLoop().execute(() -> stream.reset(8));
        }
    }
}
