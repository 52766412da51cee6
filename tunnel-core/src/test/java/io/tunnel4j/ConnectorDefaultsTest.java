package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connector does when it is not told otherwise, and how far it can be told (docs/limits.md). */
class ConnectorDefaultsTest {
    private static final TunnelCredentials CREDENTIALS = TunnelCredentials.generate("0123456789abcdef0123456789abcdef");

    @Test
    void connector_nothingSet_hasTheDocumentedNumbers() {
        try (TunnelConnector connector = TunnelConnector.builder(CREDENTIALS).build()) {
            ConnectorConfig config = connector.config();

            assertThat(config.haConnections()).isEqualTo(4);
            assertThat(config.pingInterval()).isEqualTo(Duration.ofSeconds(15));
            assertThat(config.pingTimeout()).isEqualTo(Duration.ofSeconds(15));
            assertThat(config.rpcTimeout()).isEqualTo(Duration.ofSeconds(5));
            assertThat(config.retries()).isEqualTo(5);
            assertThat(config.gracePeriod()).isEqualTo(Duration.ofSeconds(30));
            assertThat(config.busyPoll()).isEqualTo(Duration.ofNanos(200_000));
            assertThat(config.maxActiveFlows()).as("no limit").isZero();
        }
    }

    @Test
    void origin_nothingSet_hasTheDocumentedNumbers() {
        OriginOptions options = OriginOptions.defaults();

        assertThat(options.connectTimeout()).isEqualTo(Duration.ofSeconds(30));
        assertThat(options.tlsTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(options.tcpKeepAlive()).isEqualTo(Duration.ofSeconds(30));
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT-0.001S", "PT0.011S"})
    void busyPoll_outsideItsRange_isRefused(Duration busyPoll) {
        assertThatThrownBy(() -> TunnelConnector.builder(CREDENTIALS).busyPoll(busyPoll))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + busyPoll)
                .hasMessageContaining("0 to 10 ms");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 256})
    void haConnections_outsideItsRange_isRefused(int connections) {
        assertThatThrownBy(() -> TunnelConnector.builder(CREDENTIALS).haConnections(connections))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("" + connections)
                .hasMessageContaining("255");
    }
}
