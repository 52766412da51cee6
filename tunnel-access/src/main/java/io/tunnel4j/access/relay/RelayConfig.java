package io.tunnel4j.access.relay;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.access.ServiceToken;
import io.tunnel4j.access.TokenProvider;
import io.tunnel4j.transport.TrustRoots;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What all connections of one client have in common. Immutable, thread-safe. */
public final class RelayConfig {
    final TrustRoots trust;
    final String userAgent;
    final @Nullable TokenProvider tokens;
    final @Nullable Supplier<ServiceToken> serviceToken;
    final @Nullable OutboundProxy proxy;
    final Duration connectTimeout;
    final Duration answerTimeout;
    final StreamTimes times;
    final boolean separateConnections;

    private RelayConfig(Builder builder) {
        trust = requireNonNull(builder.trust, "trust");
        userAgent = builder.userAgent;
        tokens = builder.tokens;
        serviceToken = builder.serviceToken;
        proxy = builder.proxy;
        connectTimeout = builder.connectTimeout;
        answerTimeout = builder.answerTimeout;
        separateConnections = builder.separateConnections;
        times = StreamTimes.of(builder.pingInterval, builder.halfCloseGrace);
    }

    /**
     * Starts with the defaults.
     *
     * @param userAgent how this client names itself
     * @param trust whose certificates an edge may show
     * @return a new builder
     */
    public static Builder builder(String userAgent, TrustRoots trust) {
        return new Builder(requireNonNull(userAgent, "userAgent"), requireNonNull(trust, "trust"));
    }

    /** Builds a {@link RelayConfig}. Not thread-safe. */
    public static final class Builder {
        private final String userAgent;
        private final TrustRoots trust;
        private @Nullable TokenProvider tokens;
        private @Nullable Supplier<ServiceToken> serviceToken;
        private @Nullable OutboundProxy proxy;
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration answerTimeout = Duration.ofSeconds(60);
        private Duration pingInterval = Duration.ofSeconds(30);
        private Duration halfCloseGrace = Duration.ofSeconds(30);

        private boolean separateConnections;

        private Builder(String userAgent, TrustRoots trust) {
            this.userAgent = userAgent;
            this.trust = trust;
        }

        /**
         * Sets where app tokens come from.
         *
         * @param provider null for none: applications that want a login are refused
         * @return this
         */
        public Builder tokens(@Nullable TokenProvider provider) {
            tokens = provider;
            return this;
        }

        /**
         * Sets the service token of targets without one of their own.
         *
         * @param source asked before each connection, on a thread that may block; null for none
         * @return this
         */
        public Builder serviceToken(@Nullable Supplier<ServiceToken> source) {
            serviceToken = source;
            return this;
        }

        /**
         * Sets the proxy on the way out.
         *
         * @param outboundProxy null for direct connections
         * @return this
         */
        public Builder proxy(@Nullable OutboundProxy outboundProxy) {
            proxy = outboundProxy;
            return this;
        }

        /**
         * Gives each stream a TLS connection of its own. By default they share one where the edge offers it.
         *
         * @return this
         */
        public Builder separateConnections() {
            separateConnections = true;
            return this;
        }

        /**
         * Sets how long TCP and TLS may take, each.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = positive(timeout, "connectTimeout");
            return this;
        }

        /**
         * Sets how long the answer to an upgrade may take; the origin is dialled meanwhile.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder answerTimeout(Duration timeout) {
            answerTimeout = positive(timeout, "answerTimeout");
            return this;
        }

        /**
         * Sets the idle time after which a ping is sent.
         *
         * @param interval more than zero
         * @return this
         */
        public Builder pingInterval(Duration interval) {
            pingInterval = positive(interval, "pingInterval");
            return this;
        }

        /**
         * Sets how long nothing may come from the edge after the local side has ended.
         *
         * @param grace more than zero
         * @return this
         */
        public Builder halfCloseGrace(Duration grace) {
            halfCloseGrace = positive(grace, "halfCloseGrace");
            return this;
        }

        /**
         * Builds the configuration.
         *
         * @return an immutable value
         */
        public RelayConfig build() {
            return new RelayConfig(this);
        }

        private static Duration positive(Duration value, String name) {
            if (value.isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
            }
            return value;
        }
    }
}
