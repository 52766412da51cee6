package io.tunnel4j.discovery;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses by SRV look-up. */
public final class SrvEdges implements EdgeDiscovery {
    /**
     * Creates the look-up.
     *
     * @param region the region, or null for all
     * @param servers whom to ask
     */
    public SrvEdges(@Nullable String region, DnsServers servers) {}

    @Override
    public List<List<InetSocketAddress>> lookUp() {
        throw new TunnelException(TunnelErrorCode.EDGE_NOT_FOUND, "look-up of the edge is not there yet");
    }
}
