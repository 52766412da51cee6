package io.tunnel4j;

import io.netty.channel.EventLoopGroup;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How a {@link TunnelConnector} was set up. Immutable. {@link #toString()} holds no secret. */
public final class ConnectorConfig {
    private final TunnelCredentials credentials;
    private final Ingress ingress;
    private final List<String> edges;
    private final List<Path> edgeCaFiles;
    private final List<X509Certificate> edgeCaCertificates;
    private final int haConnections;
    private final Duration gracePeriod;
    private final @Nullable EventLoopGroup eventLoopGroup;
    private final Duration busyPoll;
    private final @Nullable Executor executor;
    private final ConnectorListener listener;
    private final ConnectorMetrics metrics;
    private final @Nullable OutboundProxy outboundProxy;
    private final @Nullable OutboundProxy httpOriginProxy;
    private final @Nullable OutboundProxy httpsOriginProxy;
    private final @Nullable InetAddress bindAddress;
    private final EdgeIpVersion edgeIpVersion;
    private final @Nullable String region;
    private final Map<String, String> tags;
    private final Duration rpcTimeout;
    private final int retries;
    private final List<String> features;
    private final PostQuantum postQuantum;
    private final Duration pingInterval;
    private final Duration pingTimeout;
    private final @Nullable Long maxProcessBytes;
    private final int maxActiveFlows;
    private final Map<String, String> reportedFlags;

    ConnectorConfig(TunnelConnector.Builder b) {
        credentials = b.credentials;
        ingress = b.ingress;
        edges = List.copyOf(b.edges);
        edgeCaFiles = List.copyOf(b.edgeCaFiles);
        edgeCaCertificates = List.copyOf(b.edgeCaCertificates);
        haConnections = b.haConnections;
        gracePeriod = b.gracePeriod;
        eventLoopGroup = b.eventLoopGroup;
        busyPoll = b.busyPoll;
        executor = b.executor;
        listener = b.listener;
        metrics = b.metrics;
        outboundProxy = b.outboundProxy;
        httpOriginProxy = b.httpOriginProxy;
        httpsOriginProxy = b.httpsOriginProxy;
        bindAddress = b.bindAddress;
        edgeIpVersion = b.edgeIpVersion;
        region = b.region;
        tags = Collections.unmodifiableMap(new LinkedHashMap<>(b.tags));
        rpcTimeout = b.rpcTimeout;
        retries = b.retries;
        features = List.copyOf(b.features);
        postQuantum = b.postQuantum;
        pingInterval = b.pingInterval;
        pingTimeout = b.pingTimeout;
        maxProcessBytes = b.maxProcessBytes;
        maxActiveFlows = b.maxActiveFlows;
        reportedFlags = Collections.unmodifiableMap(new LinkedHashMap<>(b.reportedFlags));
    }

    /**
     * Returns what the connector proves its right to the tunnel with.
     *
     * @return the credentials
     */
    public TunnelCredentials credentials() {
        return credentials;
    }

    /**
     * Returns the local rules, in force until the edge pushes others.
     *
     * @return the rules
     */
    public Ingress ingress() {
        return ingress;
    }

    /**
     * Returns the edge addresses that replace the look-up.
     *
     * @return {@code host:port} each; empty for the look-up
     */
    public List<String> edges() {
        return edges;
    }

    /**
     * Returns the PEM files that replace the roots trusted for the edge.
     *
     * @return the files, possibly none
     */
    public List<Path> edgeCaFiles() {
        return edgeCaFiles;
    }

    /**
     * Returns the certificates that replace the roots trusted for the edge.
     *
     * @return the certificates, possibly none
     */
    public List<X509Certificate> edgeCaCertificates() {
        return edgeCaCertificates;
    }

    /**
     * Returns how many connections are wanted.
     *
     * @return at least 1; there are fewer when the edge has fewer addresses
     */
    public int haConnections() {
        return haConnections;
    }

    /**
     * Returns how long {@link TunnelConnector#close} lets running work finish.
     *
     * @return the grace period
     */
    public Duration gracePeriod() {
        return gracePeriod;
    }

    /**
     * Returns the event loops to run on.
     *
     * @return the caller's group, or null for own ones
     */
    public @Nullable EventLoopGroup eventLoopGroup() {
        return eventLoopGroup;
    }

    /**
     * Returns how long an own event loop looks for something to do before it sleeps.
     *
     * @return zero if it sleeps at once
     */
    public Duration busyPoll() {
        return busyPoll;
    }

    /**
     * Returns what runs listeners, in-process handlers and blocking look-ups.
     *
     * @return the caller's executor, or null for an own one
     */
    public @Nullable Executor executor() {
        return executor;
    }

    /**
     * Returns who hears events.
     *
     * @return the listener
     */
    public ConnectorListener listener() {
        return listener;
    }

    /**
     * Returns who receives measurements.
     *
     * @return the metrics
     */
    public ConnectorMetrics metrics() {
        return metrics;
    }

    /**
     * Returns the proxy on the way to the edge.
     *
     * @return the proxy, or null for direct connections
     */
    public @Nullable OutboundProxy outboundProxy() {
        return outboundProxy;
    }

    /**
     * Returns the proxy on the way to HTTP origins without TLS.
     *
     * @return the proxy, or null for direct connections
     */
    public @Nullable OutboundProxy httpOriginProxy() {
        return httpOriginProxy;
    }

    /**
     * Returns the proxy on the way to HTTP origins with TLS.
     *
     * @return the proxy, or null for direct connections
     */
    public @Nullable OutboundProxy httpsOriginProxy() {
        return httpsOriginProxy;
    }

    static Duration positive(Duration value, String name) {
        if (value.isNegative() || value.isZero()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
        return value;
    }

    static Duration notNegative(Duration value, String name) {
        if (value.isNegative()) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: >= 0)");
        }
        return value;
    }

    /**
     * Returns the local address of connections to the edge.
     *
     * @return the address, or null for the operating system's choice
     */
    public @Nullable InetAddress bindAddress() {
        return bindAddress;
    }

    /**
     * Returns the family of edge addresses.
     *
     * @return the family
     */
    public EdgeIpVersion edgeIpVersion() {
        return edgeIpVersion;
    }

    /**
     * Returns the region of the edge.
     *
     * @return the region, the credentials' one included; null for all
     */
    public @Nullable String region() {
        return region;
    }

    /**
     * Returns the tags told to origins.
     *
     * @return name to value
     */
    public Map<String, String> tags() {
        return tags;
    }

    /**
     * Returns how long the edge may take to answer a registration.
     *
     * @return the limit
     */
    public Duration rpcTimeout() {
        return rpcTimeout;
    }

    /**
     * Returns how many more attempts {@link TunnelConnector#start} makes after a failure.
     *
     * @return 0 or more
     */
    public int retries() {
        return retries;
    }

    /**
     * Returns the features announced besides the usual.
     *
     * @return feature names
     */
    public List<String> features() {
        return features;
    }

    /**
     * Returns the use of post-quantum key exchange.
     *
     * @return the use
     */
    public PostQuantum postQuantum() {
        return postQuantum;
    }

    /**
     * Returns after how much silence the edge is asked whether it lives.
     *
     * @return the interval; zero for never
     */
    public Duration pingInterval() {
        return pingInterval;
    }

    /**
     * Returns how long the edge may stay silent then.
     *
     * @return the limit
     */
    public Duration pingTimeout() {
        return pingTimeout;
    }

    /**
     * Returns how many bytes all streams may hold before requests are refused.
     *
     * @return the bound; null for a quarter of the heap, at most 256 MiB
     */
    public @Nullable Long maxProcessBytes() {
        return maxProcessBytes;
    }

    /**
     * Returns how many TCP streams may be open.
     *
     * @return 0 for no limit
     */
    public int maxActiveFlows() {
        return maxActiveFlows;
    }

    /**
     * Returns the command-line flags reported to the edge with the local rules.
     *
     * @return name to value
     */
    public Map<String, String> reportedFlags() {
        return reportedFlags;
    }

    /**
     * Starts with these values, to change some.
     *
     * @return a new builder
     */
    public TunnelConnector.Builder toBuilder() {
        return new TunnelConnector.Builder(this);
    }

    @Override
    public String toString() {
        return "ConnectorConfig[credentials=" + credentials + ", ingress=" + ingress + ", edges=" + edges
                + ", haConnections=" + haConnections + ", region=" + region + ", outboundProxy=" + outboundProxy + "]";
    }
}
