package io.tunnel4j.edge.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.store.AuditEntry;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.edge.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class EdgeStateTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final EdgeStore store = EdgeStore.inMemory();
    private final EdgeState state = open();

    private EdgeState open() {
        return EdgeState.open(store, Clock.systemUTC(), Duration.ofMillis(20));
    }

    @AfterEach
    void close() {
        state.close();
        store.close();
    }

    @Test
    void change_twoNodesSameName_secondIsRefused() {
        try (EdgeState other = open()) {
            change(state, draft -> draft.put(tunnel("web")));

            assertThatThrownBy(() -> change(other, draft -> draft.put(tunnel("web"))))
                    .hasCauseInstanceOf(StateException.class)
                    .satisfies(e -> assertThat(((StateException) e.getCause()).reason())
                            .isEqualTo(StateException.Reason.EXISTS));
        }
    }

    @Test
    void change_onOneNode_reachesTheOther() {
        Tunnel tunnel = tunnel("web");
        try (EdgeState other = open()) {
            change(state, draft -> draft.put(tunnel));
            await().atMost(Duration.ofSeconds(1))
                    .until(() -> other.current().tunnel(tunnel.id()).isPresent());
            assertThat(other.current().tunnel(tunnel.id()).orElseThrow().hasSecret(new byte[] {1, 2}))
                    .isTrue();

            change(other, draft -> draft.delete(tunnel));
            await().atMost(Duration.ofSeconds(1))
                    .until(() -> state.current().tunnel(tunnel.id()).isEmpty());
        }
        assertThat(state.current().tunnelEvenDeleted(tunnel.id()).orElseThrow().deletedAt())
                .isNotNull();
    }

    @Test
    void change_storeLost_isRefusedAndStateStays() {
        Tunnel tunnel = tunnel("web");
        change(state, draft -> draft.put(tunnel));
        store.close();

        assertThatThrownBy(() -> change(state, draft -> draft.delete(tunnel))).hasCauseInstanceOf(StoreException.class);

        assertThat(state.current().tunnel(tunnel.id())).isPresent();
        assertThat(state.isStoreReachable()).isFalse();
    }

    @Test
    void change_draftThrows_nothingIsWritten() {
        long before = state.current().revision();

        assertThatThrownBy(() -> change(state, draft -> {
                    draft.put(tunnel("web"));
                    throw new StateException(StateException.Reason.INVALID, "no");
                }))
                .hasCauseInstanceOf(StateException.class);

        assertThat(state.current().revision()).isEqualTo(before);
        assertThat(state.current().tunnels()).isEmpty();
    }

    @Test
    void change_done_isInTheAuditLog() {
        change(state, draft -> {
            draft.put(tunnel("web"));
            draft.subject("web");
        });

        List<AuditEntry> log =
                state.audit(Long.MAX_VALUE, 10).toCompletableFuture().join();
        assertThat(log).singleElement().satisfies(entry -> {
            assertThat(entry.actor()).isEqualTo("tester");
            assertThat(entry.action()).isEqualTo("test.change");
            assertThat(entry.subject()).isEqualTo("web");
        });
    }

    @Test
    void listener_everyChange_isToldInOrderWithBothStates() {
        List<String> heard = new CopyOnWriteArrayList<>();
        state.listen((before, after) ->
                heard.add(before.tunnels().size() + "→" + after.tunnels().size()));

        change(state, draft -> draft.put(tunnel("a")));
        change(state, draft -> draft.put(tunnel("b")));

        assertThat(heard).containsExactly("0→1", "1→2");
    }

    @Test
    void configure_repeated_versionGrowsAndTunnelBecomesRemote() {
        Tunnel tunnel = tunnel("web");
        change(state, draft -> draft.put(tunnel));
        change(state, draft -> draft.configure(tunnel, "{\"ingress\":[]}"));
        change(state, draft -> draft.configure(draft.state().tunnel(tunnel.id()).orElseThrow(), "{}"));

        TunnelConfiguration configuration =
                state.current().configuration(tunnel.id()).orElseThrow();
        assertThat(configuration.version()).isEqualTo(1);
        assertThat(configuration.json()).isEqualTo("{}");
        assertThat(state.current().tunnel(tunnel.id()).orElseThrow().isRemotelyManaged())
                .isTrue();
    }

    @Test
    void delete_tunnelInRoutes_routesLoseItAndGoWithTheLast() {
        Tunnel one = tunnel("one");
        Tunnel two = tunnel("two");
        change(state, draft -> {
            draft.put(one);
            draft.put(two);
            draft.put(new HostnameRoute("both.test", List.of(new Target(one.id(), 1), new Target(two.id(), 3)), NOW));
            draft.put(new HostnameRoute("one.test", List.of(new Target(one.id(), 1)), NOW));
        });

        change(state, draft -> draft.delete(one));

        assertThat(state.current().route("one.test")).isEmpty();
        assertThat(state.current().route("both.test").orElseThrow().targets()).containsExactly(new Target(two.id(), 3));
    }

    @Test
    void route_severalMatch_exactThenLongestWildcard() {
        Tunnel tunnel = tunnel("web");
        change(state, draft -> {
            draft.put(tunnel);
            for (String name : List.of("*", "*.test", "*.a.test", "x.a.test")) {
                draft.put(new HostnameRoute(name, List.of(new Target(tunnel.id(), 1)), NOW));
            }
        });

        assertThat(routed("x.a.test")).isEqualTo("x.a.test");
        assertThat(routed("y.a.test")).isEqualTo("*.a.test");
        assertThat(routed("z.y.a.test")).isEqualTo("*.a.test");
        assertThat(routed("a.test")).isEqualTo("*.test");
        assertThat(routed("test")).isEqualTo("*");
    }

    private String routed(String host) {
        return state.current().route(host).orElseThrow().hostname();
    }

    private static Tunnel tunnel(String name) {
        return Tunnel.of(UUID.randomUUID(), "acc", name, new byte[] {1, 2}, NOW);
    }

    private static void change(EdgeState state, Consumer<EdgeDraft> change) {
        CompletionStage<Void> done = state.change("tester", "test.change", draft -> {
            change.accept(draft);
            return null;
        });
        done.toCompletableFuture().join();
    }
}
