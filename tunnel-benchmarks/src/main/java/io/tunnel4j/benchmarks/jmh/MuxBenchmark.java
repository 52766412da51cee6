package io.tunnel4j.benchmarks.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.benchmarks.load.RequestLoad;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A request and its response through two multiplexers, without sockets and TLS: both ends' whole read and write path.
 *
 * <p>Two codecs are much code to compile: the first second runs at 200 µs for each exchange, the sixth at 7 µs, and a shorter warm-up measures the compiler.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-Dio.netty.leakDetection.level=disabled")
public class MuxBenchmark {
    private static final Http2Headers REQUEST = RequestLoad.get("app.localhost", "/small");

    /** Bytes of the response body. */
    @Param({"64", "16384", "65536"})
    private int bodyBytes;

    private final EmbeddedChannel clientChannel = new EmbeddedChannel();
    private final EmbeddedChannel serverChannel = new EmbeddedChannel();
    private final Http2Headers response = new DefaultHttp2Headers(false)
            .status("200")
            .add("cf-cloudflared-response-headers", "U2VydmVy:bmdpbngvMS4yMi4x;Q29udGVudC1UeXBl:dGV4dC9wbGFpbg")
            .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}");
    private ByteBuf body = Unpooled.EMPTY_BUFFER;
    private MuxConnection client =
            MuxConnection.start(clientChannel, MuxConfig.builder(Role.CLIENT).build(), new Accepting());
    private int answers;

    /** Connects the two. */
    @Setup(Level.Trial)
    public void connect() {
        response.add("content-length", Integer.toString(bodyBytes));
        body = Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bodyBytes).writeZero(bodyBytes).asReadOnly());
        MuxConnection.start(serverChannel, MuxConfig.builder(Role.SERVER).build(), new Accepting());
        pump();
    }

    /**
     * One exchange.
     *
     * @return answers so far
     * @throws ConnectionException never
     */
    @Benchmark
    public int exchange() throws ConnectionException {
        client.open(REQUEST, true, new Answer()).flush();
        pump();
        return answers;
    }

    /** Carries bytes from one end to the other until nothing moves. */
    private void pump() {
        boolean moved;
        do {
            clientChannel.runPendingTasks();
            serverChannel.runPendingTasks();
            moved = carry(clientChannel, serverChannel) | carry(serverChannel, clientChannel);
        } while (moved);
    }

    private static boolean carry(EmbeddedChannel from, EmbeddedChannel to) {
        boolean moved = false;
        for (Object bytes = from.readOutbound(); bytes != null; bytes = from.readOutbound()) {
            to.writeOneInbound(bytes);
            moved = true;
        }
        if (moved) {
            to.flushInbound();
        }
        return moved;
    }

    private final class Accepting implements ConnectionListener {
        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            stream.writeHead(response, false);
            stream.writeData(body.retainedDuplicate(), true);
            stream.flush();
            return new Answer();
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {}
    }

    private final class Answer implements StreamListener {
        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            stream.consume(data.readableBytes());
            data.release();
            if (endOfStream) {
                answers++;
            }
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            throw new IllegalStateException(cause);
        }
    }
}
