package io.tunnel4j.benchmarks.suite;

import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.BulkLoad;
import io.tunnel4j.benchmarks.load.LoadClient;
import io.tunnel4j.benchmarks.load.LoadConnections;
import io.tunnel4j.benchmarks.load.LoadEdge;
import io.tunnel4j.benchmarks.load.RequestLoad;
import io.tunnel4j.benchmarks.process.Connector;
import io.tunnel4j.benchmarks.process.Haproxy;
import io.tunnel4j.benchmarks.process.ManagedProcess;
import io.tunnel4j.benchmarks.process.ProcessUsage;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The connector alone, beside haproxy: both get the same load from the same client over four HTTP/2 connections, the connector over those it has
 * dialled. Each round starts fresh processes; the order of the phases is the order in which figures are listed.
 */
public final class ConnectorSuite {
    /** The yardstick's name. */
    public static final String HAPROXY = "haproxy";

    private static final int CONNECTIONS = 4;
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
        Map<String, Subject> subjects = new LinkedHashMap<>();
        if (bench.options().includes(HAPROXY)) {
            subjects.put(HAPROXY, suite::haproxy);
        }
        bench.options().connectors().forEach((name, command) -> subjects.put(name, n -> suite.connector(n, command)));
        for (int round = 1; round <= bench.options().rounds(); round++) {
            bench.say("connector suite, round " + round);
            for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
                subject.getValue().measure(subject.getKey());
            }
        }
    }

    private interface Subject {
        void measure(String name) throws Exception;
    }

    private void haproxy(String name) throws Exception {
        try (Haproxy haproxy = Haproxy.start(
                        bench.directory("haproxy"),
                        bench.certificates(),
                        bench.nginx().port(),
                        bench.sink().httpPort());
                LoadClient client = LoadClient.dial(
                        bench.loops(), bench.certificates().clientContext("h2"), haproxy.port(), CONNECTIONS)) {
            phases(name, client, haproxy.process());
        }
    }

    private void connector(String name, List<String> command) throws Exception {
        try (LoadEdge edge = LoadEdge.listen(bench.loops(), bench.certificates().edgeContext(), CONNECTIONS);
                Connector connector = Connector.start(
                        command,
                        bench.directory("connector"),
                        TunnelCredentials.generate("0123456789abcdef0123456789abcdef"),
                        edge.port(),
                        bench.certificates().authority(),
                        bench.origins(),
                        CONNECTIONS)) {
            connector.process().await("a registered connection", () -> edge.firstRegisteredNanos() != 0);
            double ready = (edge.firstRegisteredNanos() - connector.process().startedNanos()) / 1e9;
            bench.add(name, "process start to first registration", "s", ready);
            edge.await(20);
            phases(name, edge, connector.process());
            bench.add(
                    name,
                    "resident after all of it",
                    "MB",
                    connector.process().usage().residentBytes() / 1e6);
        }
    }

    private void phases(String name, LoadConnections target, ManagedProcess process) throws InterruptedException {
        warmUp(target);
        small(name, target, process, 64);
        small(name, target, process, 1);
        small(name, target, process, 512);
        double coldDown = down(name, "first GiB down", target, process);
        double warmDown = down(name, "second GiB down", target, process);
        double coldUp = up(name, "first GiB up", target, process);
        double warmUp = up(name, "second GiB up", target, process);
        bench.add(name, "first ÷ second GiB down", "×", coldDown / warmDown);
        bench.add(name, "first ÷ second GiB up", "×", coldUp / warmUp);
    }

    /** By number, not by time: a JVM on a loaded machine needs as many requests as on an idle one. */
    private static void warmUp(LoadConnections target) throws InterruptedException {
        long requests = 0;
        for (int second = 0; second < WARM_UP_SECONDS && requests < WARM_UP_REQUESTS; second++) {
            requests += RequestLoad.run(target, SMALL, second % 2 == 0 ? 64 : 16, Duration.ofSeconds(1))
                    .requests();
        }
        RequestLoad.run(target, SMALL, 1, Duration.ofSeconds(1));
    }

    private void small(String name, LoadConnections target, ManagedProcess process, int inFlight)
            throws InterruptedException {
        ProcessUsage before = process.usage();
        RequestLoad.Result result =
                RequestLoad.run(target, SMALL, inFlight, bench.options().duration());
        ProcessUsage after = process.usage();
        if (result.failures() > 0) {
            throw new IllegalStateException(
                    name + ": " + result.failures() + " requests failed; its output:\n" + process.output());
        }
        String at = " at " + inFlight + " in flight";
        double cpu = (after.cpuSeconds() - before.cpuSeconds()) / result.requests();
        double compilers = (after.compilerSeconds() - before.compilerSeconds()) / result.requests();
        bench.add(name, "CPU per request" + at, "µs", cpu * 1e6);
        bench.add(name, "  of it JIT and GC" + at, "µs", compilers * 1e6);
        bench.add(name, "requests/s" + at, "1/s", result.requests() / (result.nanos() / 1e9));
        bench.add(name, "p50" + at, "µs", result.latencies().quantile(0.5) / 1e3);
        bench.add(name, "p99" + at, "µs", result.latencies().quantile(0.99) / 1e3);
        bench.add(name, "p99.9" + at, "µs", result.latencies().quantile(0.999) / 1e3);
    }

    private double down(String name, String figure, LoadConnections target, ManagedProcess process) {
        return bulk(name, figure, process, () -> BulkLoad.down(target, "/large"));
    }

    private double up(String name, String figure, LoadConnections target, ManagedProcess process) {
        return bulk(
                name,
                figure,
                process,
                () -> BulkLoad.up(target, "/up", bench.options().bytes()));
    }

    private double bulk(String name, String figure, ManagedProcess process, java.util.function.LongSupplier transfer) {
        ProcessUsage before = process.usage();
        long start = System.nanoTime();
        long bytes = transfer.getAsLong();
        double seconds = (System.nanoTime() - start) / 1e9;
        ProcessUsage after = process.usage();
        if (bytes != bench.options().bytes()) {
            throw new IllegalStateException(
                    name + ": " + bytes + " bytes, expected " + bench.options().bytes());
        }
        double gibs = bytes / (double) (1L << 30);
        double cpu = (after.cpuSeconds() - before.cpuSeconds()) / gibs;
        bench.add(name, "CPU, " + figure, "s/GiB", cpu);
        bench.add(
                name,
                "  of it JIT and GC, " + figure,
                "s/GiB",
                (after.compilerSeconds() - before.compilerSeconds()) / gibs);
        bench.add(name, "speed, " + figure, "MB/s", bytes / seconds / 1e6);
        return cpu;
    }
}
