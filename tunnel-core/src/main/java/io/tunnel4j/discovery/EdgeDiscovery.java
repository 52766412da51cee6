package io.tunnel4j.discovery;

import java.net.InetSocketAddress;
import java.util.List;

/** Finds the edge's addresses. Implementations block and are thread-safe. */
@FunctionalInterface
public interface EdgeDiscovery {
    /**
     * Looks the addresses up.
     *
     * @return addresses by region, resolved; at least one address in all
     * @throws io.tunnel4j.TunnelException with {@link io.tunnel4j.TunnelErrorCode#EDGE_NOT_FOUND} that says what was asked
     */
    List<List<InetSocketAddress>> lookUp();
}
