package io.tunnel4j.discovery;

import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Addresses that were given: they alternate between two regions, those that cannot be looked up are skipped (protocol document
 * connector-edge §1). Thread-safe.
 */
public final class StaticEdges implements EdgeDiscovery {
    private static final Logger log = LoggerFactory.getLogger(StaticEdges.class);

    private final List<String> hostPorts;
    private final EdgeIpVersion ipVersion;

    /**
     * Names the addresses.
     *
     * @param hostPorts {@code host:port} each
     * @param ipVersion which addresses of a name count
     */
    public StaticEdges(List<String> hostPorts, EdgeIpVersion ipVersion) {
        this.hostPorts = List.copyOf(hostPorts);
        this.ipVersion = ipVersion;
    }

    @Override
    public List<List<InetSocketAddress>> lookUp() {
        List<InetSocketAddress> even = new ArrayList<>();
        List<InetSocketAddress> odd = new ArrayList<>();
        for (int i = 0; i < hostPorts.size(); i++) {
            InetSocketAddress named = EdgeAddress.parse(hostPorts.get(i));
            try {
                (i % 2 == 0 ? even : odd).add(resolve(named));
            } catch (UnknownHostException e) {
                log.warn("edge address {} cannot be looked up and is left out", hostPorts.get(i));
            }
        }
        if (even.isEmpty() && odd.isEmpty()) {
            throw new TunnelException(
                    TunnelErrorCode.EDGE_NOT_FOUND,
                    "edge addresses " + hostPorts
                            + ": none can be looked up (expected: a name known to DNS, or an address)");
        }
        return List.of(even, odd);
    }

    private InetSocketAddress resolve(InetSocketAddress named) throws UnknownHostException {
        for (InetAddress address : InetAddress.getAllByName(named.getHostString())) {
            boolean ipv6 = address instanceof Inet6Address;
            if (ipVersion == EdgeIpVersion.AUTO || ipv6 == (ipVersion == EdgeIpVersion.IPV6)) {
                return new InetSocketAddress(address, named.getPort());
            }
        }
        throw new UnknownHostException(named.getHostString() + " has no " + ipVersion + " address");
    }
}
