package io.tunnel4j.discovery;

import io.tunnel4j.EdgeIpVersion;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The addresses of one region, by family. With {@link EdgeIpVersion#AUTO} the family of the first address is primary; a failure on an IPv6
 * address switches to the secondary family for ten minutes (protocol document connector-edge §1). Not thread-safe.
 */
final class Region {
    static final long SECONDARY_NANOS = TimeUnit.MINUTES.toNanos(10);

    private final List<EdgeAddress> primary = new ArrayList<>();
    private final List<EdgeAddress> secondary = new ArrayList<>();
    private boolean onSecondary;
    private long switchedNanos;

    Region(List<InetSocketAddress> addresses, EdgeIpVersion version) {
        for (InetSocketAddress socket : addresses) {
            EdgeAddress address = new EdgeAddress(socket);
            switch (version) {
                case IPV4 -> addIf(!address.isIpv6(), address);
                case IPV6 -> addIf(address.isIpv6(), address);
                case AUTO -> {
                    boolean first = primary.isEmpty() || primary.get(0).isIpv6() == address.isIpv6();
                    (first ? primary : secondary).add(address);
                }
            }
        }
    }

    private void addIf(boolean wanted, EdgeAddress address) {
        if (wanted) {
            primary.add(address);
        }
    }

    List<EdgeAddress> active() {
        return onSecondary ? secondary : primary;
    }

    boolean owns(EdgeAddress address) {
        return primary.contains(address) || secondary.contains(address);
    }

    void failed(EdgeAddress address, long nowNanos) {
        if (!onSecondary) {
            if (address.isIpv6() && primary.contains(address) && !secondary.isEmpty()) {
                onSecondary = true;
                switchedNanos = nowNanos;
            }
        } else if (!address.isIpv6() || nowNanos - switchedNanos >= SECONDARY_NANOS) {
            onSecondary = false;
        }
    }
}
