package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.state.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Which hostnames lead to which tunnels. Thread-safe; methods that change something wait for the store, so they must not be called on an event loop.
 *
 * <p>A request goes to the exact name, else to the longest wildcard ({@code *.example.com} covers every name below it), else to {@code *}.
 */
public final class EdgeRoutes {
    private static final String ACTOR = "embedder";
    private static final int DEFAULT_WEIGHT = 100;

    private final Supplier<EdgeState> state;

    EdgeRoutes(Supplier<EdgeState> state) {
        this.state = state;
    }

    /**
     * Routes a hostname to a tunnel.
     *
     * @param hostname exact, {@code *.suffix}, or {@code *}
     * @param tunnel the tunnel's credentials
     * @return this
     */
    public EdgeRoutes add(String hostname, TunnelCredentials tunnel) {
        return add(hostname, tunnel.tunnelId(), DEFAULT_WEIGHT);
    }

    /**
     * Routes a share of a hostname's requests to a tunnel; a tunnel that is a target already gets the new share.
     *
     * @param hostname exact, {@code *.suffix}, or {@code *}
     * @param tunnelId the tunnel
     * @param weight its share relative to the other tunnels', 0 to 1000; 0 is a stand-in
     * @return this
     */
    public EdgeRoutes add(String hostname, UUID tunnelId, int weight) {
        String name = normal(hostname);
        Target target = new Target(tunnelId, weight);
        StateChanges.await(state.get().change(ACTOR, "route.add", draft -> {
            HostnameRoute before = draft.state().routeNamed(name).orElse(null);
            List<Target> targets = new ArrayList<>();
            if (before != null) {
                before.targets().stream()
                        .filter(t -> !t.tunnelId().equals(tunnelId))
                        .forEach(targets::add);
            }
            targets.add(target);
            draft.subject(name + " " + tunnelId);
            draft.put(new HostnameRoute(name, targets, before == null ? draft.now() : before.createdAt()));
            return name;
        }));
        return this;
    }

    /**
     * Removes a hostname.
     *
     * @param hostname as it was added
     * @return this
     */
    public EdgeRoutes remove(String hostname) {
        String name = normal(hostname);
        StateChanges.await(state.get().change(ACTOR, "route.remove", draft -> {
            draft.subject(name);
            draft.delete(Kind.HOSTNAME_ROUTE, name);
            return name;
        }));
        return this;
    }

    /**
     * Lists the hostnames.
     *
     * @return names that are routed
     */
    public List<String> hostnames() {
        return state.get().current().routes().stream()
                .map(HostnameRoute::hostname)
                .sorted()
                .toList();
    }

    private static String normal(String hostname) {
        String name = requireNonNull(hostname, "hostname").toLowerCase(Locale.ROOT);
        String rest = name.startsWith("*.") ? name.substring(2) : name;
        if (!name.equals("*")
                && (rest.isEmpty() || rest.length() > 253 || !rest.matches("[a-z0-9_-]+(\\.[a-z0-9_-]+)*"))) {
            throw new IllegalArgumentException("hostname: " + hostname + " (expected: name, *.name or *)");
        }
        return name;
    }
}
