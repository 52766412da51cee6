package io.tunnel4j.edge.frontend;

import io.tunnel4j.edge.state.HostnameRoute;
import java.util.List;

/** Tells which tunnels serve a hostname. Thread-safe; called on event loops, so it answers at once. */
@FunctionalInterface
public interface HostRouter {
    /** Serves no host. */
    HostRouter NONE = host -> List.of();

    /**
     * Looks a hostname up: the exact name, then the longest wildcard.
     *
     * @param host lower case, without port
     * @return the tunnels that share its requests; empty if the hostname is not served
     */
    List<HostnameRoute.Target> tunnels(String host);
}
