package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.BulkLoad;
import io.tunnel4j.benchmarks.load.H2Load;
import io.tunnel4j.benchmarks.load.LoadClient;
import io.tunnel4j.benchmarks.load.RequestLoad;
import io.tunnel4j.benchmarks.process.Haproxy;
import io.tunnel4j.benchmarks.process.ManagedProcess;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The whole way, from an HTTP/2 client through edge and connector to the origin, beside two haproxy hops of the same shape and the origin's own
 * HTTP/2. The processes of each subject run through all rounds, since what is asked here is the warm state.
 */
public final class EdgeSuite {
    /** The path through our edge and connector. */
    public static final String TUNNEL = "tunnel";

    /** The path through two haproxy processes. */
    public static final String TWO_HOPS = "haproxy, two hops";

    /** No hop. */
    public static final String DIRECT = "direct";

    /** Two JVMs on two processors compile for that long what a request needs. */
    private static final Duration WARM_UP = Duration.ofSeconds(25);

    /** At one request in flight it takes longer to make as many of them. */
    private static final Duration WARM_UP_ALONE = Duration.ofSeconds(15);

    private final Workbench bench;

    private EdgeSuite(Workbench bench) {
        this.bench = bench;
    }

    /**
     * Runs the suite.
     *
     * @param bench the workbench
     * @throws Exception if something fails
     */
    public static void run(Workbench bench) throws Exception {
        try (Tunnel tunnel = Tunnel.start(bench, bench.options().connector());
                Haproxy inner = Haproxy.start(
                        bench.directory("haproxy"),
                        bench.certificates(),
                        bench.nginx().port(),
                        bench.sink().httpPort());
                Haproxy outer = Haproxy.inFrontOf(bench.directory("haproxy"), bench.certificates(), inner)) {
            Map<String, Path> paths = new LinkedHashMap<>();
            paths.put(DIRECT, new Path(bench.nginx().tlsPort(), Map.of()));
            paths.put(TWO_HOPS, new Path(outer.port(), Map.of("outer", outer.process(), "inner", inner.process())));
            paths.put(
                    TUNNEL,
                    new Path(
                            tunnel.edge().httpsPort(),
                            Map.of(
                                    "edge",
                                    tunnel.edge().process(),
                                    "connector",
                                    tunnel.connector().process())));
            paths.keySet().removeIf(name -> !bench.options().includes(name));
            EdgeSuite suite = new EdgeSuite(bench);
            for (Map.Entry<String, Path> path : paths.entrySet()) {
                suite.warmUp(path.getValue());
            }
            for (int round = 1; round <= bench.options().rounds(); round++) {
                bench.say("edge suite, round " + round);
                for (Map.Entry<String, Path> path : paths.entrySet()) {
                    suite.small(path.getKey(), path.getValue(), 1, 1);
                    suite.small(path.getKey(), path.getValue(), 4, 16);
                    suite.small(path.getKey(), path.getValue(), 8, 64);
                }
                for (Map.Entry<String, Path> path : paths.entrySet()) {
                    suite.bulk(path.getKey(), path.getValue());
                }
            }
        }
    }

    private record Path(int port, Map<String, ManagedProcess> processes) {}

    private void warmUp(Path path) throws Exception {
        H2Load.run(bench, path.port, 4, 16, WARM_UP);
        // Bulk throws away what was compiled for small requests; what is measured comes after that.
        try (LoadClient client =
                LoadClient.dial(bench.loops(), bench.certificates().clientContext("h2"), path.port, 1)) {
            BulkLoad.down(client, "/large");
            if (!path.processes.isEmpty()) {
                BulkLoad.up(client, "/up", bench.options().bytes());
            }
        }
        H2Load.run(bench, path.port, 1, 1, WARM_UP_ALONE);
    }

    private void small(String name, Path path, int connections, int perConnection) throws Exception {
        CpuTimes cpu = CpuTimes.start(path.processes);
        RequestLoad.Result result = H2Load.run(
                bench, path.port, connections, perConnection, bench.options().duration());
        if (result.failures() > 0) {
            throw new IllegalStateException(name + ": " + result.failures() + " requests failed");
        }
        String at = " at " + connections * perConnection + " in flight, whole way";
        double seconds = bench.options().duration().toSeconds();
        cpu.addTo(bench, name, "CPU per request" + at, "µs", 1e6 / result.requests());
        bench.add(name, "requests/s" + at, "1/s", result.requests() / seconds);
        bench.add(name, "p50" + at, "µs", result.latencies().quantile(0.5) / 1e3);
        bench.add(name, "p99" + at, "µs", result.latencies().quantile(0.99) / 1e3);
        bench.add(name, "p99.9" + at, "µs", result.latencies().quantile(0.999) / 1e3);
    }

    private void bulk(String name, Path path) throws Exception {
        try (LoadClient client =
                LoadClient.dial(bench.loops(), bench.certificates().clientContext("h2"), path.port, 1)) {
            transfer(name, "GiB down, whole way", path, () -> BulkLoad.down(client, "/large"));
            if (!name.equals(DIRECT)) {
                transfer(
                        name,
                        "GiB up, whole way",
                        path,
                        () -> BulkLoad.up(client, "/up", bench.options().bytes()));
            }
        }
    }

    private void transfer(String name, String figure, Path path, java.util.function.LongSupplier transfer) {
        CpuTimes cpu = CpuTimes.start(path.processes);
        long start = System.nanoTime();
        long bytes = transfer.getAsLong();
        double seconds = (System.nanoTime() - start) / 1e9;
        bench.add(name, "speed, " + figure, "MB/s", bytes / seconds / 1e6);
        cpu.addTo(bench, name, "CPU, " + figure, "s/GiB", (1L << 30) / (double) bytes);
    }
}
