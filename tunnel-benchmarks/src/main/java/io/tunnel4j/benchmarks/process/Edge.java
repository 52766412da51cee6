package io.tunnel4j.benchmarks.process;

import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Our edge as a process of its own, with one tunnel and a few names that lead to it. */
public final class Edge implements AutoCloseable {
    private static final String TUNNEL = "bench";
    private static final List<String> HOSTS = List.of("app.localhost", "up.localhost", "tcp.localhost", "ws.localhost");

    private final ManagedProcess process;
    private final Path data;
    private final int httpsPort;
    private final int connectorPort;

    private Edge(ManagedProcess process, Path data, int httpsPort, int connectorPort) {
        this.process = process;
        this.data = data;
        this.httpsPort = httpsPort;
        this.connectorPort = connectorPort;
    }

    /**
     * Starts an edge.
     *
     * @param command the command line's program
     * @param directory for its files
     * @param certificates for the public names
     * @return once it listens
     */
    public static Edge start(List<String> command, Path directory, TestCertificates certificates) {
        int https = ManagedProcess.freePort();
        int connectors = ManagedProcess.freePort();
        Path data = directory.resolve("data");
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of("edge", "run", "--https", "127.0.0.1:" + https, "--connectors", "127.0.0.1:" + connectors));
        all.addAll(List.of("--data", data.toString(), "--tunnel", TUNNEL, "--loglevel", "error"));
        all.addAll(List.of(
                "--certificate",
                certificates.chain().toString(),
                "--key",
                certificates.key().toString()));
        for (String host : HOSTS) {
            all.addAll(List.of("--route", host + "=" + TUNNEL));
        }
        ManagedProcess process = ManagedProcess.start("edge", directory, all);
        process.await("readiness", () -> process.output().contains("edge is ready"));
        return new Edge(process, data, https, connectors);
    }

    /**
     * Returns the public port.
     *
     * @return HTTPS
     */
    public int httpsPort() {
        return httpsPort;
    }

    /**
     * Returns where connectors dial in.
     *
     * @return the port
     */
    public int connectorPort() {
        return connectorPort;
    }

    /**
     * Returns what connectors are to trust.
     *
     * @return PEM file
     */
    public Path authority() {
        return data.resolve("ca.pem");
    }

    /**
     * Returns the tunnel's credentials.
     *
     * @return credentials
     * @throws IOException if the edge has not written them
     */
    public TunnelCredentials credentials() throws IOException {
        return TunnelCredentials.fromToken(
                Files.readString(data.resolve(TUNNEL + ".token")).strip());
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
