package io.tunnel4j.edge.console;

import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.api.StoredAccessState;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.state.ConnectionDirectory;
import io.tunnel4j.edge.state.ConnectionDirectory.LiveConnection;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.RecentErrors;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.edge.state.TunnelConfiguration;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Draws the operator's view from what the edge knows at that moment. Thread-safe. */
final class ConsolePage {
    /** Rows of one list; an edge with more is looked at through the API. */
    private static final int MAX_ROWS = 200;

    private static final int MAX_ERRORS = 20;

    private final EdgeState state;
    private final ConnectionDirectory connections;
    private final RecentErrors errors;
    private final StoredAccessState access;
    private final Clock clock;

    ConsolePage(EdgeState state, ConnectionDirectory connections, RecentErrors errors, Clock clock) {
        this.state = state;
        this.connections = connections;
        this.errors = errors;
        this.access = new StoredAccessState(state);
        this.clock = clock;
    }

    /** All that changes; the frame around it stays. */
    String live(boolean withApplications) {
        EdgeSnapshot snapshot = state.current();
        Map<UUID, List<LiveConnection>> byTunnel =
                connections.connections().stream().collect(Collectors.groupingBy(LiveConnection::tunnelId));
        Html html = new Html();
        tiles(html, snapshot, byTunnel);
        tunnels(html, snapshot, byTunnel);
        routes(html, snapshot, byTunnel);
        if (withApplications) {
            applications(html);
        }
        errors(html);
        return html.toString();
    }

    private void tiles(Html html, EdgeSnapshot snapshot, Map<UUID, List<LiveConnection>> byTunnel) {
        List<LiveConnection> all =
                byTunnel.values().stream().flatMap(List::stream).toList();
        long live = snapshot.tunnels().stream().filter(Tunnel::isLive).count();
        html.raw("<div class=\"tiles\">");
        tile(html, byTunnel.size() + " / " + live, "tunnels connected");
        tile(html, Integer.toString(all.size()), "connections");
        tile(html, Long.toString(all.stream().mapToLong(LiveConnection::streams).sum()), "open streams");
        tile(html, bytes(all.stream().mapToLong(LiveConnection::bytesOut).sum()), "to connectors");
        tile(html, bytes(all.stream().mapToLong(LiveConnection::bytesIn).sum()), "from connectors");
        html.raw("</div>");
        if (!state.isStoreReachable()) {
            html.raw(
                    "<p class=\"pill bad\" role=\"alert\">The store cannot be reached. Traffic is served from the last "
                            + "known state; changes are refused.</p>");
        }
    }

    private static void tile(Html html, String value, String label) {
        html.raw("<div class=\"tile\">")
                .element("b", "", value)
                .element("span", "", label)
                .raw("</div>");
    }

    private static void heading(Html html, String title, long count) {
        html.raw("<h2>").text(title).element("small", "", count > MAX_ROWS ? MAX_ROWS + " of " + count : count);
        html.raw("</h2>");
    }

    private void tunnels(Html html, EdgeSnapshot snapshot, Map<UUID, List<LiveConnection>> byTunnel) {
        List<Tunnel> tunnels = snapshot.tunnels().stream()
                .filter(Tunnel::isLive)
                .sorted(Comparator.comparing(Tunnel::name))
                .toList();
        heading(html, "Tunnels", tunnels.size());
        if (tunnels.isEmpty()) {
            empty(html, "No tunnel yet. Make one with: tunnel create NAME");
        }
        tunnels.stream().limit(MAX_ROWS).forEach(tunnel -> {
            List<LiveConnection> live = byTunnel.getOrDefault(tunnel.id(), List.of());
            html.raw("<section class=\"card\"><div class=\"head\">").element("strong", "", tunnel.name());
            if (live.isEmpty()) {
                html.element("span", "pill", "not connected");
            } else {
                html.element("span", "pill ok", live.size() == 1 ? "1 connection" : live.size() + " connections");
            }
            html.element("span", "pill", configuration(tunnel, snapshot))
                    .element("code", "", tunnel.id())
                    .element("span", "end", "since " + day(tunnel.createdAt()))
                    .raw("</div>");
            if (!live.isEmpty()) {
                connectionTable(html, live);
            }
            html.raw("</section>");
        });
    }

    private static String configuration(Tunnel tunnel, EdgeSnapshot snapshot) {
        if (!tunnel.isRemotelyManaged()) {
            return "configured locally";
        }
        return "configured here"
                + snapshot.configuration(tunnel.id())
                        .map(TunnelConfiguration::version)
                        .map(version -> ", version " + version)
                        .orElse("");
    }

    private void connectionTable(Html html, List<LiveConnection> live) {
        html.raw("<table><thead><tr><th>From</th><th>Connector</th><th>Version</th><th>Up for</th>")
                .raw(
                        "<th class=\"n\">Streams</th><th class=\"n\">Requests</th><th class=\"n\">In / out</th></tr></thead>")
                .raw("<tbody>");
        live.stream()
                .sorted(Comparator.comparing(LiveConnection::clientId).thenComparing(LiveConnection::index))
                .limit(MAX_ROWS)
                .forEach(connection -> row(html, connection));
        html.raw("</tbody></table>");
    }

