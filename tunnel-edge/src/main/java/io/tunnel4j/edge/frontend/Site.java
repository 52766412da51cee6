package io.tunnel4j.edge.frontend;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.EdgeLimits;
import io.tunnel4j.edge.RequestEvent;
import io.tunnel4j.edge.gate.Gate;
import io.tunnel4j.edge.registry.ConnectorRegistry;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What a listener serves and within which bounds. Immutable, thread-safe; start from {@link #builder}. */
public final class Site {
    final Gate gate;
    final TunnelPicker picker;
    final EdgeLimits limits;
    final TrustedProxies trustedProxies;
    final boolean proxyProtocol;
    final RateLimiter rateLimiter;
    final FrontendCounters counters;
    final @Nullable Consumer<RequestEvent> accessLog;
    final @Nullable Consumer<RequestEvent> failureLog;
    final String location;

    private final Builder origin;

    private Site(Builder b) {
        gate = b.gate;
        picker = new TunnelPicker(b.router, b.registry);
        limits = b.limits;
        trustedProxies = b.trustedProxies;
        proxyProtocol = b.proxyProtocol;
        rateLimiter = new RateLimiter(b.limits.requestsPerSecond(), b.limits.requestBurst());
        counters = b.counters;
        accessLog = b.accessLog;
        failureLog = b.failureLog;
        location = b.location;
        origin = b;
    }

    /** The same site for clients that no gate can ask anything. */
    Site ungated() {
        Builder copy = new Builder(Gate.OPEN);
        copy.router = origin.router;
        copy.registry = origin.registry;
        copy.limits = limits;
        copy.counters = counters;
        copy.accessLog = accessLog;
        copy.failureLog = failureLog;
        copy.location = location;
        return copy.build();
    }

    /**
     * Starts a site that asks a gate and has no tunnels.
     *
     * @param gate stands in front of every request
     * @return a new builder
     */
    public static Builder builder(Gate gate) {
        return new Builder(requireNonNull(gate, "gate"));
    }

    /** Builds a {@link Site}. Not thread-safe. */
    public static final class Builder {
        private final Gate gate;
        private HostRouter router = HostRouter.NONE;
        private ConnectorRegistry registry = new ConnectorRegistry();
        private EdgeLimits limits = EdgeLimits.defaults();
        private TrustedProxies trustedProxies = TrustedProxies.NONE;
        private boolean proxyProtocol;
        private FrontendCounters counters = new FrontendCounters();
        private @Nullable Consumer<RequestEvent> accessLog;
        private @Nullable Consumer<RequestEvent> failureLog;
        private String location = "EDGE";

        private Builder(Gate gate) {
            this.gate = gate;
        }

        /**
         * Sets where requests go that the gate lets pass.
         *
         * @param newRouter hostname to tunnels
         * @param newRegistry tunnel to connections
         * @return this
         */
        public Builder tunnels(HostRouter newRouter, ConnectorRegistry newRegistry) {
            router = newRouter;
            registry = newRegistry;
            return this;
        }

        /**
         * Sets the bounds.
         *
         * @param newLimits limits
         * @return this
         */
        public Builder limits(EdgeLimits newLimits) {
            limits = newLimits;
            return this;
        }

        /**
         * Sets whose word about the client's address counts.
         *
         * @param proxies networks of proxies
         * @param withProxyProtocol whether they may begin a connection with a PROXY protocol header
         * @return this
         */
        public Builder trustedProxies(TrustedProxies proxies, boolean withProxyProtocol) {
            trustedProxies = proxies;
            proxyProtocol = withProxyProtocol;
            return this;
        }

        /**
         * Sets what counts.
         *
         * @param newCounters counters, possibly shared between sites
         * @return this
         */
        public Builder counters(FrontendCounters newCounters) {
            counters = newCounters;
            return this;
        }

        /**
         * Sets who hears of every request's end, on an event loop.
         *
         * @param log must not block; null for nobody
         * @return this
         */
        public Builder accessLog(@Nullable Consumer<RequestEvent> log) {
            accessLog = log;
            return this;
        }

        /**
         * Sets who hears of requests that failed because of origin, connector or edge, on an event loop.
         *
         * @param log must not block; null for nobody
         * @return this
         */
        public Builder failureLog(@Nullable Consumer<RequestEvent> log) {
            failureLog = log;
            return this;
        }

        /**
         * Sets the site's name in request ids.
         *
         * @param name a few letters
         * @return this
         */
        public Builder location(String name) {
            location = name;
            return this;
        }

        /**
         * Builds the site.
         *
         * @return an immutable value
         */
        public Site build() {
            return new Site(this);
        }
    }
}
