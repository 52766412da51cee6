package io.tunnel4j.benchmarks.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WebSocketFrames;
import io.tunnel4j.wire.WireException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** WebSocket messages of 16 KiB, as the forwarder sends them and the connector reads them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-Dio.netty.leakDetection.level=disabled")
public class WebSocketBenchmark {
    private static final int BYTES = 16_384;
    private static final int KEY = 0x1234_5678;

    private final ByteBuf payload = Unpooled.directBuffer(BYTES).writeZero(BYTES);
    private final ByteBuf copy = Unpooled.directBuffer(BYTES);
    private final ByteBuf frame = Unpooled.directBuffer(BYTES + WebSocketFrames.MAX_HEADER_BYTES);
    private final WebSocketDecoder decoder = new WebSocketDecoder(true, new Dropped());

    /** Makes a masked message. */
    public WebSocketBenchmark() {
        WebSocketFrames.writeMaskedHeader(WebSocketFrames.BINARY, true, BYTES, KEY, frame);
        frame.writeZero(BYTES);
    }

    /** Masks a payload in place. */
    @Benchmark
    public void mask() {
        WebSocketFrames.mask(payload, 0, BYTES, KEY);
    }

    /** Copies a payload and masks the copy, as the forwarder does. */
    @Benchmark
    public void writeMasked() {
        WebSocketFrames.writeMasked(payload.readerIndex(0), BYTES, KEY, copy.clear());
    }

    /**
     * Reads and unmasks a message.
     *
     * @throws WireException never
     */
    @Benchmark
    public void decode() throws WireException {
        decoder.decode(frame.retainedDuplicate());
    }

    private static final class Dropped implements WebSocketDecoder.Sink {
        @Override
        public void data(int opcode, ByteBuf data, boolean endOfMessage) {
            data.release();
        }

        @Override
        public void ping(byte[] data) {}

        @Override
        public void pong(byte[] data) {}

        @Override
        public void close(int code, byte[] reason) {}
    }
}
