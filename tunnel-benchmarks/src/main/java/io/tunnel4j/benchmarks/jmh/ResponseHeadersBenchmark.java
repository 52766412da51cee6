package io.tunnel4j.benchmarks.jmh;

import io.netty.util.AsciiString;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import io.tunnel4j.wire.WireException;
import java.nio.charset.StandardCharsets;
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

/** The serialised response header, both ways, with the fields of an ordinary nginx answer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 3, jvmArgsAppend = "-Dio.netty.leakDetection.level=disabled")
public class ResponseHeadersBenchmark {
    private static final String[][] FIELDS = {
        {"Server", "nginx/1.22.1"},
        {"Date", "Mon, 30 Nov 2026 03:14:15 GMT"},
        {"Content-Type", "text/plain"},
        {"Content-Length", "64"},
        {"Connection", "keep-alive"},
        {"Cache-Control", "no-store"},
        {"ETag", "\"6565c3a1-40\""},
    };

    private final ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
    private final byte[] head;
    private final int[] at = new int[4 * FIELDS.length];
    private final AsciiString serialised;

    /** Lays the fields out in one array, as the origin's head reader has them. */
    public ResponseHeadersBenchmark() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < FIELDS.length; i++) {
            at[4 * i] = text.length();
            at[4 * i + 1] = FIELDS[i][0].length();
            text.append(FIELDS[i][0]).append(": ");
            at[4 * i + 2] = text.length();
            at[4 * i + 3] = FIELDS[i][1].length();
            text.append(FIELDS[i][1]).append("\r\n");
        }
        head = text.toString().getBytes(StandardCharsets.US_ASCII);
        serialised = encode();
    }

    /**
     * At the connector.
     *
     * @return the serialised field
     */
    @Benchmark
    public AsciiString encode() {
        encoder.begin();
        for (int i = 0; i < at.length; i += 4) {
            encoder.add(head, at[i], at[i + 1], at[i + 2], at[i + 3]);
        }
        return encoder.finish();
    }

    /**
     * At the edge.
     *
     * @return the fields
     * @throws WireException never
     */
    @Benchmark
    public ResponseHeaders decode() throws WireException {
        return ResponseHeaders.decode(serialised);
    }
}
