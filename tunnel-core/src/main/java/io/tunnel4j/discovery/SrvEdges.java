package io.tunnel4j.discovery;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.Ticker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import javax.naming.NamingException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The edge's addresses by SRV look-up: the first two targets are two regions (protocol document connector-edge §1). When the system's resolver fails, one
 * over TLS is asked. Thread-safe.
 */
public final class SrvEdges implements EdgeDiscovery {
    private static final Logger log = LoggerFactory.getLogger(SrvEdges.class);
    private static final String SERVICE = "v2-origintunneld._tcp.argotunnel.com";
    private static final int REGIONS = 2;

    private final String name;
    private final DnsServers servers;
    private final RandomGenerator random;
    private final DnsOverTls overTls;
    private final Ticker ticker;

    /**
     * Creates the look-up.
     *
     * @param region the region, or null for all
     * @param servers whom to ask
     * @param random chooses among targets of the same priority
     * @param ticker the time
     */
    public SrvEdges(@Nullable String region, DnsServers servers, RandomGenerator random, Ticker ticker) {
        this.name = "_" + (region == null ? "" : region + "-") + SERVICE;
        this.servers = servers;
        this.random = random;
        this.ticker = ticker;
        overTls = new DnsOverTls(servers, ticker);
    }

    @Override
    public List<List<InetSocketAddress>> lookUp() {
        long deadline = ticker.nanos() + DnsOverTls.LIMIT.toNanos();
        List<DnsMessage.Srv> services = services(deadline);
        if (services.size() < REGIONS) {
            throw notFound(
                    "SRV " + name + ": " + services.size() + " targets (expected: at least " + REGIONS + ")", null);
        }
        List<List<InetSocketAddress>> regions = new ArrayList<>();
        for (DnsMessage.Srv service : ordered(services).subList(0, REGIONS)) {
            regions.add(addresses(service.target(), deadline).stream()
                    .map(address -> new InetSocketAddress(address, service.port()))
                    .toList());
        }
        return regions;
    }

    private List<DnsMessage.Srv> services(long deadline) {
        try {
            return SystemDns.services(servers.systemUrl(), name);
        } catch (NamingException e) {
            log.debug("the system's resolver does not find {}", name, e);
            try {
                return overTls.ask(name, DnsMessage.TYPE_SRV, deadline).services();
            } catch (IOException overTlsFailed) {
                overTlsFailed.addSuppressed(e);
                throw notFound(
                        "SRV " + name + ": neither the system's resolver nor " + servers.fallbackName()
                                + " over TLS answers: " + overTlsFailed.getMessage()
                                + " (expected: a resolver that answers SRV queries, or edge addresses given)",
                        overTlsFailed);
            }
        }
    }

    /** By priority, then at random by weight (RFC 2782). */
    private List<DnsMessage.Srv> ordered(List<DnsMessage.Srv> services) {
        List<DnsMessage.Srv> left = new ArrayList<>(services);
        left.sort(Comparator.comparingInt(DnsMessage.Srv::priority));
        List<DnsMessage.Srv> ordered = new ArrayList<>();
        while (!left.isEmpty()) {
            int priority = left.get(0).priority();
            List<DnsMessage.Srv> equal =
                    left.stream().filter(s -> s.priority() == priority).toList();
            int pick =
                    random.nextInt(equal.stream().mapToInt(s -> s.weight() + 1).sum());
            for (DnsMessage.Srv candidate : equal) {
                pick -= candidate.weight() + 1;
                if (pick < 0) {
                    ordered.add(candidate);
                    left.remove(candidate);
                    break;
                }
            }
        }
        return ordered;
    }

    private List<InetAddress> addresses(String target, long deadline) {
        try {
            return Arrays.asList(InetAddress.getAllByName(target));
        } catch (UnknownHostException e) {
            List<InetAddress> found = new ArrayList<>();
            try {
                found.addAll(overTls.ask(target, DnsMessage.TYPE_A, deadline).addresses());
                found.addAll(overTls.ask(target, DnsMessage.TYPE_AAAA, deadline).addresses());
            } catch (IOException overTlsFailed) {
                e.addSuppressed(overTlsFailed);
            }
            if (found.isEmpty()) {
                throw notFound("edge " + target + ": no address can be found", e);
            }
            return found;
        }
    }

    private static TunnelException notFound(String message, @Nullable Throwable cause) {
        return new TunnelException(TunnelErrorCode.EDGE_NOT_FOUND, message, cause);
    }
}
