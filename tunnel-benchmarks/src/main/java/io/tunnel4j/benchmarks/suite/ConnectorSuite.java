package io.tunnel4j.benchmarks.suite;

import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.BulkLoad;
import io.tunnel4j.benchmarks.load.LatencyHistogram;
import io.tunnel4j.benchmarks.load.LoadClient;
import io.tunnel4j.benchmarks.load.LoadConnections;
import io.tunnel4j.benchmarks.load.LoadEdge;
import io.tunnel4j.benchmarks.load.RequestLoad;
import io.tunnel4j.benchmarks.process.Connector;
import io.tunnel4j.benchmarks.process.Haproxy;
import io.tunnel4j.benchmarks.process.ManagedProcess;
import io.tunnel4j.benchmarks.process.ProcessUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;

/**
 * The connector alone, beside haproxy: both get the same load from the same client over four HTTP/2 connections, the connector over those it has
 * dialled. Each round starts fresh processes; the order of the phases is the order in which figures are listed, and within each the subjects take turns.
 */
public final class ConnectorSuite {
    /** The yardstick's name. */
    public static final String HAPROXY = "haproxy";

    private static final int CONNECTIONS = 4;
    private static final Duration SLICE = Duration.ofSeconds(1);
    private static final int WARM_UP_REQUESTS = 150_000;
    private static final int WARM_UP_SECONDS = 40;
    private static final Http2Headers SMALL = RequestLoad.get("app.localhost", "/small");

    private final Workbench bench;

    private ConnectorSuite(Workbench bench) {
        this.bench = bench;
    }

    /**
     * Runs the suite.
     *
     * @param bench the workbench
     * @throws Exception if something fails
     */
    public static void run(Workbench bench) throws Exception {
        ConnectorSuite suite = new ConnectorSuite(bench);
        for (int round = 0; round <= bench.options().rounds(); round++) {
            // The first one makes the load's own JVM warm, and does not count.
            suite.round(round);
        }
    }

    /** One of those that are measured, with the load's connections to it. */
    private record Subject(String name, LoadConnections target, ManagedProcess process, AutoCloseable owner) {
        void close() throws Exception {
            target.close();
            owner.close();
        }
    }

    private void round(int round) throws Exception {
        boolean counts = round > 0;
        bench.say(counts ? "connector suite, round " + round : "connector suite, making the load warm");
        List<Subject> subjects = new ArrayList<>();
        try {
            if (bench.options().includes(HAPROXY) || !counts) {
                subjects.add(haproxy());
            }
            if (counts) {
                for (Map.Entry<String, List<String>> command :
                        bench.options().connectors().entrySet()) {
                    subjects.add(connector(command.getKey(), command.getValue()));
                }
            }
            for (Subject subject : subjects) {
                warmUp(subject.target);
            }
            if (counts) {
                phases(subjects);
            } else {
                for (int i = 0; i < 2; i++) {
                    BulkLoad.down(subjects.get(0).target, "/large");
                    BulkLoad.up(subjects.get(0).target, "/up", bench.options().bytes());
                }
            }
        } finally {
            for (Subject subject : subjects) {
                subject.close();
            }
        }
    }

    private Subject haproxy() throws Exception {
        Haproxy haproxy = Haproxy.start(
                bench.directory("haproxy"),
                bench.certificates(),
                bench.nginx().port(),
                bench.sink().httpPort());
        LoadClient client =
                LoadClient.dial(bench.loops(), bench.certificates().clientContext("h2"), haproxy.port(), CONNECTIONS);
        return new Subject(HAPROXY, client, haproxy.process(), haproxy);
    }

    private Subject connector(String name, List<String> command) throws Exception {
        LoadEdge edge = LoadEdge.listen(bench.loops(), bench.certificates().edgeContext(), CONNECTIONS);
        Connector connector = Connector.start(
                command,
                bench.directory("connector"),
                TunnelCredentials.generate("0123456789abcdef0123456789abcdef"),
                edge.port(),
                bench.certificates().authority(),
                bench.origins(),
                CONNECTIONS);
        connector.process().await("a registered connection", () -> edge.firstRegisteredNanos() != 0);
        edge.await(20);
        return new Subject(name, edge, connector.process(), connector);
    }

