package io.tunnel4j.edge.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What an edge keeps of a connector's report of its own rules. */
class ReportedConfigurationsTest extends ApiFixture {
    @Test
    void report_above1MiB_isRefused() {
        UUID tunnel = tunnel("reporting");
        String report = "{\"padding\":\"" + "x".repeat(1 << 20) + "\"}";

        assertThatThrownBy(() -> ReportedConfigurations.keep(state, tunnel, UUID.randomUUID(), report)
                        .toCompletableFuture()
                        .join())
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1048576");
        assertThat(ReportedConfigurations.keep(state, tunnel, UUID.randomUUID(), "{\"ingress\":[]}")
                        .toCompletableFuture()
                        .join())
                .isTrue();
    }
}
