package io.tunnel4j.supervisor;

import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.discovery.EdgeDiscovery;
import io.tunnel4j.discovery.SrvEdges;
import io.tunnel4j.discovery.StaticEdges;
import java.net.Inet6Address;

/** How a connector's configuration says the edge is found. Stateless. */
final class EdgeSearch {
    private EdgeSearch() {}

    static EdgeDiscovery of(ConnectorConfig config, Environment environment) {
        return config.edges().isEmpty()
                ? new SrvEdges(config.region(), environment.dns(), environment.random(), environment.ticker())
                : new StaticEdges(config.edges(), ipVersion(config));
    }

    /** The address that connections are bound to has the last word. */
    static EdgeIpVersion ipVersion(ConnectorConfig config) {
        if (config.bindAddress() == null) {
            return config.edgeIpVersion();
        }
        return config.bindAddress() instanceof Inet6Address ? EdgeIpVersion.IPV6 : EdgeIpVersion.IPV4;
    }
}
