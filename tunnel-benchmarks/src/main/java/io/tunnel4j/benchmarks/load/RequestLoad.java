package io.tunnel4j.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Keeps a number of small requests in flight: the next one leaves when an answer is complete. Used once. */
public final class RequestLoad {
    private final Http2Headers head;
    private final List<Lane> lanes = new ArrayList<>();
    private final CountDownLatch ended;
    private volatile boolean running = true;
    private final AtomicLong failures = new AtomicLong();

    /**
     * What came of it.
     *
     * @param requests complete answers with status 200
     * @param failures others
     * @param nanos how long it ran
     * @param latencies from opening a stream to its end
     */
    public record Result(long requests, long failures, long nanos, LatencyHistogram latencies) {}

    private RequestLoad(LoadConnections target, Http2Headers head, int inFlight) {
        this.head = head;
        List<MuxConnection> connections = List.copyOf(target.connections());
        for (int i = 0; i < inFlight; i++) {
            lanes.add(new Lane(connections.get(i % connections.size())));
        }
        ended = new CountDownLatch(inFlight);
    }

    /**
     * Runs load.
     *
     * @param target over which connections, in turns
     * @param head the request
     * @param inFlight how many requests at a time
     * @param duration how long
     * @return what came of it
     * @throws InterruptedException when interrupted
     */
    public static Result run(LoadConnections target, Http2Headers head, int inFlight, Duration duration)
            throws InterruptedException {
        RequestLoad load = new RequestLoad(target, head, inFlight);
        long start = System.nanoTime();
        load.lanes.forEach(lane -> lane.connection.eventLoop().execute(lane::next));
        TimeUnit.NANOSECONDS.sleep(duration.toNanos());
        load.running = false;
        if (!load.ended.await(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException(load.ended.getCount() + " requests without an answer within 10 s");
        }
        LatencyHistogram all = new LatencyHistogram();
        long requests = 0;
        for (Lane lane : load.lanes) {
            requests += lane.answers;
            for (int i = 0; i < lane.recorded; i++) {
                all.record(lane.nanos[i]);
            }
        }
        return new Result(requests, load.failures.get(), System.nanoTime() - start, all);
    }

    /**
     * Returns a GET as every subject gets it.
     *
     * @param host the authority
     * @param path path and query
     * @return request fields
     */
    public static Http2Headers get(String host, String path) {
        return new DefaultHttp2Headers(false)
                .method("GET")
                .scheme("https")
                .authority(host)
                .path(path)
                .add("user-agent", "bench")
                .add("accept", "*/*")
                .add("accept-encoding", "identity");
    }

    /** One request at a time. Confined to its connection's event loop. */
    private final class Lane implements StreamListener {
        private final MuxConnection connection;
        private long[] nanos = new long[1 << 12];
        private int recorded;
        private long answers;
        private long openedNanos;
        private @Nullable MuxStream current;

        Lane(MuxConnection connection) {
            this.connection = connection;
        }

        void next() {
            if (!running) {
                ended.countDown();
                return;
            }
            openedNanos = System.nanoTime();
            try {
                current = connection.open(head, true, this);
                current.flush();
            } catch (ConnectionException e) {
                failures.incrementAndGet();
                ended.countDown();
            }
        }

        private void answered() {
            current = null;
            answers++;
            if (recorded == nanos.length && recorded < 1 << 22) {
                nanos = java.util.Arrays.copyOf(nanos, 2 * recorded);
            }
            if (recorded < nanos.length) {
                nanos[recorded++] = System.nanoTime() - openedNanos;
            }
            next();
        }

        @Override
        public void head(MuxStream stream, Http2Headers answer, boolean endOfStream) {
            CharSequence status = answer.status();
            if (status == null || !"200".contentEquals(status)) {
                failures.incrementAndGet();
            }
            if (endOfStream && stream == current) {
                answered();
            }
        }

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            stream.consume(data.readableBytes());
            data.release();
            if (endOfStream && stream == current) {
                answered();
            }
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {
            if (stream == current) {
                answered();
            }
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            if (stream == current) {
                failures.incrementAndGet();
                connection.eventLoop().execute(this::next);
            }
        }
    }
}
