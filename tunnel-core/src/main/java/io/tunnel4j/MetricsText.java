package io.tunnel4j;

import java.util.TreeMap;

/** A connector's counters in Prometheus' text format, under the names and with the meanings of cloudflared. Stateless. */
final class MetricsText {
    private static final String TUNNEL = "cloudflared_tunnel_";

    private final StringBuilder out = new StringBuilder(4096);

    private MetricsText() {}

    static String write(TunnelConnector connector) {
        MetricsText text = new MetricsText();
        text.connections(connector);
        text.requests(connector.counters());
        text.configuration(connector);
        text.head("build_info", "gauge", "Build and version information");
        text.sample(
                "build_info{version=\"" + escaped(Platform.version()) + "\",java=\""
                        + Runtime.version().feature() + "\"}",
                1);
        return text.out.toString();
    }

    private void connections(TunnelConnector connector) {
        ConnectorCounters counters = connector.counters();
        gauge(TUNNEL + "ha_connections", "Number of active ha connections", connector.readyConnections());
        head(TUNNEL + "server_locations", "gauge", "Where each tunnel is connected to");
        new TreeMap<>(counters.locations)
                .forEach((index, location) -> sample(
                        TUNNEL + "server_locations{connection_id=\"" + index + "\",edge_location=\"" + escaped(location)
                                + "\"}",
                        1));
        head(TUNNEL + "tunnel_register_success", "counter", "Count of successful tunnel registrations");
        sample(TUNNEL + "tunnel_register_success{rpcName=\"registerConnection\"}", counters.registrations.sum());
        head(TUNNEL + "tunnel_register_fail", "counter", "Count of tunnel registration errors by type");
        registerFail("dup_edge_conn", counters.duplicateRefusals.sum());
        registerFail("server_error", counters.otherRegistrationFailures.sum());
        counter("tunnel4j_connections_lost", "Registered connections that ended", counters.connectionsLost.sum());
    }

    private void registerFail(String error, long value) {
        sample(TUNNEL + "tunnel_register_fail{error=\"" + error + "\",rpcName=\"registerConnection\"}", value);
    }

    private void requests(ConnectorCounters counters) {
        long total = counters.requests.sum();
        counter(TUNNEL + "total_requests", "Amount of requests proxied through all the tunnels", total);
        gauge(
                TUNNEL + "concurrent_requests_per_tunnel",
                "Concurrent requests proxied through each tunnel",
                Math.max(0, total - counters.requestsEnded.sum()));
        head(TUNNEL + "response_by_code", "counter", "Count of responses by HTTP status code");
        new TreeMap<>(counters.responsesByCode)
                .forEach((code, count) ->
                        sample(TUNNEL + "response_by_code{status_code=\"" + code + "\"}", count.sum()));
        counter(TUNNEL + "request_errors", "Count of error proxying to origin", counters.requestErrors.sum());
        long tcp = counters.tcpSessions.sum();
        gauge(
                "cloudflared_tcp_active_sessions",
                "Concurrent count of TCP sessions that are being proxied to any origin",
                Math.max(0, tcp - counters.tcpSessionsEnded.sum()));
        counter(
                "cloudflared_tcp_total_sessions",
                "Total count of TCP sessions that have been proxied to any origin",
                tcp);
        counter("tunnel4j_received_bytes", "Body bytes received from the edge", counters.bytesFromEdge.sum());
        counter("tunnel4j_sent_bytes", "Body bytes sent to the edge", counters.bytesToEdge.sum());
    }

    private void configuration(TunnelConnector connector) {
        ConnectorCounters counters = connector.counters();
        gauge("cloudflared_orchestration_config_version", "Configuration Version", connector.configurationVersion());
        counter(
                "cloudflared_config_local_config_pushes",
                "Number of local configuration pushes to the edge",
                counters.localConfigurationPushes.sum());
        counter(
                "cloudflared_config_local_config_pushes_errors",
                "Number of errors that occurred during local configuration pushes",
                counters.localConfigurationErrors.sum());
    }

    private void counter(String name, String help, long value) {
        head(name, "counter", help);
        sample(name, value);
    }

    private void gauge(String name, String help, long value) {
        head(name, "gauge", help);
        sample(name, value);
    }

    private void head(String name, String type, String help) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(' ').append(type).append('\n');
    }

    private void sample(String nameAndLabels, long value) {
        out.append(nameAndLabels).append(' ').append(value).append('\n');
    }

    private static String escaped(String label) {
        return label.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }
}
