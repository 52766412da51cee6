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
        text.requests(connector.life().counters());
        text.configuration(connector);
        text.head("build_info", "gauge", "Build and version information");
        text.sample(
                "build_info{version=\"" + escaped(Platform.version()) + "\",java=\""
                        + Runtime.version().feature() + "\"}",
                1);
        return text.out.toString();
    }

    private void connections(TunnelConnector connector) {
        ConnectorCounters counters = connector.life().counters();
        gauge(
                TUNNEL + "ha_connections",
                "Number of active ha connections",
                connector.life().connectionsUnderWay());
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
        rpcs(counters);
        counter("tunnel4j_connections_lost", "Registered connections that ended", counters.connectionsLost.sum());
    }

    private void rpcs(ConnectorCounters counters) {
        TreeMap<String, ConnectorCounters.RpcCount> rpcs = new TreeMap<>(counters.rpcs);
        head("cloudflared_rpc_client_operations", "counter", "Number of rpc methods by handler requested");
        rpcs.forEach((method, count) ->
                sample("cloudflared_rpc_client_operations{" + rpcLabels(method) + "}", count.operations.sum()));
        head("cloudflared_rpc_client_failures", "counter", "Number of rpc methods failures by handler requested");
        rpcs.forEach((method, count) ->
                sample("cloudflared_rpc_client_failures{" + rpcLabels(method) + "}", count.failures.sum()));
        head("cloudflared_rpc_client_latency_secs", "histogram", "Latency of rpc methods by handler requested");
        rpcs.forEach(
                (method, count) -> histogram("cloudflared_rpc_client_latency_secs", rpcLabels(method), count.latency));
    }

    private static String rpcLabels(String method) {
        return "handler=\"registration\",method=\"" + method + "\"";
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
        head(
                "cloudflared_proxy_connect_latency",
                "histogram",
                "Time it takes to establish and acknowledge connections in milliseconds");
        histogram("cloudflared_proxy_connect_latency", "", counters.connectLatency);
        counter(
                "cloudflared_proxy_connect_streams_errors",
                "Total failure to establish and acknowledge connections",
                counters.connectErrors.sum());
        // The reference shows these on HTTP/2 too, where no UDP is carried.
        gauge("cloudflared_udp_active_sessions", "Concurrent count of UDP sessions", 0);
        counter("cloudflared_udp_total_sessions", "Total count of UDP sessions", 0);
        counter("tunnel4j_received_bytes", "Body bytes received from the edge", counters.bytesFromEdge.sum());
        counter("tunnel4j_sent_bytes", "Body bytes sent to the edge", counters.bytesToEdge.sum());
    }

    private void configuration(TunnelConnector connector) {
        ConnectorCounters counters = connector.life().counters();
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

    private void histogram(String name, String labels, Histogram histogram) {
        String before = labels.isEmpty() ? "" : labels + ",";
        for (int i = 0; i < histogram.buckets(); i++) {
            sample(name + "_bucket{" + before + "le=\"" + number(histogram.bound(i)) + "\"}", histogram.cumulative(i));
        }
        long all = histogram.cumulative(histogram.buckets());
        String braces = labels.isEmpty() ? "" : "{" + labels + "}";
        sample(name + "_bucket{" + before + "le=\"+Inf\"}", all);
        out.append(name)
                .append("_sum")
                .append(braces)
                .append(' ')
                .append(histogram.sum())
                .append('\n');
        sample(name + "_count" + braces, all);
    }

    private static String number(double bound) {
        return bound == Math.rint(bound) ? Long.toString((long) bound) : Double.toString(bound);
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
