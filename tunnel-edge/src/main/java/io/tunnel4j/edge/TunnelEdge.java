package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoopGroup;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.api.StoredAccessState;
import io.tunnel4j.edge.frontend.TrustedProxies;
import io.tunnel4j.edge.gate.AccessGate;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.transport.EventLoops;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A self-hosted edge: takes public requests and sends them through tunnels that connectors, ours or stock cloudflared, have dialled.
 *
 * <pre>{@code
 * DevelopmentAuthority authority = DevelopmentAuthority.create();
 * try (TunnelEdge edge = TunnelEdge.builder()
 *         .https(8443, authority.certificates())
 *         .connectors(7844, authority.certificates())
 *         .build()) {
 *     edge.start().toCompletableFuture().join();
 *     TunnelCredentials credentials = edge.tunnels().create("web");
 *     edge.routes().add("app.localhost", credentials);
 *     ...
 * }
 * }</pre>
 *
 * <p>States: built, running, draining, closed. Thread-safe. What the caller passes in (event loops, a store) the caller closes.
 */
public final class TunnelEdge implements AutoCloseable {
    private final EdgeSettings config;
    private final EdgeStore store;
    private final EdgeTunnels tunnels;
    private final EdgeRoutes routes;
    private @Nullable EdgeState state;
    private @Nullable Access access;
    private @Nullable EdgeRuntime runtime;
    private boolean closed;

    private TunnelEdge(EdgeSettings config) {
        this.config = config;
        this.store = config.store == null ? EdgeStore.inMemory() : config.store;
        this.tunnels = new EdgeTunnels(this::state, config.accountTag);
        this.routes = new EdgeRoutes(this::state);
    }

    /**
     * Starts an edge's configuration.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens the listeners and stores the account and zones of the configuration. A failed start leaves nothing open.
     *
     * @return completes when all of them listen; fails with a {@link TunnelException} that says what could not be had
     * @throws IllegalStateException if it was started before or is closed
     */
    public CompletionStage<Void> start() {
        EdgeRuntime started;
        synchronized (this) {
            if (closed || runtime != null) {
                throw new IllegalStateException(closed ? "edge is closed" : "edge is started already");
            }
            started = new EdgeRuntime(config, state());
            runtime = started;
        }
        return started.bind();
    }

    /**
     * Returns the tunnels.
     *
     * @return to be used before and after the start
     */
    public EdgeTunnels tunnels() {
        return tunnels;
    }

    /**
     * Returns the hostname routes.
     *
     * @return to be used before and after the start
     */
    public EdgeRoutes routes() {
        return routes;
    }

    /**
     * Returns who may pass.
     *
     * @return to be used before and after the start
     * @throws IllegalStateException if the edge was built without {@link Builder#access}
     */
    public synchronized Access access() {
        if (!config.hasAccess) {
            // Rules that nobody asks would leave open what they seem to protect.
            throw new IllegalStateException("access: not switched on (expected: Builder.access with the team domain)");
        }
        Access open = access;
        if (open == null) {
            open = new Access(new StoredAccessState(state()), InstantSource.system());
            access = open;
        }
        return open;
    }

    /**
     * Returns where HTTPS is served.
     *
     * @return the bound address
     * @throws IllegalStateException if it is not
     */
    public InetSocketAddress httpsAddress() {
        return running().address(EdgeRuntime.Port.HTTPS);
    }

    /**
     * Returns where plain HTTP is redirected to HTTPS.
     *
     * @return the bound address
     * @throws IllegalStateException if it is not
     */
    public InetSocketAddress httpAddress() {
        return running().address(EdgeRuntime.Port.HTTP);
    }

    /**
     * Returns where connectors dial in.
     *
     * @return the bound address
     * @throws IllegalStateException if nothing listens for them
     */
    public InetSocketAddress connectorsAddress() {
        return running().address(EdgeRuntime.Port.CONNECTORS);
    }

    /**
     * Returns where the operator's interface is served.
     *
     * @return the bound address
     * @throws IllegalStateException if it is not
     */
    public InetSocketAddress adminAddress() {
        return running().address(EdgeRuntime.Port.ADMIN);
    }

