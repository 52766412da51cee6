package io.tunnel4j.edge.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.state.Tunnel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The store on a real PostgreSQL. */
class PostgresStoreIT extends StoreContract {
    private static final StoreKey KEY = StoreKey.generate();

    private static PostgresServer server;
    private static EdgeStore store;

    @BeforeAll
    static void start() throws IOException {
        Optional<Path> binaries = PostgresServer.binaries();
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(binaries.isPresent(), "PostgreSQL is not installed (Debian: postgresql)");
        }
        server = PostgresServer.start(binaries.orElseThrow());
        store = open();
    }

    @AfterAll
    static void stop() throws IOException {
        if (store != null) {
            store.close();
        }
        if (server != null) {
            server.close();
        }
    }

    private static EdgeStore open() {
        return EdgeStore.postgresql(server.url(), "edge", "", KEY);
    }

    @Override
    EdgeStore store() {
        return store;
    }

    @Test
    void open_twoNodesAtOnce_bothFindTheSchema() {
        CompletableFuture<EdgeStore> one = CompletableFuture.supplyAsync(PostgresStoreIT::open);
        CompletableFuture<EdgeStore> two = CompletableFuture.supplyAsync(PostgresStoreIT::open);
        try (EdgeStore first = one.join();
                EdgeStore second = two.join()) {
            assertThat(first.load().revision()).isEqualTo(second.load().revision());
        }
    }

    @Test
    void restart_underReads_stateServesThroughoutAndChangesComeBack() {
        Tunnel tunnel = Tunnel.of(UUID.randomUUID(), "acc", "restart", new byte[] {1}, Instant.now());
        try (EdgeStore own = open();
                EdgeStore others = open();
                EdgeState state = EdgeState.open(own, Clock.systemUTC(), Duration.ofMillis(50));
                EdgeState other = EdgeState.open(others, Clock.systemUTC(), Duration.ofMillis(50))) {
            put(state, tunnel, "restart.test");
            AtomicBoolean stop = new AtomicBoolean();
            AtomicLong reads = new AtomicLong();
            CompletableFuture<Void> traffic = CompletableFuture.runAsync(() -> {
                while (!stop.get()) {
                    assertThat(state.current().route("restart.test")).isPresent();
                    assertThat(state.current().tunnel(tunnel.id())).isPresent();
                    reads.incrementAndGet();
                    Thread.onSpinWait();
                }
            });

            server.stop();
            assertThatThrownBy(() -> put(state, tunnel, "lost.test")).hasCauseInstanceOf(StoreException.class);
            assertThat(state.isStoreReachable()).isFalse();
            long during = reads.get();
            await().until(() -> reads.get() > during + 1000);

            server.startAgain();
            await().atMost(Duration.ofSeconds(20)).until(state::isStoreReachable);
            put(state, tunnel, "back.test");
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> other.current().route("back.test").isPresent());
            assertThat(state.current().route("lost.test")).isEmpty();

            stop.set(true);
            traffic.join();
        }
    }

    private static void put(EdgeState state, Tunnel tunnel, String hostname) {
        state.change("it", "test.put", draft -> {
                    draft.put(tunnel);
                    draft.put(new HostnameRoute(hostname, List.of(new Target(tunnel.id(), 1)), Instant.now()));
                    return tunnel;
                })
                .toCompletableFuture()
                .join();
    }
}
