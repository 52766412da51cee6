package io.tunnel4j.edge.console;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.api.ApiClient;
import io.tunnel4j.edge.api.ApiTokens;
import io.tunnel4j.edge.api.EdgeAccounts;
import io.tunnel4j.edge.api.FakeConnections;
import io.tunnel4j.edge.api.ManagementApi;
import io.tunnel4j.edge.api.QuickTunnels;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.RecentErrors;
import io.tunnel4j.edge.store.EdgeStore;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;

/** A whole site over a memory store, at a fixed time. */
abstract class ConsoleFixture {
    static final String ACCOUNT = "acc0";
    static final Instant NOW = Instant.parse("2026-02-03T10:00:00Z");

    final FakeConnections connections = new FakeConnections();
    final RecentErrors errors = new RecentErrors();
    final EdgeStore store = EdgeStore.inMemory();
    final EdgeState state = EdgeState.open(store);
    final ApiTokens tokens = ApiTokens.of(state, Clock.systemUTC(), "root-token");
    final ManagementApi api = ManagementApi.builder(state, tokens, ACCOUNT)
            .connections(connections)
            .build();
    final ApiClient root = new ApiClient(api, "root-token");
    final AtomicLong nanos = new AtomicLong();
    final QuickTunnels quickTunnels =
            new QuickTunnels(state, connections, ACCOUNT, "try.example.com", 3, Clock.systemUTC(), nanos::get);
    final OperatorSite site = OperatorSite.builder(state, tokens, api)
            .showing(connections, errors)
            .quickTunnels(quickTunnels)
            .openToLoopback()
            .clock(Clock.fixed(NOW, ZoneOffset.UTC))
            .build();

    ConsoleFixture() {
        EdgeAccounts.ensure(state, ACCOUNT, "Test", List.of("example.com"))
                .toCompletableFuture()
                .join();
    }

    @AfterEach
    void close() {
        site.close();
        state.close();
        store.close();
    }

    UUID tunnel(String name) {
        return UUID.fromString(root.post("/accounts/" + ACCOUNT + "/cfd_tunnel", "{\"name\":\"" + name + "\"}")
                .result()
                .get("id")
                .getAsString());
    }

    void route(UUID tunnel, String hostname) {
        root.put(
                "/accounts/" + ACCOUNT + "/hostname_routes/" + hostname,
                "{\"targets\":[{\"tunnel_id\":\"" + tunnel + "\"}]}");
    }

    EdgeResponse get(String target, String cookie) {
        return serve("GET", target, cookie, "", "edge.test", "192.0.2.7");
    }

    EdgeResponse form(String target, String cookie, String body) {
        return serve("POST", target, cookie, body, "edge.test", "192.0.2.7");
    }

    EdgeResponse serve(String method, String target, String cookie, String body, String host, String client) {
        return future(method, target, cookie, body, host, client).join();
    }

    CompletableFuture<EdgeResponse> future(
            String method, String target, String cookie, String body, String host, String client) {
        return future(site, method, target, cookie, body, host, client);
    }

    static CompletableFuture<EdgeResponse> future(
            OperatorSite on, String method, String target, String cookie, String body, String host, String client) {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (!cookie.isEmpty()) {
            headers.add("Cookie", cookie);
        }
        headers.add("Content-Type", "application/x-www-form-urlencoded");
        EdgeRequest request = new EdgeRequest(
                "ray",
                method,
                "https",
                host,
                443,
                target,
                headers,
                false,
                new InetSocketAddress(address(client), 40000),
                List.of(),
                body.getBytes(StandardCharsets.UTF_8));
        return on.serve(request).toCompletableFuture();
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (java.net.UnknownHostException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    /** Signs in and returns the cookie. */
    String signIn(String token) {
        EdgeResponse response = form("/signin", "", "next=%2Fconsole&token=" + token);
        String cookie = response.headers().get("Set-Cookie");
        return cookie == null ? "" : cookie.substring(0, cookie.indexOf(';'));
    }

    static String text(EdgeResponse response) {
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