    /**
     * Returns where metrics and health are served.
     *
     * @return the bound address
     * @throws IllegalStateException if they are not
     */
    public InetSocketAddress metricsAddress() {
        return running().address(EdgeRuntime.Port.METRICS);
    }

    /**
     * Returns where raw TCP connections to a hostname are taken.
     *
     * @param hostname as given to {@link Builder#tcp}
     * @return the bound address
     * @throws IllegalStateException if they are not
     */
    public InetSocketAddress tcpAddress(String hostname) {
        return running().tcpAddress(hostname);
    }

    /**
     * Returns how many connections connectors have registered.
     *
     * @return connections that take requests or finish old ones
     */
    public int connectorConnections() {
        return running().registry().connections().size();
    }

    /**
     * Takes no new connections, lets running requests end, tells connectors to go, then closes.
     *
     * @param grace how long requests may run on; the rest is cut
     * @return completes when everything is closed
     */
    public CompletionStage<DrainReport> drain(Duration grace) {
        requireNonNull(grace, "grace");
        return running().drain(grace).whenComplete((report, failure) -> close());
    }

    /**
     * What came of a drain.
     *
     * @param finished requests that were under way and ended by themselves
     * @param cut requests that were cut at the deadline
     * @param elapsed how long it took
     */
    public record DrainReport(long finished, long cut, Duration elapsed) {}

    /**
     * Closes listeners and connections at once. Idempotent.
     *
     * @throws IllegalStateException on one of the edge's event loops
     */
    @Override
    public void close() {
        EdgeRuntime running;
        EdgeState open;
        synchronized (this) {
            if (closed) {
                return;
            }
            running = runtime;
            if (running != null) {
                running.checkNotOnLoop();
            }
            closed = true;
            open = state;
        }
        if (running != null) {
            running.close();
        }
        if (open != null) {
            open.close();
        }
        if (config.store == null) {
            store.close();
        }
    }

    synchronized EdgeState state() {
        if (closed) {
            throw new TunnelException(TunnelErrorCode.TERMINATED, "edge is closed");
        }
        EdgeState open = state;
        if (open == null) {
            open = EdgeState.open(store);
            state = open;
        }
        return open;
    }

    EdgeOperations operations() {
        return running().operations();
    }

    private synchronized EdgeRuntime running() {
        EdgeRuntime current = runtime;
        if (current == null) {
            throw new IllegalStateException("edge is not started");
        }
        return current;
    }

    /** Configures a {@link TunnelEdge}. Not thread-safe. */
    public static final class Builder {
        private static final int MIN_TOKEN = 16;
        private static final int MAX_TOKEN = 256;

        private final EdgeSettings settings = new EdgeSettings();

        private Builder() {}

        /**
         * Serves HTTPS on a port of all interfaces.
         *
         * @param port 0 for any
         * @param certificates what to show
         * @return this
         */
        public Builder https(int port, EdgeCertificates certificates) {
            return https(new InetSocketAddress(port), certificates);
        }

        /**
         * Serves HTTPS.
         *
         * @param address where; port 0 for any
         * @param certificates what to show
         * @return this
         */
        public Builder https(InetSocketAddress address, EdgeCertificates certificates) {
            settings.httpsAddress = requireNonNull(address, "address");
            settings.httpsCertificates = requireNonNull(certificates, "certificates");
            return this;
        }

        /**
         * Redirects plain HTTP to HTTPS.
         *
         * @param address where; port 0 for any
         * @return this
         */
        public Builder http(InetSocketAddress address) {
            settings.httpAddress = requireNonNull(address, "address");
            return this;
        }

        /**
         * Takes connectors on a port of all interfaces; theirs is 7844.
         *
         * @param port 0 for any
         * @param certificates valid for {@code h2.cftunnel.com}, from an authority that connectors trust
         * @return this
         */
        public Builder connectors(int port, EdgeCertificates certificates) {
            return connectors(new InetSocketAddress(port), certificates);
        }

