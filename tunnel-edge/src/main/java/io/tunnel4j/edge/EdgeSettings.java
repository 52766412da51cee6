package io.tunnel4j.edge;

import io.netty.channel.EventLoopGroup;
import io.tunnel4j.edge.frontend.TrustedProxies;
import io.tunnel4j.edge.gate.Gate;
import io.tunnel4j.edge.registry.ConnectorLimits;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.transport.EventLoops;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What {@link TunnelEdge.Builder} collects; an edge has a copy that nobody changes. Not thread-safe. */
final class EdgeSettings {
    @Nullable
    InetSocketAddress httpsAddress;

    @Nullable
    EdgeCertificates httpsCertificates;

    @Nullable
    InetSocketAddress httpAddress;

    @Nullable
    InetSocketAddress connectorsAddress;

    @Nullable
    EdgeCertificates connectorsCertificates;

    @Nullable
    InetSocketAddress adminAddress;

    @Nullable
    EdgeCertificates adminCertificates;

    @Nullable
    InetSocketAddress metricsAddress;

    @Nullable
    EdgeStore store;

    @Nullable
    EventLoopGroup eventLoops;

    Duration busyPoll = EventLoops.DEFAULT_BUSY_POLL;

    @Nullable
    EdgeListener listener;

    Function<EdgeState, Gate> gate = state -> Gate.OPEN;
    boolean hasAccess;
    List<String> transferHosts = List.of();
    OperatorServices operator = OperatorServices.DEFAULT;
    final Map<String, InetSocketAddress> tcpListeners = new LinkedHashMap<>();
    EdgeLimits limits = EdgeLimits.defaults();
    ConnectorLimits connectorLimits = ConnectorLimits.DEFAULT;
    TrustedProxies trustedProxies = TrustedProxies.NONE;
    boolean proxyProtocol;
    List<X509Certificate> clientAuthorities = List.of();
    String location = "EDGE";
    String accountTag = "00000000000000000000000000000000";

    /** How often certificate files are looked at. */
    Duration certificateCheck = Duration.ofSeconds(10);

    EdgeSettings copy() {
        EdgeSettings copy = new EdgeSettings();
        copy.httpsAddress = httpsAddress;
        copy.httpsCertificates = httpsCertificates;
        copy.httpAddress = httpAddress;
        copy.connectorsAddress = connectorsAddress;
        copy.connectorsCertificates = connectorsCertificates;
        copy.adminAddress = adminAddress;
        copy.adminCertificates = adminCertificates;
        copy.metricsAddress = metricsAddress;
        copy.store = store;
        copy.eventLoops = eventLoops;
        copy.busyPoll = busyPoll;
        copy.listener = listener;
        copy.gate = gate;
        copy.hasAccess = hasAccess;
        copy.transferHosts = transferHosts;
        copy.operator = operator;
        copy.tcpListeners.putAll(tcpListeners);
        copy.limits = limits;
        copy.connectorLimits = connectorLimits;
        copy.trustedProxies = trustedProxies;
        copy.proxyProtocol = proxyProtocol;
        copy.clientAuthorities = clientAuthorities;
        copy.location = location;
        copy.accountTag = accountTag;
        copy.certificateCheck = certificateCheck;
        return copy;
    }
}
