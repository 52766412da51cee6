package io.tunnel4j;

import java.time.Duration;

/**
 * Receives measurements for a metrics library. Every method does nothing unless overridden.
 *
 * <p>Called on event loops: implementations count, never block and do not throw (what they throw is logged once at WARN, and ends the
 * calls). Labels have few values by construction: rules, never raw hosts.
 */
public interface ConnectorMetrics {
    /** Measures nothing. */
    ConnectorMetrics NONE = new ConnectorMetrics() {};

    /** What a stream was for. */
    enum Kind {
        /** An HTTP request. */
        HTTP,
        /** A WebSocket. */
        WEBSOCKET,
        /** A TCP stream. */
        TCP,
        /** A configuration pushed by the edge. */
        CONFIGURATION
    }

    /**
     * A request arrived.
     *
     * @param rule the ingress rule as {@code hostname/path}, {@code *} for the one that covers everything; empty when there is none
     * @param kind what it is for
     */
    default void requestStarted(String rule, Kind kind) {}

    /**
     * A request ended; follows each {@link #requestStarted} exactly once.
     *
     * @param rule as before
     * @param kind as before
     * @param result how it went
     */
    default void requestEnded(String rule, Kind kind, RequestResult result) {}

    /**
     * A TCP stream, raw or behind a WebSocket, got its connection to the origin.
     *
     * @param rule as in {@link #requestStarted}
     * @param kind what it is for
     * @param elapsed how long that took, look-up included
     */
    default void originConnected(String rule, Kind kind, Duration elapsed) {}

    /**
     * A TCP stream, raw or behind a WebSocket, got no connection to the origin.
     *
     * @param rule as in {@link #requestStarted}
     * @param kind what it is for
     */
    default void originConnectFailed(String rule, Kind kind) {}

    /**
     * A call to the edge ended.
     *
     * @param method {@code register_connection}, {@code unregister_connection} or {@code update_local_configuration}
     * @param succeeded false when it was refused, failed or took too long
     * @param elapsed how long it took
     */
    default void rpcEnded(String method, boolean succeeded, Duration elapsed) {}

    /**
     * A connection was registered.
     *
     * @param index its index
     * @param location the edge's site
     */
    default void connectionRegistered(int index, String location) {}

    /**
     * A connection ended, or an attempt failed.
     *
     * @param index its index
     * @param wasRegistered false for a failed attempt
     * @param code why
     */
    default void connectionLost(int index, boolean wasRegistered, TunnelErrorCode code) {}

    /** How a request went. Immutable. */
    final class RequestResult {
        private final int status;
        private final long requestBytes;
        private final long responseBytes;
        private final boolean failed;

        RequestResult(int status, long requestBytes, long responseBytes, boolean failed) {
            this.status = status;
            this.requestBytes = requestBytes;
            this.responseBytes = responseBytes;
            this.failed = failed;
        }

        /**
         * Returns the status sent to the edge.
         *
         * @return an HTTP status; 0 when none was sent
         */
        public int status() {
            return status;
        }

        /**
         * Returns the body bytes from the edge.
         *
         * @return 0 or more
         */
        public long requestBytes() {
            return requestBytes;
        }

        /**
         * Returns the body bytes to the edge.
         *
         * @return 0 or more
         */
        public long responseBytes() {
            return responseBytes;
        }

        /**
         * Tells whether the origin could not serve.
         *
         * @return true for an origin that is down, broke off, or is not trusted
         */
        public boolean isFailed() {
            return failed;
        }
    }
}
