package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoopGroup;
import io.tunnel4j.discovery.EdgeAddress;
import io.tunnel4j.supervisor.Environment;
import io.tunnel4j.transport.EventLoops;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Serves a tunnel: keeps connections to the edge and leads the requests that arrive on them to origins.
 *
 * <pre>{@code
 * try (TunnelConnector tunnel = TunnelConnector.builder(TunnelCredentials.fromToken(token))
 *         .ingress(Ingress.of(Origin.http(URI.create("http://localhost:8080"))))
 *         .build()) {
 *     tunnel.start().toCompletableFuture().join();
 *     ...
 *     tunnel.drain(Duration.ofSeconds(30));
 * }
 * }</pre>
 *
 * <p>Thread-safe. Its threads are daemons named {@code tunnel-…} and are gone after {@link #close}; what the caller passed in
 * stays the caller's. Stages complete on the connector's executor. An instance is used once.
 */
public final class TunnelConnector implements AutoCloseable {
    private final ConnectorConfig config;
    private final ConnectorLife life;

    private TunnelConnector(ConnectorConfig config, Environment environment) {
        this.config = config;
        life = new ConnectorLife(config, environment);
    }

    /**
     * Starts to set up a connector.
     *
     * @param credentials of the tunnel to serve
     * @return a new builder
     */
    public static Builder builder(TunnelCredentials credentials) {
        return new Builder(credentials);
    }

    // --- Life ---

    /**
     * Connects to the edge. The first connection is registered alone, then the others follow.
     *
     * @return completes when the first connection is registered. Fails with a {@link TunnelException} when that cannot be, after
     *     {@link ConnectorConfig#retries} more attempts if the failure may pass; everything is closed then
     * @throws IllegalStateException if it was started before, or closed
     */
    public CompletionStage<Void> start() {
        return life.start();
    }

    /**
     * Ends in order: the edge is asked to send no new requests, what runs and what still arrives is served, then everything is closed. What
     * is left at the end of the grace time is reset. A second call changes nothing.
     *
     * @param grace how long running requests may take
     * @return completes with what became of them, when the connector is terminated
     */
    public CompletionStage<DrainReport> drain(Duration grace) {
        if (grace.isNegative()) {
            throw new IllegalArgumentException("grace: " + grace + " (expected: >= 0)");
        }
        return life.drain(grace);
    }

    /**
     * Drains with the configured grace period.
     *
     * @return completes when the connector is terminated
     */
    public CompletionStage<Void> shutdown() {
        return drain(config.gracePeriod()).thenApply(report -> null);
    }

    /**
     * Drains with the configured grace period, waits for the end, and forces it 15 s later. Idempotent. When the waiting thread is
     * interrupted, everything is closed at once.
     *
     * @throws IllegalStateException on one of the connector's own threads, where waiting would never end
     */
    @Override
    public void close() {
        life.close();
    }

    /**
     * Walks the way to the edge once, step by step, and says what to do where it ends. May be called in any state, also before {@link #start} and
     * after a start that failed, and touches nothing of the connector: the last step registers a connection under an id of its own and gives
     * it back. Requests that the edge leads there in the meantime are served by the rules in force.
     *
     * @return completes within a minute or so, at the latest when the connector is closed, on the connector's executor or a thread like it; a failed
     *     step does not make it fail
     */
    public CompletionStage<Diagnosis> diagnose() {
        return life.diagnose();
    }

    // --- State ---

    /**
     * Returns where the connector stands.
     *
     * @return the state now
     */
    public ConnectorState state() {
        return life.state();
    }

    /**
     * Tells whether requests reach the connector.
     *
     * @return true if at least one connection is registered
     */
    public boolean isReady() {
        return readyConnections() > 0;
    }

    /**
     * Returns how many connections are registered.
     *
     * @return 0 when draining
     */
    public int readyConnections() {
        return life.readyConnections();
    }

    /**
     * Returns the registered connections.
     *
     * @return a snapshot, by index
     */
    public List<ConnectionInfo> connections() {
        return life.connections();
    }

    /**
     * Returns the connector's id, which the edge and origins know it by.
     *
     * @return random, made at construction
     */
    public UUID connectorId() {
        return life.connectorId();
    }

    /**
     * Returns how the connector was set up.
     *
     * @return the configuration; {@link ConnectorConfig#toBuilder} starts another connector like this
     */
    public ConnectorConfig config() {
        return config;
    }

    /**
     * Returns the rules in force.
     *
     * @return the local rules, or those the edge pushed last
     */
    public Ingress ingress() {
        return life.configuration().rules().ingress();
    }

    /**
     * Returns the version of the rules in force.
     *
     * @return the edge's number, or -1 for the local rules
     */
    public int configurationVersion() {
        return life.configuration().version();
    }

    ConnectorLife life() {
        return life;
    }

    @Override
    public String toString() {
        return "TunnelConnector[" + connectorId() + ", tunnel="
                + config.credentials().tunnelId() + ", " + state() + "]";
    }

    /** Builds a {@link TunnelConnector}. Not thread-safe. */
    public static final class Builder {
        private static final int MAX_CONNECTIONS = 255;

        final TunnelCredentials credentials;
        Ingress ingress = Ingress.empty();
        List<String> edges = new ArrayList<>();
        List<Path> edgeCaFiles = new ArrayList<>();
        List<X509Certificate> edgeCaCertificates = new ArrayList<>();
        int haConnections = 4;
        Duration gracePeriod = Duration.ofSeconds(30);
        Duration busyPoll = EventLoops.DEFAULT_BUSY_POLL;

        @Nullable
        EventLoopGroup eventLoopGroup;

        @Nullable
        Executor executor;

        ConnectorListener listener = event -> {};
        ConnectorMetrics metrics = ConnectorMetrics.NONE;

        @Nullable
        OutboundProxy outboundProxy;

        @Nullable
        OutboundProxy httpOriginProxy;

        @Nullable
        OutboundProxy httpsOriginProxy;

        @Nullable
        InetAddress bindAddress;

        EdgeIpVersion edgeIpVersion = EdgeIpVersion.AUTO;

        @Nullable
        String region;

        Map<String, String> tags = new LinkedHashMap<>();
        Duration rpcTimeout = Duration.ofSeconds(5);
        int retries = 5;
        List<String> features = new ArrayList<>();
        PostQuantum postQuantum = PostQuantum.PREFER;
        Duration pingInterval = Duration.ofSeconds(15);
        Duration pingTimeout = Duration.ofSeconds(15);

        @Nullable
        Long maxProcessBytes;

        int maxActiveFlows;
        Map<String, String> reportedFlags = new LinkedHashMap<>();
        Environment environment = Environment.system();

        private Builder(TunnelCredentials credentials) {
            this.credentials = requireNonNull(credentials, "credentials");
            this.region = credentials.region();
        }

        Builder(ConnectorConfig config) {
            this(config.credentials());
            ingress = config.ingress();
            edges.addAll(config.edges());
            edgeCaFiles.addAll(config.edgeCaFiles());
            edgeCaCertificates.addAll(config.edgeCaCertificates());
            haConnections = config.haConnections();
            gracePeriod = config.gracePeriod();
            eventLoopGroup = config.eventLoopGroup();
            busyPoll = config.busyPoll();
            executor = config.executor();
            listener = config.listener();
            metrics = config.metrics();
            outboundProxy = config.outboundProxy();
            originProxies(config.httpOriginProxy(), config.httpsOriginProxy());
            bindAddress = config.bindAddress();
            edgeIpVersion = config.edgeIpVersion();
            region = config.region();
            tags.putAll(config.tags());
            rpcTimeout = config.rpcTimeout();
            retries = config.retries();
            features.addAll(config.features());
            postQuantum = config.postQuantum();
            pingInterval = config.pingInterval();
            pingTimeout = config.pingTimeout();
            maxProcessBytes = config.maxProcessBytes();
            maxActiveFlows = config.maxActiveFlows();
            reportedFlags.putAll(config.reportedFlags());
        }

        /**
         * Sets the rules that lead requests to origins. Default: none, every request is answered with 503 until the edge pushes rules.
         *
         * @param rules the rules
         * @return this
         */
        public Builder ingress(Ingress rules) {
            ingress = requireNonNull(rules, "rules");
            return this;
        }

        /**
         * Sets the edge's addresses instead of looking them up. The same address may be given again for another connection to it.
         *
         * @param hostPorts {@code host:port} each
         * @return this
         * @throws IllegalArgumentException if one is not of that form
         */
        public Builder edge(String... hostPorts) {
            for (String hostPort : hostPorts) {
                edges.add(EdgeAddress.checkHostPort(hostPort));
            }
            return this;
        }

        /**
         * Sets the PEM file of the certificates trusted for the edge. They replace all other roots.
         *
         * @param pemFile read at start, and again when it changes
         * @return this
         */
        public Builder edgeCa(Path pemFile) {
            edgeCaFiles.add(requireNonNull(pemFile, "pemFile"));
            return this;
        }

        /**
         * Sets the certificates trusted for the edge. They replace all other roots.
         *
         * @param certificates the roots
         * @return this
         */
        public Builder edgeCa(X509Certificate... certificates) {
            edgeCaCertificates.addAll(List.of(certificates));
            return this;
        }

        /**
         * Sets how many connections to the edge are kept, each to another address. Default: 4.
         *
         * @param connections 1 to 255
         * @return this
         */
        public Builder haConnections(int connections) {
            if (connections < 1 || connections > MAX_CONNECTIONS) {
                throw new IllegalArgumentException(
                        "haConnections: " + connections + " (expected: 1.." + MAX_CONNECTIONS + ")");
            }
            haConnections = connections;
            return this;
        }

        /**
         * Sets how long {@link #close} and {@link #shutdown} let running work finish. Default: 30 s.
         *
         * @param period zero or more
         * @return this
         */
        public Builder gracePeriod(Duration period) {
            gracePeriod = ConnectorConfig.notNegative(period, "gracePeriod");
            return this;
        }

        /**
         * Runs on event loops of the caller's, which are never closed here. Default: own ones.
         *
         * @param group NIO, epoll or kqueue event loops
         * @return this
         */
        public Builder eventLoopGroup(EventLoopGroup group) {
            eventLoopGroup = requireNonNull(group, "group");
            return this;
        }

        /**
         * Sets how long an own event loop that has nothing to do looks for something before it sleeps. Default 200 µs, which takes most of the time away that a tunnel adds
         * to a lone request. Looking is left off for a while whenever it was in vain, and the processor is offered to other threads meanwhile; still a loop
         * that serves one request after the other keeps a processor busy. Of no effect on the caller's event loops, and where there is one processor only.
         *
         * @param most zero to sleep at once, up to 10 ms
         * @return this
         */
        public Builder busyPoll(Duration most) {
            busyPoll = EventLoops.checkedBusyPoll(most);
            return this;
        }

        /**
         * Sets what runs listeners, in-process handlers without an executor of their own, and blocking look-ups. Default: a small pool of daemon threads.
         *
         * @param tasks at least two threads; never shut down here
         * @return this
         */
        public Builder executor(Executor tasks) {
            executor = requireNonNull(tasks, "tasks");
            return this;
        }

        /**
         * Sets who hears events. Default: nobody.
         *
         * @param events the listener
         * @return this
         */
        public Builder listener(ConnectorListener events) {
            listener = requireNonNull(events, "events");
            return this;
        }

        /**
         * Sets who receives measurements. Default: nobody; {@link MetricsEndpoint} works without.
         *
         * @param receiver called on event loops
         * @return this
         */
        public Builder metrics(ConnectorMetrics receiver) {
            metrics = requireNonNull(receiver, "receiver");
            return this;
        }

        /**
         * Reaches the edge through a proxy. Default: directly; the environment is not looked at.
         *
         * @param proxy for example {@link OutboundProxy#fromEnvironment()}; null for none
         * @return this
         */
        public Builder outboundProxy(@Nullable OutboundProxy proxy) {
            outboundProxy = proxy;
            return this;
        }

        /**
         * Reaches HTTP origins through proxies; loopback and the proxies' exceptions are reached directly, TCP origins always.
         * Default: directly; the environment is not looked at.
         *
         * <p>Origins with TLS are reached by CONNECT or SOCKS5, those without by SOCKS5 or by requests that an HTTP proxy passes on. Such an origin sees its
         * own name in {@code Host}, because a proxy puts it there (RFC 9112 §3.2.2), and the request's in {@code X-Forwarded-Host}.
         *
         * @param forHttp for origins without TLS, for example {@link OutboundProxy#fromEnvironmentForHttp()}; null for none
         * @param forHttps for origins with TLS, for example {@link OutboundProxy#fromEnvironment()}; null for none
         * @return this
         */
        public Builder originProxies(@Nullable OutboundProxy forHttp, @Nullable OutboundProxy forHttps) {
            httpOriginProxy = forHttp;
            httpsOriginProxy = forHttps;
            return this;
        }

        /**
         * Sets the local address of connections to the edge. It also decides the family of edge addresses.
         *
         * @param address one of this machine's
         * @return this
         */
        public Builder bindAddress(InetAddress address) {
            bindAddress = requireNonNull(address, "address");
            return this;
        }

        /**
         * Sets the family of edge addresses. Default: {@link EdgeIpVersion#AUTO}.
         *
         * @param version the family
         * @return this
         */
        public Builder edgeIpVersion(EdgeIpVersion version) {
            edgeIpVersion = requireNonNull(version, "version");
            return this;
        }

        /**
         * Sets the region of the edge. Default: the one in the credentials, or all.
         *
         * @param name for example {@code us}
         * @return this
         * @throws IllegalArgumentException if the credentials name a region already
         */
        public Builder region(String name) {
            if (credentials.region() != null) {
                throw new IllegalArgumentException("region: " + name
                        + " (expected: none, the credentials are for region " + credentials.region() + ")");
            }
            if (!name.matches("[A-Za-z0-9-]{1,40}")) {
                throw new IllegalArgumentException("region: (expected: 1 to 40 letters, digits and hyphens)");
            }
            region = name;
            return this;
        }

        /**
         * Adds a tag, told to origins as {@code Cf-Warp-Tag-<name>}.
         *
         * @param name a header token
         * @param value text without controls
         * @return this
         */
        public Builder tag(String name, String value) {
            tags.put(requireNonNull(name, "name"), requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets how long the edge may take to answer a registration. Default: 5 s.
         *
         * @param limit more than zero
         * @return this
         */
        public Builder rpcTimeout(Duration limit) {
            rpcTimeout = ConnectorConfig.positive(limit, "rpcTimeout");
            return this;
        }

        /**
         * Sets how many more attempts {@link #start} makes after a failure that may pass. Default: 5. Once a connection has been
         * registered, attempts never end.
         *
         * @param attempts 0 or more
         * @return this
         */
        public Builder retries(int attempts) {
            if (attempts < 0) {
                throw new IllegalArgumentException("retries: " + attempts + " (expected: >= 0)");
            }
            retries = attempts;
            return this;
        }

        /**
         * Announces features besides the usual.
         *
         * @param names feature names
         * @return this
         */
        public Builder features(String... names) {
            features.addAll(List.of(names));
            return this;
        }

        /**
         * Sets the use of post-quantum key exchange. Default: {@link PostQuantum#PREFER}.
         *
         * @param use the use
         * @return this
         */
        public Builder postQuantum(PostQuantum use) {
            postQuantum = requireNonNull(use, "use");
            return this;
        }

        /**
         * Sets how a dead edge is noticed. Default: 15 s each.
         *
         * @param interval silence after which a PING is sent; zero for never
         * @param timeout how long its answer may take
         * @return this
         */
        public Builder keepAlive(Duration interval, Duration timeout) {
            pingInterval = ConnectorConfig.notNegative(interval, "interval");
            pingTimeout = ConnectorConfig.positive(timeout, "timeout");
            return this;
        }

        /**
         * Sets how many bytes all streams together may hold before new requests are answered with 503. Default: a quarter of the heap, at most 256 MiB.
         *
         * @param bytes at least 1 MiB
         * @return this
         */
        public Builder maxProcessBytes(long bytes) {
            if (bytes < 1 << 20) {
                throw new IllegalArgumentException("maxProcessBytes: " + bytes + " (expected: >= " + (1 << 20) + ")");
            }
            maxProcessBytes = bytes;
            return this;
        }

        /**
         * Sets how many streams to private addresses may be open. Default: 0, no limit.
         *
         * @param flows 0 for no limit
         * @return this
         */
        public Builder maxActiveFlows(int flows) {
            if (flows < 0) {
                throw new IllegalArgumentException("maxActiveFlows: " + flows + " (expected: >= 0)");
            }
            maxActiveFlows = flows;
            return this;
        }

        /**
         * Sets the command-line flags that are reported to the edge together with local rules. Of use to command lines only.
         *
         * @param flags name to value
         * @return this
         */
        public Builder reportedFlags(Map<String, String> flags) {
            reportedFlags.putAll(flags);
            return this;
        }

        Builder environment(Environment replacement) {
            environment = replacement;
            return this;
        }

        /**
         * Checks everything and builds the connector; starts nothing.
         *
         * @return a new connector
         * @throws IllegalArgumentException if values do not fit together
         */
        public TunnelConnector build() {
            return new TunnelConnector(new ConnectorConfig(this), environment);
        }
    }
}