        /**
         * Takes connectors.
         *
         * @param address where; port 0 for any
         * @param certificates valid for {@code h2.cftunnel.com}, from an authority that connectors trust
         * @return this
         */
        public Builder connectors(InetSocketAddress address, EdgeCertificates certificates) {
            settings.connectorsAddress = requireNonNull(address, "address");
            settings.connectorsCertificates = requireNonNull(certificates, "certificates");
            return this;
        }

        /**
         * Takes raw TCP connections and sends each through the tunnel of a hostname whose service is {@code tcp://}. There is no login on such a
         * port: whoever reaches it reaches the service.
         *
         * @param address where; port 0 for any
         * @param hostname a routed hostname, which has no such port yet
         * @return this
         */
        public Builder tcp(InetSocketAddress address, String hostname) {
            String name = requireNonNull(hostname, "hostname").toLowerCase(Locale.ROOT);
            if (settings.tcpListeners.putIfAbsent(name, requireNonNull(address, "address")) != null) {
                throw new IllegalArgumentException("hostname: " + name + " (expected: one port per hostname)");
            }
            return this;
        }

        /**
         * Serves the operator's interface over plain HTTP; so on loopback only.
         *
         * @param address a loopback address; port 0 for any
         * @return this
         */
        public Builder admin(InetSocketAddress address) {
            if (address.getAddress() == null || !address.getAddress().isLoopbackAddress()) {
                throw new IllegalArgumentException(
                        "address: " + address + " (expected: loopback; elsewhere it needs certificates)");
            }
            settings.adminAddress = address;
            settings.adminCertificates = null;
            return this;
        }

        /**
         * Serves the operator's interface over HTTPS.
         *
         * @param address where; port 0 for any
         * @param certificates what to show
         * @return this
         */
        public Builder admin(InetSocketAddress address, EdgeCertificates certificates) {
            settings.adminAddress = requireNonNull(address, "address");
            settings.adminCertificates = requireNonNull(certificates, "certificates");
            return this;
        }

        /**
         * Serves {@code /metrics} for Prometheus, {@code /ready} and {@code /healthcheck} for load balancers, over plain HTTP.
         *
         * @param address where; port 0 for any
         * @return this
         */
        public Builder metrics(InetSocketAddress address) {
            settings.metricsAddress = requireNonNull(address, "address");
            return this;
        }

        /**
         * Keeps tunnels, routes and applications in a store. Default: in memory, forgotten at the end.
         *
         * @param newStore the caller closes it
         * @return this
         */
        public Builder store(EdgeStore newStore) {
            settings.store = requireNonNull(newStore, "store");
            return this;
        }

        /**
         * Sets the bounds for clients.
         *
         * @param newLimits limits
         * @return this
         */
        public Builder limits(EdgeLimits newLimits) {
            settings.limits = requireNonNull(newLimits, "limits");
            return this;
        }

        /**
         * Believes proxies what they say about clients in {@code X-Forwarded-For}, {@code -Proto} and {@code -Host}.
         *
         * @param networks addresses and networks such as {@code 10.0.0.0/8}
         * @return this
         */
        public Builder trustedProxies(List<String> networks) {
            settings.trustedProxies = TrustedProxies.of(networks);
            return this;
        }

        /**
         * Expects a PROXY protocol header, version 1 or 2, on HTTPS connections from trusted proxies.
         *
         * @return this
         */
        public Builder proxyProtocol() {
            settings.proxyProtocol = true;
            return this;
        }

        /**
         * Lets HTTPS clients show a certificate, for policies that ask for one.
         *
         * @param authorities who issues them
         * @return this
         */
        public Builder clientAuthorities(List<X509Certificate> authorities) {
            settings.clientAuthorities = List.copyOf(authorities);
            return this;
        }

        /**
         * Sets who hears of connectors and requests.
         *
         * @param newListener must not block
         * @return this
         */
        public Builder listener(EdgeListener newListener) {
            settings.listener = requireNonNull(newListener, "listener");
            return this;
        }

        /**
         * Uses the caller's event loops. Default: own ones, half as many as there are processors.
         *
         * @param group NIO, epoll or kqueue; the caller ends it after the edge
         * @return this
         */
        public Builder eventLoops(EventLoopGroup group) {
            settings.eventLoops = requireNonNull(group, "group");
            return this;
        }

