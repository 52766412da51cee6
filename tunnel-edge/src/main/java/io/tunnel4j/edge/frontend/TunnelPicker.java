package io.tunnel4j.edge.frontend;

import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.edge.registry.ConnectorRegistry;
import io.tunnel4j.edge.state.HostnameRoute;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Picks the connection for a request: a tunnel by weight, then one of its connections. Thread-safe. */
final class TunnelPicker {
    private final HostRouter router;
    private final ConnectorRegistry registry;

    TunnelPicker(HostRouter router, ConnectorRegistry registry) {
        this.router = router;
        this.registry = registry;
    }

    List<HostnameRoute.Target> tunnels(String host) {
        return router.tunnels(host);
    }

    /**
     * Picks a connection. A tunnel without connections leaves its share to the others.
     *
     * @return a connection whose place is taken; null if none of the tunnels has one besides {@code except}
     */
    @Nullable
    ConnectorConnection pick(List<HostnameRoute.Target> tunnels, LoopState loop, @Nullable ConnectorConnection except) {
        if (tunnels.size() == 1) {
            return registry.pick(tunnels.get(0).tunnelId(), loop.loop(), except);
        }
        int total = 0;
        for (HostnameRoute.Target tunnel : tunnels) {
            total += registry.isConnected(tunnel.tunnelId()) ? tunnel.weight() : 0;
        }
        if (total > 0) {
            int point = loop.random().nextInt(total);
            for (HostnameRoute.Target tunnel : tunnels) {
                point -= registry.isConnected(tunnel.tunnelId()) ? tunnel.weight() : 0;
                if (point < 0) {
                    ConnectorConnection picked = registry.pick(tunnel.tunnelId(), loop.loop(), except);
                    if (picked != null) {
                        return picked;
                    }
                    break;
                }
            }
        }
        for (HostnameRoute.Target tunnel : tunnels) {
            ConnectorConnection picked = registry.pick(tunnel.tunnelId(), loop.loop(), except);
            if (picked != null) {
                return picked;
            }
        }
        return null;
    }
}
