package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.LatencyHistogram;
import io.tunnel4j.benchmarks.load.RawTcp;
import io.tunnel4j.benchmarks.process.Forwarder;
import io.tunnel4j.benchmarks.process.ManagedProcess;
import io.tunnel4j.benchmarks.process.SshTunnel;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One TCP stream through forwarder, edge and connector, beside {@code ssh -L} with each of its fast ciphers and a direct connection. */
public final class ForwarderSuite {
    /** The path through our three processes. */
    public static final String FORWARDER = "forwarder";

    private static final List<String> CIPHERS =
            List.of("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com");
    private static final int CONNECTIONS = 40;
    private static final int TRIPS = 2000;

    private final Workbench bench;

    private ForwarderSuite(Workbench bench) {
        this.bench = bench;
    }

    /**
     * Runs the suite.
     *
     * @param bench the workbench
     * @throws Exception if something fails
     */
    public static void run(Workbench bench) throws Exception {
        ForwarderSuite suite = new ForwarderSuite(bench);
        List<AutoCloseable> running = new java.util.ArrayList<>();
        Map<String, Path> paths = new LinkedHashMap<>();
        try {
            paths.put(EdgeSuite.DIRECT, new Path(bench.sink().tcpPort(), Map.of()));
            for (String cipher : CIPHERS) {
                SshTunnel ssh = SshTunnel.start(
                        bench.directory("ssh"), cipher, bench.sink().tcpPort());
                running.add(ssh);
                paths.put("ssh -L " + cipher, new Path(ssh.port(), Map.of("client", ssh.client())));
            }
            Tunnel tunnel = Tunnel.start(bench, bench.options().connector());
            running.add(tunnel);
            Forwarder forwarder = Forwarder.start(
                    bench.options().java(List.of()),
                    bench.directory("forwarder"),
                    tunnel.edge().httpsPort(),
                    bench.certificates().authority());
            running.add(forwarder);
            Map<String, ManagedProcess> processes = new LinkedHashMap<>();
            processes.put("forwarder", forwarder.process());
            processes.put("edge", tunnel.edge().process());
            processes.put("connector", tunnel.connector().process());
            paths.put(FORWARDER, new Path(forwarder.port(), processes));
            paths.keySet().removeIf(name -> !bench.options().includes(name));
            for (Map.Entry<String, Path> path : paths.entrySet()) {
                // Twice each way: the JVMs are to be warm, as the question here is not the first transfer.
                for (int i = 0; i < 2; i++) {
                    RawTcp.down(path.getValue().port, bench.options().bytes());
                    RawTcp.up(path.getValue().port, bench.options().bytes());
                }
                RawTcp.roundTrips(path.getValue().port, TRIPS);
            }
            for (int round = 1; round <= bench.options().rounds(); round++) {
                bench.say("forwarder suite, round " + round);
                for (Map.Entry<String, Path> path : paths.entrySet()) {
                    suite.measure(path.getKey(), path.getValue());
                }
            }
        } finally {
            for (AutoCloseable process : running) {
                process.close();
            }
        }
    }

    private record Path(int port, Map<String, ManagedProcess> processes) {}

    private interface Transfer {
        void run(int port, long bytes) throws IOException;
    }

    private void measure(String name, Path path) throws IOException {
        transfer(name, "TCP stream down", path, RawTcp::down);
        transfer(name, "TCP stream up", path, RawTcp::up);
        LatencyHistogram trips = RawTcp.roundTrips(path.port, TRIPS);
        bench.add(name, "TCP round trip p50", "µs", trips.quantile(0.5) / 1e3);
        bench.add(name, "TCP round trip p99", "µs", trips.quantile(0.99) / 1e3);
        LatencyHistogram first = new LatencyHistogram();
        for (int i = 0; i < CONNECTIONS; i++) {
            first.record(RawTcp.firstByteNanos(path.port));
        }
        bench.add(name, "TCP new connection to first byte, p50", "ms", first.quantile(0.5) / 1e6);
    }

    private void transfer(String name, String figure, Path path, Transfer transfer) throws IOException {
        CpuTimes cpu = CpuTimes.start(path.processes);
        long bytes = bench.options().bytes();
        long start = System.nanoTime();
        transfer.run(path.port, bytes);
        double seconds = (System.nanoTime() - start) / 1e9;
        bench.add(name, "speed, " + figure, "MB/s", bytes / seconds / 1e6);
        cpu.addTo(bench, name, "CPU, " + figure, "s/GiB", (1L << 30) / (double) bytes);
    }
}
