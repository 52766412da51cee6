package io.tunnel4j.benchmarks.process;

import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A connector process, ours or any other that takes the same flags. */
public final class Connector implements AutoCloseable {
    private final ManagedProcess process;

    private Connector(ManagedProcess process) {
        this.process = process;
    }

    /**
     * Ports of the origins that the connector's rules name.
     *
     * @param http the HTTP origin
     * @param sink takes uploads and requests without an answer ({@code up.localhost}) and WebSockets ({@code ws.localhost})
     * @param tcp raw bytes ({@code tcp.localhost})
     */
    public record Origins(int http, int sink, int tcp) {}

    /**
     * Starts a connector.
     *
     * @param command program and first arguments
     * @param directory for its files
     * @param credentials the tunnel's
     * @param edgePort where it shall dial
     * @param authority what it shall trust
     * @param origins what it serves
     * @param connections how many
     * @return the running connector, perhaps not connected yet
     * @throws IOException if files cannot be written
     */
    public static Connector start(
            List<String> command,
            Path directory,
            TunnelCredentials credentials,
            int edgePort,
            Path authority,
            Origins origins,
            int connections)
            throws IOException {
        Path secret = Files.writeString(directory.resolve("credentials.json"), credentials.toJson());
        Path configuration = Files.writeString(directory.resolve("connector.yml"), """
                tunnel: %s
                credentials-file: %s
                ingress:
                  - hostname: tcp.localhost
                    service: tcp://127.0.0.1:%d
                  - hostname: ws.localhost
                    service: http://127.0.0.1:%d
                  - hostname: up.localhost
                    service: http://127.0.0.1:%d
                  - service: http://127.0.0.1:%d
                """.formatted(
                        credentials.tunnelId(), secret, origins.tcp(), origins.sink(), origins.sink(), origins.http()));
        List<String> all = new ArrayList<>(command);
        all.addAll(List.of("tunnel", "--no-autoupdate", "--config", configuration.toString()));
        for (int i = 0; i < connections; i++) {
            // An address serves one connection; named several times it serves several.
            all.addAll(List.of("--edge", "127.0.0.1:" + edgePort));
        }
        all.addAll(List.of("--cacert", authority.toString(), "--protocol", "http2"));
        all.addAll(List.of("--ha-connections", Integer.toString(connections), "--loglevel", "error", "run"));
        return new Connector(ManagedProcess.start("connector", directory, all));
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
