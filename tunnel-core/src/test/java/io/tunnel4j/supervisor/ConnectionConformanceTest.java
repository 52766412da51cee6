package io.tunnel4j.supervisor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.ConnectorState;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.LeakCheck;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Protocol document connector-edge §3, §4 and §8.4: the connection, from TLS to registration. */
@ExtendWith(LeakCheck.class)
class ConnectionConformanceTest {
    private static final TunnelCredentials CREDENTIALS = TunnelCredentials.generate("0123456789abcdef0123456789abcdef");

    private static TunnelConnector.Builder connector(ScriptedEdge edge) {
        return TunnelConnector.builder(CREDENTIALS)
                .edge(edge.addresses())
                .edgeCa(ScriptedEdge.ca())
                .ingress(Ingress.of(Origin.status(204)))
                .haConnections(1);
    }

    @Test
    void start_acceptingEdge_readyAndServing() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = connector(edge).build()) {
            connector.start().toCompletableFuture().get(20, TimeUnit.SECONDS);

            assertThat(connector.state()).isEqualTo(ConnectorState.READY);
            assertThat(connector.connections()).singleElement().satisfies(c -> {
                assertThat(c.location()).isEqualTo("tst01");
                assertThat(c.edgeAddress().getPort()).isEqualTo(edge.ports.get(0));
            });
            ScriptedEdge.Connection connection = edge.nextRegistered();
            assertThat(connection.get("/").status.get(10, TimeUnit.SECONDS)).isEqualTo("204");
            assertThat(connector
                            .drain(Duration.ofSeconds(5))
                            .toCompletableFuture()
                            .get(10, TimeUnit.SECONDS)
                            .cut())
                    .isZero();
            assertThat(connector.state()).isEqualTo(ConnectorState.TERMINATED);
        }
    }
}
