package io.tunnel4j.benchmarks.jmh;

import io.netty.buffer.ByteBuf;
import io.tunnel4j.wire.MessageFramer;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.StructReader;
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

/** RPC messages of the control stream: encoding one, and finding and reading it in a stream of bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-Dio.netty.leakDetection.level=disabled")
public class RegistrationBenchmark {
    private static final RpcMessage.RpcError ERROR = new RpcMessage.RpcError(0, "the tunnel is not known here");

    private final MessageFramer framer = new MessageFramer(64 << 10);
    private final ByteBuf message = RpcEncoder.exception(7, ERROR);

    /**
     * Encodes an exception.
     *
     * @return bytes written
     */
    @Benchmark
    public int encode() {
        ByteBuf encoded = RpcEncoder.exception(7, ERROR);
        int bytes = encoded.readableBytes();
        encoded.release();
        return bytes;
    }

    /**
     * Frames and reads it.
     *
     * @return the message
     * @throws WireException never
     */
    @Benchmark
    public StructReader decode() throws WireException {
        framer.feed(message.retainedDuplicate());
        StructReader root = framer.next();
        if (root == null) {
            throw new IllegalStateException("no message");
        }
        return root;
    }
}
