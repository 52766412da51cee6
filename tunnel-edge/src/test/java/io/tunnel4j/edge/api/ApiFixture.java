package io.tunnel4j.edge.api;

import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.store.EdgeStore;
import java.time.Clock;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An API over a memory store, with one account and one zone. */
abstract class ApiFixture {
    static final String ACCOUNT = "acc0";
    static final String TUNNELS = "/accounts/" + ACCOUNT + "/cfd_tunnel";

    final AtomicLong nanos = new AtomicLong();
    final FakeConnections connections = new FakeConnections();
    final EdgeStore store = EdgeStore.inMemory();
    final EdgeState state = EdgeState.open(store);
    final ApiTokens tokens = ApiTokens.of(state, Clock.systemUTC(), "root-token");
    final ManagementApi api = ManagementApi.builder(state, tokens, ACCOUNT)
            .connections(connections)
            .rate(1, 1000)
            .ticker(nanos::get)
            .build();
    final ApiClient root = new ApiClient(api, "root-token");
    String zone = "";

    @BeforeEach
    void account() {
        state.change("test", "setup", draft -> {
                    AccountCalls.putAccount(draft, ACCOUNT, "Test");
                    AccountCalls.putAccount(draft, "acc1", "Other");
                    draft.put(AccountCalls.zone(ACCOUNT, "example.com"));
                    return ACCOUNT;
                })
                .toCompletableFuture()
                .join();
        zone = "/zones/" + AccountCalls.zone(ACCOUNT, "example.com").id();
    }

    @AfterEach
    void close() {
        state.close();
        store.close();
    }

    ApiClient with(Scope... scopes) {
        return new ApiClient(
                api,
                tokens.create("limited", ACCOUNT, Set.of(scopes), null)
                        .toCompletableFuture()
                        .join());
    }

    UUID tunnel(String name) {
        return UUID.fromString(root.post(TUNNELS, "{\"name\":\"" + name + "\"}")
                .result()
                .get("id")
                .getAsString());
    }
}
