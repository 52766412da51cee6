package io.tunnel4j.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Streams that are opened and then left alone. */
public final class HeldStreams {
    private static final int AT_A_TIME = 50;

    private HeldStreams() {}

    /**
     * Returns the head of a WebSocket as an edge sends it to a connector.
     *
     * @return request fields
     */
    public static Http2Headers webSocket() {
        return RequestLoad.get("ws.localhost", "/")
                .add("cf-cloudflared-proxy-connection-upgrade", "websocket")
                .add("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
                .add("sec-websocket-version", "13");
    }

    /**
     * Opens streams, a few at a time.
     *
     * @param target over which connections, in turns
     * @param head WebSockets are waited for until they are accepted, other requests are left without an answer
     * @param count how many
     * @throws Exception if one is refused
     */
    public static void open(LoadConnections target, Http2Headers head, int count) throws Exception {
        List<MuxConnection> connections = List.copyOf(target.connections());
        boolean answered = head.contains("sec-websocket-key");
        AtomicInteger opened = new AtomicInteger();
        for (int start = 0; start < count; start += AT_A_TIME) {
            CompletableFuture<?>[] batch = new CompletableFuture<?>[Math.min(AT_A_TIME, count - start)];
            for (int i = 0; i < batch.length; i++) {
                MuxConnection connection = connections.get(opened.getAndIncrement() % connections.size());
                batch[i] = open(connection, head, answered);
            }
            CompletableFuture.allOf(batch).get(30, TimeUnit.SECONDS);
            TimeUnit.MILLISECONDS.sleep(answered ? 0 : 10);
        }
    }

    private static CompletableFuture<Void> open(MuxConnection connection, Http2Headers head, boolean answered) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        connection.eventLoop().execute(() -> {
            try {
                connection.open(head, !answered, new Held(done)).flush();
                if (!answered) {
                    done.complete(null);
                }
            } catch (ConnectionException e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }

    private record Held(CompletableFuture<Void> done) implements StreamListener {
        @Override
        public void head(MuxStream stream, Http2Headers answer, boolean endOfStream) {
            CharSequence status = answer.status();
            if (status != null && "200".contentEquals(status)) {
                done.complete(null);
            } else {
                done.completeExceptionally(new IllegalStateException("status " + status));
            }
        }

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            stream.consume(data.readableBytes());
            data.release();
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            done.completeExceptionally(cause);
        }
    }
}
