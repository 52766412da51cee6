package io.tunnel4j.edge.frontend;

import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.edge.registry.ConnectorRegistry;
import io.tunnel4j.edge.state.HostnameRoute;
import java.util.List;
import java.util.UUID;
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
            return pick(tunnels.get(0).tunnelId(), loop, except);
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
                    ConnectorConnection picked = pick(tunnel.tunnelId(), loop, except);
                    if (picked != null) {
                        return picked;
                    }
                    break;
                }
            }
        }
        for (HostnameRoute.Target tunnel : tunnels) {
            ConnectorConnection picked = pick(tunnel.tunnelId(), loop, except);
            if (picked != null) {
                return picked;
            }
        }
        return null;
    }

    private @Nullable ConnectorConnection pick(UUID tunnelId, LoopState loop, @Nullable ConnectorConnection except) {
        ConnectorConnection last = loop.pickedThisTurn(tunnelId);
        if (last != null && last != except && registry.pickAgain(last)) {
            return last;
        }
        ConnectorConnection picked = registry.pick(tunnelId, loop.loop(), except);
        if (picked != null) {
            loop.picked(picked);
        }
        return picked;
    }
}