        /**
         * Sets how long an own event loop that has nothing to do looks for something before it sleeps. Default 200 µs, which takes most of the time away that an edge adds
         * to a lone request. Looking is left off for a while whenever it was in vain, and the processor is offered to other threads meanwhile; still a loop
         * that serves one request after the other keeps a processor busy. Of no effect on the caller's event loops, and where there is one processor only.
         *
         * @param most zero to sleep at once, up to 10 ms
         * @return this
         */
        public Builder busyPoll(Duration most) {
            settings.busyPoll = EventLoops.checkedBusyPoll(most);
            return this;
        }

        /**
         * Sets the short name of this site, told to connectors and part of request ids. Default {@code EDGE}.
         *
         * @param name 1 to 16 letters and digits
         * @return this
         */
        public Builder location(String name) {
            if (!name.matches("[A-Za-z0-9]{1,16}")) {
                throw new IllegalArgumentException("location: " + name + " (expected: 1 to 16 letters and digits)");
            }
            settings.location = name;
            return this;
        }

        /**
         * Sets the account that owns tunnels created in code.
         *
         * @param tag 32 hexadecimal digits
         * @return this
         */
        public Builder account(String tag) {
            if (!tag.matches("[0-9a-f]{32}")) {
                throw new IllegalArgumentException("account: (expected: 32 hexadecimal digits)");
            }
            settings.accountTag = tag;
            return this;
        }

        /**
         * Puts Access in front of every public request: protected hosts ask for a login or a service token. Default: everything is public.
         *
         * @param access where people log in
         * @return this
         */
        public Builder access(AccessSettings access) {
            requireNonNull(access, "access");
            settings.hasAccess = true;
            settings.transferHosts = access.transferHosts();
            settings.gate = state -> AccessGate.builder(access)
                    .state(new StoredAccessState(state))
                    .build();
            return this;
        }

        /** Changes what has no setter of its own. */
        Builder settings(Consumer<EdgeSettings> change) {
            change.accept(settings);
            return this;
        }

        /**
         * Sets a bearer token of the management API that may do everything; also what operators sign in with. More can be made through the API.
         *
         * @param token a secret of at least 16 characters
         * @return this
         */
        public Builder adminToken(String token) {
            if (token.length() < MIN_TOKEN || token.length() > MAX_TOKEN) {
                throw new IllegalArgumentException("token of " + token.length() + " characters (expected: " + MIN_TOKEN
                        + " to " + MAX_TOKEN + ")");
            }
            settings.operator = settings.operator.withToken(token);
            return this;
        }

        /**
         * Serves the operators' API and pages on the public HTTPS listener as well, under a hostname of their own.
         *
         * @param hostname e.g. {@code edge.example.com}; the command line's API address is then {@code https://edge.example.com/client/v4}
         * @return this
         */
        public Builder operatorHost(String hostname) {
            settings.operator = settings.operator.withHost(hostname.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Names the domains below which the API routes hostnames to tunnels. What is routed in code needs none.
         *
         * @param domains e.g. {@code example.com}
         * @return this
         */
        public Builder zones(List<String> domains) {
            List<String> zones =
                    domains.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
            settings.operator = settings.operator.withZones(zones);
            return this;
        }

        /**
         * Gives anybody who asks a tunnel under a random name, at {@code POST /tunnel} of the operators' site.
         *
         * @param suffix the domain of the names, e.g. {@code try.example.com}
         * @return this
         */
        public Builder quickTunnels(String suffix) {
            settings.operator = settings.operator.withQuickSuffix(suffix.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Builds the edge. Starts nothing.
         *
         * @return a new edge
         * @throws IllegalStateException if it would listen nowhere
         */
        public TunnelEdge build() {
            if (settings.httpsAddress == null && settings.connectorsAddress == null) {
                throw new IllegalStateException("no listener (expected: https and connectors)");
            }
            if (settings.httpAddress != null && settings.httpsAddress == null) {
                throw new IllegalStateException("http redirects to https, which is not served");
            }
            return new TunnelEdge(settings.copy());
        }
    }
}
