package io.tunnel4j.benchmarks.suite;

import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.BulkLoad;
import io.tunnel4j.benchmarks.load.HeldStreams;
import io.tunnel4j.benchmarks.load.LoadEdge;
import io.tunnel4j.benchmarks.load.RequestLoad;
import io.tunnel4j.benchmarks.process.Connector;
import io.tunnel4j.benchmarks.process.EmbeddedConnector;
import io.tunnel4j.benchmarks.process.HostApplication;
import io.tunnel4j.benchmarks.process.JvmMemory;
import io.tunnel4j.benchmarks.process.ManagedProcess;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Memory: an idle connector, what it adds to an application, and what an idle stream or WebSocket costs. */
public final class MemorySuite {
    /** The flags that docs/performance.md gives for a JVM that only runs a connector. */
    public static final List<String> SMALL_JVM = List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xms8m",
            "-Xmx64m",
            "-Xmn2m",
            "-Xss256k",
            "-XX:ReservedCodeCacheSize=24m",
            "-XX:MaxMetaspaceSize=48m");

    private static final int CONNECTIONS = 4;
    private static final int STREAMS = 4000;
    private static final int IDLE_SECONDS = 3;

    private final Workbench bench;

    /** Lets jcmd tell what is outside the heap. */
    private static final String TRACKING = "-XX:NativeMemoryTracking=summary";

    private static final Http2Headers SMALL = RequestLoad.get("app.localhost", "/small");

    /** Long enough to be read in the middle. */
    private static final Duration LOAD = Duration.ofSeconds(3);

    private MemorySuite(Workbench bench) {
        this.bench = bench;
    }

    /**
     * Runs the suite.
     *
     * @param bench the workbench
     * @throws Exception if something fails
     */
    public static void run(Workbench bench) throws Exception {
        MemorySuite suite = new MemorySuite(bench);
        for (int round = 1; round <= bench.options().rounds(); round++) {
            bench.say("memory suite, round " + round);
            suite.library("library, no flags", List.of());
            suite.library("library, small flags", SMALL_JVM);
            suite.idle("connector, no flags", List.of());
            suite.idle("connector, small flags", SMALL_JVM);
            suite.embedded();
            suite.loaded("connector, no flags", List.of());
            suite.loaded("connector, small flags", SMALL_JVM);
        }
        suite.held("idle WebSocket", HeldStreams.webSocket());
        suite.held("idle HTTP/2 stream", RequestLoad.get("up.localhost", "/hold"));
    }

    private void idle(String name, List<String> flags) throws Exception {
        try (LoadEdge edge = edge();
                Connector connector = connector(bench.options().java(flags), edge)) {
            edge.await(30);
            idle(name, connector.process());
        }
    }

    /** A program that is nothing but a connector, without the command line. */
    private void library(String name, List<String> flags) throws Exception {
        try (LoadEdge edge = edge();
                ManagedProcess program = EmbeddedConnector.start(
                        bench.directory("library"),
                        flags,
                        edge.port(),
                        bench.certificates().authority())) {
            edge.await(30);
            idle(name, program);
        }
    }

    private void idle(String name, ManagedProcess process) throws InterruptedException {
        TimeUnit.SECONDS.sleep(IDLE_SECONDS);
        bench.add(name, "resident, idle", "MB", process.usage().residentBytes() / 1e6);
        bench.add(
                name,
                "heap after GC, idle",
                "MB",
                JvmMemory.afterCollection(process.pid()).heapBytes() / 1e6);
    }

    /** The same application without and with a connector in it. */
    private void embedded() throws Exception {
        double without;
        try (ManagedProcess alone = HostApplication.start(bench.directory("host"), List.of())) {
            alone.await("readiness", () -> alone.output().contains("ready"));
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            without = alone.usage().residentBytes() / 1e6;
        }
        try (LoadEdge edge = edge();
                ManagedProcess with = HostApplication.start(
                        bench.directory("host"),
                        List.of(
                                Integer.toString(edge.port()),
                                bench.certificates().authority().toString()))) {
            edge.await(30);
            TimeUnit.SECONDS.sleep(IDLE_SECONDS);
            bench.add("host application", "resident, idle", "MB", without);
            bench.add(
                    "host application",
                    "resident added by an idle connector",
                    "MB",
                    with.usage().residentBytes() / 1e6 - without);
        }
    }

    private interface Load {
        void run() throws Exception;
    }

    private void loaded(String name, List<String> flags) throws Exception {
        List<String> all = new ArrayList<>(flags);
        all.add(TRACKING);
        try (LoadEdge edge = edge();
                Connector connector = connector(bench.options().java(all), edge)) {
            edge.await(30);
            during(name, "512 in flight", connector.process(), () -> RequestLoad.run(edge, SMALL, 512, LOAD));
            during(name, "a GiB down", connector.process(), () -> BulkLoad.down(edge, "/large"));
        }
    }

    private void during(String name, String what, ManagedProcess process, Load load) throws Exception {
        ExecutorService other = Executors.newSingleThreadExecutor();
        try {
            Future<Void> running = other.submit(() -> {
                load.run();
                return null;
            });
            TimeUnit.MILLISECONDS.sleep(LOAD.toMillis() / 2);
            JvmMemory memory = JvmMemory.now(process.pid());
            bench.add(name, "resident, " + what, "MB", process.usage().residentBytes() / 1e6);
            bench.add(name, "heap used, " + what, "MB", memory.heapBytes() / 1e6);
            bench.add(name, "direct, " + what, "MB", memory.directBytes() / 1e6);
            running.get();
        } finally {
            other.shutdown();
        }
    }

    private void held(String name, Http2Headers head) throws Exception {
        List<String> flags = List.of(TRACKING, "-XX:+UseSerialGC", "-Xmx256m");
        try (LoadEdge edge = edge();
                Connector connector = connector(bench.options().java(flags), edge)) {
            edge.await(30);
            // What is made once, classes and pools, is made before the first reading.
            RequestLoad.run(edge, SMALL, 64, Duration.ofSeconds(2));
            HeldStreams.open(edge, head, 200);
            JvmMemory before = JvmMemory.afterCollection(connector.process().pid());
            long residentBefore = connector.process().usage().residentBytes();
            HeldStreams.open(edge, head, STREAMS);
            TimeUnit.SECONDS.sleep(1);
            JvmMemory after = JvmMemory.afterCollection(connector.process().pid());
            long residentAfter = connector.process().usage().residentBytes();
            double heap = (after.heapBytes() - before.heapBytes()) / (double) STREAMS;
            double direct = (after.directBytes() - before.directBytes()) / (double) STREAMS;
            bench.add("connector", "heap per " + name, "bytes", heap);
            bench.add("connector", "direct per " + name, "bytes", direct);
            bench.add("connector", "heap + direct per " + name, "bytes", heap + direct);
            bench.add(
                    "connector", "resident per " + name, "bytes", (residentAfter - residentBefore) / (double) STREAMS);
        }
    }

    private LoadEdge edge() throws Exception {
        return LoadEdge.listen(bench.loops(), bench.certificates().edgeContext(), CONNECTIONS);
    }

    private Connector connector(List<String> command, LoadEdge edge) throws Exception {
        return Connector.start(
                command,
                bench.directory("connector"),
                TunnelCredentials.generate("0123456789abcdef0123456789abcdef"),
                edge.port(),
                bench.certificates().authority(),
                bench.origins(),
                CONNECTIONS);
    }
}