    /** Subjects take turns within each phase, so that what else the machine does meets all of them alike. */
    private void phases(List<Subject> subjects) throws InterruptedException {
        for (int inFlight : List.of(64, 1, 512)) {
            Map<Subject, Slices> slices = new LinkedHashMap<>();
            for (int i = 0; i < bench.options().duration().toSeconds(); i++) {
                for (Subject subject : subjects) {
                    slices.computeIfAbsent(subject, s -> new Slices()).add(subject, inFlight);
                }
            }
            slices.forEach((subject, sum) -> report(subject.name, inFlight, sum));
        }
        bulk(subjects, "first GiB down", this::down);
        bulk(subjects, "second GiB down", this::down);
        bulk(subjects, "first GiB up", this::up);
        bulk(subjects, "second GiB up", this::up);
        for (Subject subject : subjects) {
            for (String way : List.of("down", "up")) {
                double first = last(subject, "CPU, first GiB " + way);
                bench.add(
                        subject.name,
                        "first ÷ second GiB " + way,
                        "×",
                        first / last(subject, "CPU, second GiB " + way));
            }
            bench.add(
                    subject.name,
                    "resident after all of it",
                    "MB",
                    subject.process.usage().residentBytes() / 1e6);
        }
    }

    private double last(Subject subject, String figure) {
        List<Double> samples = bench.figures().samples(subject.name, figure);
        return samples.get(samples.size() - 1);
    }

    /** By number, not by time: a JVM on a loaded machine needs as many requests as on an idle one. */
    private static void warmUp(LoadConnections target) throws InterruptedException {
        long requests = 0;
        int[] inFlight = {64, 512, 16};
        for (int second = 0; second < WARM_UP_SECONDS && requests < WARM_UP_REQUESTS; second++) {
            requests += RequestLoad.run(target, SMALL, inFlight[second % inFlight.length], SLICE)
                    .requests();
        }
        RequestLoad.run(target, SMALL, 1, SLICE);
    }

    /** What several short measurements of the same kind add up to. */
    private static final class Slices {
        private final LatencyHistogram latencies = new LatencyHistogram();
        private long requests;
        private long nanos;
        private double cpuSeconds;
        private double compilerSeconds;

        void add(Subject subject, int inFlight) {
            ProcessUsage before = subject.process.usage();
            RequestLoad.Result result;
            try {
                result = RequestLoad.run(subject.target, SMALL, inFlight, SLICE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
            ProcessUsage after = subject.process.usage();
            if (result.failures() > 0) {
                throw new IllegalStateException(subject.name + ": " + result.failures()
                        + " requests failed; its output:\n" + subject.process.output());
            }
            requests += result.requests();
            nanos += result.nanos();
            cpuSeconds += after.cpuSeconds() - before.cpuSeconds();
            compilerSeconds += after.compilerSeconds() - before.compilerSeconds();
            latencies.add(result.latencies());
        }
    }

    private void report(String name, int inFlight, Slices sum) {
        String at = " at " + inFlight + " in flight";
        bench.add(name, "CPU per request" + at, "µs", sum.cpuSeconds / sum.requests * 1e6);
        bench.add(name, "of it JIT and GC, per request" + at, "µs", sum.compilerSeconds / sum.requests * 1e6);
        bench.add(name, "requests/s" + at, "1/s", sum.requests / (sum.nanos / 1e9));
        bench.add(name, "p50" + at, "µs", sum.latencies.quantile(0.5) / 1e3);
        bench.add(name, "p99" + at, "µs", sum.latencies.quantile(0.99) / 1e3);
        bench.add(name, "p99.9" + at, "µs", sum.latencies.quantile(0.999) / 1e3);
    }

    private long down(LoadConnections target) {
        return BulkLoad.down(target, "/large");
    }

    private long up(LoadConnections target) {
        return BulkLoad.up(target, "/up", bench.options().bytes());
    }

    private void bulk(List<Subject> subjects, String figure, ToLongFunction<LoadConnections> transfer) {
        for (Subject subject : subjects) {
            ProcessUsage before = subject.process.usage();
            long start = System.nanoTime();
            long bytes = transfer.applyAsLong(subject.target);
            double seconds = (System.nanoTime() - start) / 1e9;
            ProcessUsage after = subject.process.usage();
            if (bytes != bench.options().bytes()) {
                throw new IllegalStateException(subject.name + ": " + bytes + " bytes, expected "
                        + bench.options().bytes());
            }
            double gibs = bytes / (double) (1L << 30);
            bench.add(subject.name, "CPU, " + figure, "s/GiB", (after.cpuSeconds() - before.cpuSeconds()) / gibs);
            bench.add(
                    subject.name,
                    "of it JIT and GC, " + figure,
                    "s/GiB",
                    (after.compilerSeconds() - before.compilerSeconds()) / gibs);
            bench.add(subject.name, "speed, " + figure, "MB/s", bytes / seconds / 1e6);
        }
    }
}
