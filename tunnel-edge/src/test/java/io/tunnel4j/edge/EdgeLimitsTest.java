package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.registry.ConnectorLimits;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What an edge allows when it is not told otherwise (docs/limits.md). */
class EdgeLimitsTest {
    @Test
    void clients_nothingSet_haveTheDocumentedNumbers() {
        EdgeLimits limits = EdgeLimits.defaults();

        assertThat(limits.maxHeadBytes()).isEqualTo(64 << 10);
        assertThat(limits.maxFields()).isEqualTo(200);
        assertThat(limits.maxConnections()).isEqualTo(50_000);
        assertThat(limits.maxConnectionsPerAddress()).isEqualTo(5_000);
        assertThat(limits.maxStreamsPerConnection()).isEqualTo(250);
        assertThat(limits.requestHeadTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(limits.keepAliveTimeout()).isEqualTo(Duration.ofSeconds(75));
        assertThat(limits.firstByteTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(limits.idleTimeout()).isEqualTo(Duration.ofMinutes(10));
    }

    @Test
    void connectors_nothingSet_haveTheDocumentedNumbers() {
        ConnectorLimits limits = ConnectorLimits.DEFAULT;

        assertThat(limits.maxConnections()).isEqualTo(10_000);
        assertThat(limits.maxConnectionsPerAddress()).isEqualTo(1_000);
        assertThat(limits.maxConnectionsPerTunnel()).isEqualTo(100);
        assertThat(limits.handshakeTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(limits.registrationTimeout()).isEqualTo(Duration.ofSeconds(15));
        assertThat(limits.leaveTimeout()).isEqualTo(Duration.ofSeconds(190));
        assertThat(limits.pingInterval()).isEqualTo(Duration.ofSeconds(10));
        assertThat(limits.pingTimeout()).isEqualTo(Duration.ofSeconds(10));
    }
}
