package io.tunnel4j.benchmarks.load;

import io.tunnel4j.benchmarks.Workbench;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Small requests by {@code h2load}, which needs less of the shared processors than a Java client. */
public final class H2Load {
    private static final Pattern SUCCEEDED = Pattern.compile("(\\d+) succeeded, (\\d+) failed, (\\d+) errored");
    private static final Pattern OK = Pattern.compile("status codes: (\\d+) 2xx");

    private H2Load() {}

    /**
     * Runs load over HTTP/2 and TLS.
     *
     * @param bench the workbench
     * @param port the server's
     * @param connections how many
     * @param perConnection requests in flight on each
     * @param duration how long
     * @return what came of it
     * @throws IOException if it cannot be run
     * @throws InterruptedException when interrupted
     */
    public static RequestLoad.Result run(
            Workbench bench, int port, int connections, int perConnection, Duration duration)
            throws IOException, InterruptedException {
        Path log = bench.directory("h2load").resolve("latencies");
        long start = System.nanoTime();
        String output = bench.run(List.of(
                "h2load",
                "-c",
                Integer.toString(connections),
                "-m",
                Integer.toString(perConnection),
                "-D",
                Long.toString(duration.toSeconds()),
                "-w",
                "24",
                "-W",
                "24",
                "--connect-to=127.0.0.1:" + port,
                "--log-file=" + log,
                "https://app.localhost:" + port + "/small"));
        long nanos = System.nanoTime() - start;
        LatencyHistogram latencies = new LatencyHistogram();
        try (Stream<String> lines = Files.lines(log)) {
            lines.forEach(line -> latencies.record(1000 * Long.parseLong(line.substring(line.lastIndexOf('\t') + 1))));
        }
        Files.delete(log);
        return new RequestLoad.Result(number(OK, output, 1), number(SUCCEEDED, output, 2), nanos, latencies);
    }

    private static long number(Pattern pattern, String output, int group) {
        Matcher found = pattern.matcher(output);
        if (!found.find()) {
            throw new IllegalStateException("h2load said:\n" + output);
        }
        return Long.parseLong(found.group(group));
    }
}
