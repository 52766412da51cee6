package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.time.Duration;

/**
 * Bounds that protect an edge from its clients. Immutable, thread-safe.
 *
 * <p>The defaults suit a public edge; what exceeds a bound is refused with the status or error the protocol has for it.
 */
public final class EdgeLimits {
    private final Builder values;

    private EdgeLimits(Builder values) {
        this.values = values;
    }

    /**
     * Returns the defaults.
     *
     * @return limits for a public edge
     */
    public static EdgeLimits defaults() {
        return builder().build();
    }

    /**
     * Starts from the defaults.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the bound of a request's head.
     *
     * @return bytes of names and values with what stands between them
     */
    public int maxHeadBytes() {
        return values.maxHeadBytes;
    }

    /**
     * Returns the bound of a request's fields.
     *
     * @return number of fields
     */
    public int maxFields() {
        return values.maxFields;
    }

    /**
     * Returns the time for the TLS handshake, and again for the first request's head.
     *
     * @return a duration
     */
    public Duration requestHeadTimeout() {
        return values.requestHeadTimeout;
    }

    /**
     * Returns the time a connection may stay open without a request.
     *
     * @return a duration
     */
    public Duration keepAliveTimeout() {
        return values.keepAliveTimeout;
    }

    /**
     * Returns the time from a request's last byte to the response's first.
     *
     * @return a duration
     */
    public Duration firstByteTimeout() {
        return values.firstByteTimeout;
    }

    /**
     * Returns the time an exchange, WebSockets included, may go without a byte in either direction.
     *
     * @return a duration
     */
    public Duration idleTimeout() {
        return values.idleTimeout;
    }

    /**
     * Returns the bound of concurrent requests on one HTTP/2 connection.
     *
     * @return streams
     */
    public int maxStreamsPerConnection() {
        return values.maxStreamsPerConnection;
    }

    /**
     * Returns the bound of public connections.
     *
     * @return connections to one listener
     */
    public int maxConnections() {
        return values.maxConnections;
    }

    /**
     * Returns the bound of public connections from one address.
     *
     * @return connections to one listener
     */
    public int maxConnectionsPerAddress() {
        return values.maxConnectionsPerAddress;
    }

    /**
     * Returns how many requests a hostname may get per second.
     *
     * @return requests; 0 for no bound
     */
    public int requestsPerSecond() {
        return values.requestsPerSecond;
    }

    /**
     * Returns how many requests a hostname may get at once when it was idle before.
     *
     * @return requests
     */
    public int requestBurst() {
        return values.requestBurst;
    }

    /** Builds {@link EdgeLimits}. Not thread-safe. */
    public static final class Builder {
        private int maxHeadBytes = 64 << 10;
        private int maxFields = 200;
        private Duration requestHeadTimeout = Duration.ofSeconds(15);
        private Duration keepAliveTimeout = Duration.ofSeconds(75);
        private Duration firstByteTimeout = Duration.ofMinutes(2);
        private Duration idleTimeout = Duration.ofMinutes(10);
        private int maxStreamsPerConnection = 250;
        private int maxConnections = 50_000;
        private int maxConnectionsPerAddress = 5_000;
        private int requestsPerSecond;
        private int requestBurst;

        private Builder() {}

        /**
         * Sets the bounds of a request's head. Default 64 KiB and 200 fields; more is answered with 431.
         *
         * @param bytes at least 1024
         * @param fields at least 10
         * @return this
         */
        public Builder head(int bytes, int fields) {
            maxHeadBytes = atLeast(bytes, 1024, "bytes");
            maxFields = atLeast(fields, 10, "fields");
            return this;
        }

        /**
         * Sets the time for the TLS handshake, and again for the first request's head. Default 15 s.
         *
         * @param timeout positive
         * @return this
         */
        public Builder requestHeadTimeout(Duration timeout) {
            requestHeadTimeout = positive(timeout, "timeout");
            return this;
        }

        /**
         * Sets the time a connection may stay open without a request. Default 75 s.
         *
         * @param timeout positive
         * @return this
         */
        public Builder keepAliveTimeout(Duration timeout) {
            keepAliveTimeout = positive(timeout, "timeout");
            return this;
        }

        /**
         * Sets the time from a request's last byte to the response's first; then 504. Default 120 s.
         *
         * @param timeout positive
         * @return this
         */
        public Builder firstByteTimeout(Duration timeout) {
            firstByteTimeout = positive(timeout, "timeout");
            return this;
        }

        /**
         * Sets the time an exchange may go without a byte in either direction. Default 10 minutes.
         *
         * @param timeout positive
         * @return this
         */
        public Builder idleTimeout(Duration timeout) {
            idleTimeout = positive(timeout, "timeout");
            return this;
        }

        /**
         * Sets the bound of concurrent requests on one HTTP/2 connection. Default 250.
         *
         * @param streams at least 1
         * @return this
         */
        public Builder maxStreamsPerConnection(int streams) {
            maxStreamsPerConnection = atLeast(streams, 1, "streams");
            return this;
        }

        /**
         * Sets the bounds of connections to one public listener. Default 50,000 and 5,000 per address.
         *
         * @param all at least 1
         * @param perAddress at least 1
         * @return this
         */
        public Builder maxConnections(int all, int perAddress) {
            maxConnections = atLeast(all, 1, "all");
            maxConnectionsPerAddress = atLeast(perAddress, 1, "perAddress");
            return this;
        }

        /**
         * Bounds the requests to each hostname; more is answered with 429. Default no bound.
         *
         * @param perSecond in the long run
         * @param burst at once, when the hostname was idle before
         * @return this
         */
        public Builder requestRate(int perSecond, int burst) {
            requestsPerSecond = atLeast(perSecond, 1, "perSecond");
            requestBurst = atLeast(burst, 1, "burst");
            return this;
        }

        /**
         * Builds the limits.
         *
         * @return an immutable value
         */
        public EdgeLimits build() {
            Builder copy = new Builder();
            copy.maxHeadBytes = maxHeadBytes;
            copy.maxFields = maxFields;
            copy.requestHeadTimeout = requestHeadTimeout;
            copy.keepAliveTimeout = keepAliveTimeout;
            copy.firstByteTimeout = firstByteTimeout;
            copy.idleTimeout = idleTimeout;
            copy.maxStreamsPerConnection = maxStreamsPerConnection;
            copy.maxConnections = maxConnections;
            copy.maxConnectionsPerAddress = maxConnectionsPerAddress;
            copy.requestsPerSecond = requestsPerSecond;
            copy.requestBurst = requestBurst;
            return new EdgeLimits(copy);
        }

        private static int atLeast(int value, int min, String name) {
            if (value < min) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + min + ")");
            }
            return value;
        }

        private static Duration positive(Duration value, String name) {
            if (requireNonNull(value, name).isNegative() || value.isZero()) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
            }
            return value;
        }
    }
}