    private void row(Html html, LiveConnection connection) {
        html.raw("<tr><td data-l=\"From\">").text(connection.originIp()).raw(" ");
        html.element("code", "", connection.colo() + "\u00a0#" + connection.index());
        if (connection.isPendingReconnect()) {
            html.raw(" ").element("span", "pill warn", "finishing");
        }
        String refusal = connection.configurationError();
        if (refusal != null) {
            html.raw(" ").element("span", "pill bad", "configuration refused: " + refusal);
        }
        html.raw("</td><td data-l=\"Connector\">")
                .element("code", "", connection.clientId().toString().substring(0, 8))
                .raw("</td><td data-l=\"Version\">")
                .text(connection.version() + " ")
                .element("code", "", connection.arch())
                .raw("</td><td data-l=\"Up for\">")
                .text(elapsed(connection.openedAt()))
                .raw("</td>");
        number(html, "Streams", Integer.toString(connection.streams()));
        number(html, "Requests", Long.toString(connection.requests()));
        number(html, "In / out", bytes(connection.bytesIn()) + " / " + bytes(connection.bytesOut()));
        html.raw("</tr>");
    }

    private static void number(Html html, String label, String value) {
        html.raw("<td class=\"n\"")
                .attribute("data-l", label)
                .raw(">")
                .text(value)
                .raw("</td>");
    }

    private void routes(Html html, EdgeSnapshot snapshot, Map<UUID, List<LiveConnection>> byTunnel) {
        List<HostnameRoute> routes = snapshot.routes().stream()
                .sorted(Comparator.comparing(HostnameRoute::hostname))
                .toList();
        heading(html, "Hostnames", routes.size());
        if (routes.isEmpty()) {
            empty(html, "No hostname is routed yet. Route one with: tunnel route dns NAME HOSTNAME");
            return;
        }
        Function<UUID, String> names =
                id -> snapshot.tunnel(id).map(Tunnel::name).orElse(id.toString());
        html.raw(
                "<div class=\"card plain\"><table><thead><tr><th>Hostname</th><th>Tunnel</th><th>State</th></tr></thead>");
        html.raw("<tbody>");
        routes.stream().limit(MAX_ROWS).forEach(route -> {
            boolean isServed = route.targets().stream().anyMatch(target -> byTunnel.containsKey(target.tunnelId()));
            String targets = route.targets().stream()
                    .map(target ->
                            names.apply(target.tunnelId()) + (route.targets().size() > 1 ? " ×" + target.weight() : ""))
                    .collect(Collectors.joining(", "));
            html.raw("<tr><td data-l=\"Hostname\">").element("strong", "", route.hostname());
            html.raw("</td><td data-l=\"Tunnel\">").text(targets).raw("</td><td data-l=\"State\">");
            html.element("span", isServed ? "pill ok" : "pill warn", isServed ? "served" : "no connector")
                    .raw("</td></tr>");
        });
        html.raw("</tbody></table></div>");
    }

    private void applications(Html html) {
        List<Application> applications = access.all(AccessKind.APPLICATION).values().stream()
                .sorted(Comparator.comparing(Application::name))
                .toList();
        heading(html, "Applications", applications.size());
        if (applications.isEmpty()) {
            empty(html, "No hostname is protected by Access.");
            return;
        }
        html.raw(
                "<div class=\"card plain\"><table><thead><tr><th>Name</th><th>Protects</th><th>Policies</th></tr></thead>");
        html.raw("<tbody>");
        applications.stream().limit(MAX_ROWS).forEach(application -> {
            String policies = application.policies().stream()
                    .map(policy -> policy.name() + " (" + policy.decision().wireName() + ")")
                    .collect(Collectors.joining(", "));
            html.raw("<tr><td data-l=\"Name\">").element("strong", "", application.name());
            html.raw("</td><td data-l=\"Protects\">")
                    .text(String.join(", ", application.destinations()))
                    .raw("</td><td data-l=\"Policies\">");
            if (policies.isEmpty()) {
                html.element("span", "pill warn", "none: nobody gets in");
            } else {
                html.text(policies);
            }
            html.raw("</td></tr>");
        });
        html.raw("</tbody></table></div>");
    }

    private void errors(Html html) {
        List<RecentErrors.Entry> entries = errors.newest(MAX_ERRORS);
        heading(html, "Recent errors", entries.size());
        if (entries.isEmpty()) {
            empty(html, "Nothing went wrong lately.");
            return;
        }
        html.raw(
                "<div class=\"card plain\"><table><thead><tr><th>When</th><th>What</th><th>Failure</th></tr></thead><tbody>");
        entries.forEach(entry -> html.raw("<tr><td data-l=\"When\">")
                .text(elapsed(entry.at()) + " ago")
                .raw("</td><td data-l=\"What\">")
                .text(entry.subject())
                .raw("</td><td data-l=\"Failure\">")
                .text(entry.text())
                .raw("</td></tr>"));
        html.raw("</tbody></table></div>");
    }

    private static void empty(Html html, String text) {
        html.raw("<div class=\"card\">").element("div", "empty", text).raw("</div>");
    }

    private static String day(Instant at) {
        return at.toString().substring(0, 10);
    }

    private String elapsed(Instant since) {
        Duration time = Duration.between(since, clock.instant());
        if (time.toDays() > 0) {
            return time.toDays() + " d " + time.toHoursPart() + " h";
        }
        if (time.toHours() > 0) {
            return time.toHours() + " h " + time.toMinutesPart() + " min";
        }
        return time.toMinutes() > 0 ? time.toMinutes() + " min" : Math.max(0, time.toSeconds()) + " s";
    }

    private static String bytes(long count) {
        String[] units = {"B", "kB", "MB", "GB", "TB"};
        double value = count;
        int unit = 0;
        while (value >= 1000 && unit < units.length - 1) {
            value /= 1000;
            unit++;
        }
        return unit == 0
                ? count + " B"
                : String.format(Locale.ROOT, value < 10 ? "%.1f %s" : "%.0f %s", value, units[unit]);
    }
}
