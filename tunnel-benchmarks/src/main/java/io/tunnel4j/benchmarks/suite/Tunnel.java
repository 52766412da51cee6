package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.process.Connector;
import io.tunnel4j.benchmarks.process.Edge;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * An edge process and a connector process that has registered with it.
 *
 * @param edge our edge
 * @param connector the connector
 */
record Tunnel(Edge edge, Connector connector) implements AutoCloseable {
    private static final int CONNECTIONS = 4;

    static Tunnel start(Workbench bench, List<String> connectorCommand) throws IOException {
        Path directory = bench.directory("tunnel");
        Edge edge = Edge.start(bench.options().java(List.of()), directory, bench.certificates());
        try {
            Connector connector = Connector.start(
                    connectorCommand,
                    bench.directory("connector"),
                    edge.credentials(),
                    edge.connectorPort(),
                    edge.authority(),
                    bench.origins(),
                    CONNECTIONS);
            Tunnel tunnel = new Tunnel(edge, connector);
            connector.process().await("an answer through the tunnel", () -> tunnel.answers(bench));
            return tunnel;
        } catch (IOException | RuntimeException e) {
            edge.close();
            throw e;
        }
    }

    private boolean answers(Workbench bench) {
        try {
            return HttpsProbe.status(bench.certificates(), edge.httpsPort(), "app.localhost", "/small") == 200;
        } catch (IOException e) {
            return false;
        }
    }

    @Override
    public void close() {
        connector.close();
        edge.close();
    }
}
