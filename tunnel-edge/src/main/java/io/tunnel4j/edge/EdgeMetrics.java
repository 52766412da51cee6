package io.tunnel4j.edge;

import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.frontend.FrontendCounters;
import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.edge.registry.ConnectorRegistry;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Tunnel;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * {@code /metrics} in Prometheus' text format, {@code /ready} for load balancers (503 while draining), {@code /healthcheck} for supervisors. Thread-safe.
 */
final class EdgeMetrics implements EdgeService {
    private static final String PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8";
    private static final String JSON = "application/json";

    private final ConnectorRegistry registry;
    private final FrontendCounters counters;
    private final EdgeState state;
    private final BooleanSupplier draining;

    EdgeMetrics(ConnectorRegistry registry, FrontendCounters counters, EdgeState state, BooleanSupplier draining) {
        this.registry = registry;
        this.counters = counters;
        this.state = state;
        this.draining = draining;
    }

    @Override
    public CompletionStage<EdgeResponse> serve(EdgeRequest request) {
        return CompletableFuture.completedFuture(
                switch (request.path()) {
                    case "/metrics" -> EdgeResponse.of(200, PROMETHEUS, metrics());
                    case "/ready" -> ready();
                    case "/healthcheck" -> EdgeResponse.of(200, "text/plain; charset=utf-8", "OK\n");
                    default -> EdgeResponse.of(404, "text/plain; charset=utf-8", "not found\n");
                });
    }

    private EdgeResponse ready() {
        boolean ready = !draining.getAsBoolean();
        return EdgeResponse.of(
                ready ? 200 : 503,
                JSON,
                "{\"status\":" + (ready ? 200 : 503) + ",\"connections\":"
                        + registry.connections().size() + ",\"storeReachable\":" + state.isStoreReachable() + "}\n");
    }

    private String metrics() {
        Page page = new Page();
        page.counter("tunnel_edge_requests_total", "Public requests begun", counters.requests());
        page.gauge("tunnel_edge_requests_active", "Public requests under way", counters.active());
        page.counter("tunnel_edge_retries_total", "Requests sent again over another connection", counters.retries());
        page.counter("tunnel_edge_refusals_total", "Malformed or over a limit", counters.refusals());
        page.counter("tunnel_edge_request_bytes_total", "Body bytes from clients", counters.requestBytes());
        page.counter("tunnel_edge_response_bytes_total", "Body bytes to clients", counters.responseBytes());
        page.head("tunnel_edge_responses_total", "counter", "Ended requests by class of status");
        for (int hundreds = 1; hundreds <= 5; hundreds++) {
            page.line("tunnel_edge_responses_total{class=\"" + hundreds + "xx\"}", counters.responses(hundreds));
        }
        page.line("tunnel_edge_responses_total{class=\"other\"}", counters.responses(0));
        page.head("tunnel_edge_request_outcomes_total", "counter", "Ended requests by how they ended");
        for (RequestEvent.Outcome outcome : RequestEvent.Outcome.values()) {
            page.line(
                    "tunnel_edge_request_outcomes_total{outcome=\""
                            + outcome.name().toLowerCase(Locale.ROOT) + "\"}",
                    counters.outcomes(outcome));
        }
        List<ConnectorConnection> connections = registry.connections();
        page.gauge("tunnel_edge_connector_connections", "Connections of connectors", connections.size());
        page.gauge(
                "tunnel_edge_streams_active",
                "Streams open on connections of connectors",
                connections.stream().mapToLong(ConnectorConnection::openStreams).sum());
        tunnels(page, connections);
        page.gauge("tunnel_edge_store_reachable", "1 if the store answers", state.isStoreReachable() ? 1 : 0);
        return page.text();
    }

    private void tunnels(Page page, List<ConnectorConnection> connections) {
        var byTunnel = connections.stream()
                .collect(Collectors.groupingBy(ConnectorConnection::tunnelId, Collectors.counting()));
        page.head("tunnel_edge_tunnel_connections", "gauge", "Connections by tunnel");
        for (Tunnel tunnel : state.current().tunnels()) {
            if (tunnel.isLive()) {
                UUID id = tunnel.id();
                page.line("tunnel_edge_tunnel_connections{tunnel=\"" + id + "\"}", byTunnel.getOrDefault(id, 0L));
            }
        }
    }

    /** The text format: a head per metric, then its lines. */
    private static final class Page {
        private final StringBuilder text = new StringBuilder(2048);

        void counter(String name, String help, long value) {
            head(name, "counter", help);
            line(name, value);
        }

        void gauge(String name, String help, long value) {
            head(name, "gauge", help);
            line(name, value);
        }

        void head(String name, String type, String help) {
            text.append("# HELP ").append(name).append(' ').append(help).append('\n');
            text.append("# TYPE ").append(name).append(' ').append(type).append('\n');
        }

        void line(String series, long value) {
            text.append(series).append(' ').append(value).append('\n');
        }

        String text() {
            return text.toString();
        }
    }
}
