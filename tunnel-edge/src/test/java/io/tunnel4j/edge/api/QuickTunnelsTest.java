package io.tunnel4j.edge.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.tunnel4j.edge.state.Tunnel;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class QuickTunnelsTest extends ApiFixture {
    @Test
    void sweep_unusedEnds_usedIsPutOff() {
        QuickTunnels now = quick(Clock.systemUTC());
        make(now);
        make(now);
        UUID used = state.current().tunnels().iterator().next().id();
        connections.connect(used, UUID.randomUUID(), 0);

        now.sweep();
        awaitChanges();
        assertThat(state.current().tunnels()).allMatch(Tunnel::isLive);

        Instant later = Instant.now().plus(Duration.ofMinutes(61));
        quick(Clock.fixed(later, ZoneOffset.UTC)).sweep();
        awaitChanges();

        assertThat(state.current().tunnels().stream().filter(Tunnel::isLive))
                .singleElement()
                .satisfies(tunnel -> {
                    assertThat(tunnel.id()).isEqualTo(used);
                });
        assertThat(state.current().routes()).hasSize(1);
    }

    private QuickTunnels quick(Clock clock) {
        return new QuickTunnels(state, connections, ACCOUNT, "try.example.com", 10, clock, nanos::get);
    }

    private static void make(QuickTunnels quick) {
        quick.serve(ApiClient.request("POST", "/tunnel", new DefaultHttpHeaders(), new byte[0]))
                .toCompletableFuture()
                .join();
    }

    private void awaitChanges() {
        state.audit(Long.MAX_VALUE, 1).toCompletableFuture().join();
    }
}
