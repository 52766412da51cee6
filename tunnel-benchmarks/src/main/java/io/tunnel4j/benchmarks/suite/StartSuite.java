package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.LatencyHistogram;
import io.tunnel4j.benchmarks.load.LoadEdge;
import io.tunnel4j.benchmarks.process.Connector;
import java.util.List;
import java.util.Map;

/** Time to READY: of {@code start()} in a warm JVM, and of a process from its first instruction. */
public final class StartSuite {
    private static final int WARM_UP = 60;
    private static final int STARTS = 40;
    private static final String ACCOUNT = "0123456789abcdef0123456789abcdef";

    /** The launcher, with the class archive beside it. */
    static final String ARCHIVE = "connector, class archive";

    /** The same with the flags that docs/performance.md gives for a JVM that shall be small. */
    static final String SMALL_ARCHIVE = "connector, class archive, small flags";

    private final Workbench bench;

    private StartSuite(Workbench bench) {
        this.bench = bench;
    }

    /**
     * Runs the suite.
     *
     * @param bench the workbench
     * @throws Exception if something fails
     */
    public static void run(Workbench bench) throws Exception {
        StartSuite suite = new StartSuite(bench);
        suite.inProcess(WARM_UP);
        for (int round = 1; round <= bench.options().rounds(); round++) {
            bench.say("start suite, round " + round);
            LatencyHistogram starts = suite.inProcess(STARTS);
            bench.add("connector", "start() to READY, warm JVM, p50", "ms", starts.quantile(0.5) / 1e6);
            bench.add("connector", "start() to READY, warm JVM, p99", "ms", starts.quantile(0.99) / 1e6);
            for (Map.Entry<String, List<String>> command :
                    bench.options().connectors().entrySet()) {
                suite.cold(command.getKey(), command.getValue());
            }
            suite.cold("connector, small flags", bench.options().java(MemorySuite.SMALL_JVM));
            String launcher = bench.options().launcher().toString();
            suite.cold(ARCHIVE, List.of(launcher));
            suite.cold(
                    SMALL_ARCHIVE,
                    List.of("env", "TUNNEL_JAVA_OPTS=" + String.join(" ", MemorySuite.SMALL_JVM), launcher));
        }
    }

    private LatencyHistogram inProcess(int times) throws Exception {
        LatencyHistogram starts = new LatencyHistogram();
        try (LoadEdge edge = LoadEdge.listen(bench.loops(), bench.certificates().edgeContext(), 1)) {
            for (int i = 0; i < times; i++) {
                TunnelConnector.Builder builder = TunnelConnector.builder(TunnelCredentials.generate(ACCOUNT))
                        .edge("127.0.0.1:" + edge.port())
                        .edgeCa(bench.certificates().authority())
                        .haConnections(1)
                        .ingress(Ingress.builder().otherwise(Origin.status(200)).build());
                long start = System.nanoTime();
                try (TunnelConnector connector = builder.build()) {
                    connector.start().toCompletableFuture().join();
                    starts.record(System.nanoTime() - start);
                    connector
                            .drain(java.time.Duration.ZERO)
                            .toCompletableFuture()
                            .join();
                }
            }
        }
        return starts;
    }

    private void cold(String name, List<String> command) throws Exception {
        try (LoadEdge edge = LoadEdge.listen(bench.loops(), bench.certificates().edgeContext(), 1);
                Connector connector = Connector.start(
                        command,
                        bench.directory("connector"),
                        TunnelCredentials.generate(ACCOUNT),
                        edge.port(),
                        bench.certificates().authority(),
                        bench.origins(),
                        1)) {
            edge.await(30);
            bench.add(
                    name,
                    "process start to READY",
                    "ms",
                    (edge.firstRegisteredNanos() - connector.process().startedNanos()) / 1e6);
            bench.add(name, "CPU until READY", "s", connector.process().usage().cpuSeconds());
        }
    }
}
