package io.tunnel4j.benchmarks.process;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Our TCP forwarder as a process of its own. */
public final class Forwarder implements AutoCloseable {
    private final ManagedProcess process;
    private final int port;

    private Forwarder(ManagedProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a forwarder to {@code tcp.localhost}.
     *
     * @param command the command line's program
     * @param directory for its output
     * @param edgePort the edge's public port
     * @param authority what it shall trust
     * @return once it listens
     */
    public static Forwarder start(List<String> command, Path directory, int edgePort, Path authority) {
        int port = ManagedProcess.freePort();
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of("access", "tcp", "--hostname", "tcp.localhost:" + edgePort));
        all.addAll(List.of("--url", "127.0.0.1:" + port, "--connect-to", "127.0.0.1:" + edgePort));
        all.addAll(List.of("--cacert", authority.toString(), "--loglevel", "error"));
        ManagedProcess process = ManagedProcess.start("forwarder", directory, all);
        process.await("readiness", () -> process.output().contains("Start Websocket listener"));
        return new Forwarder(process, port);
    }

    /**
     * Returns the local port.
     *
     * @return on the loopback interface
     */
    public int port() {
        return port;
    }

    /**
     * Returns the process.
     *
     * @return to ask for its usage
     */
    public ManagedProcess process() {
        return process;
    }

    @Override
    public void close() {
        process.close();
    }
}
