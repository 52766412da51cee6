package io.tunnel4j;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Something that happened to a connector. Events are immutable. More types may be added. */
public abstract class ConnectorEvent {
    ConnectorEvent() {}

    /** The connector's state changed. */
    public static final class StateChanged extends ConnectorEvent {
        private final ConnectorState from;
        private final ConnectorState to;

        StateChanged(ConnectorState from, ConnectorState to) {
            this.from = from;
            this.to = to;
        }

        /**
         * Returns the former state.
         *
         * @return the state left
         */
        public ConnectorState from() {
            return from;
        }

        /**
         * Returns the new state.
         *
         * @return the state entered
         */
        public ConnectorState to() {
            return to;
        }

        @Override
        public String toString() {
            return "state " + from + " -> " + to;
        }
    }

    /** A connection was registered. */
    public static final class ConnectionRegistered extends ConnectorEvent {
        private final ConnectionInfo connection;

        ConnectionRegistered(ConnectionInfo connection) {
            this.connection = connection;
        }

        /**
         * Returns the connection.
         *
         * @return as it was just registered
         */
        public ConnectionInfo connection() {
            return connection;
        }

        @Override
        public String toString() {
            return "registered " + connection;
        }
    }

    /** A registered connection ended, or an attempt at one failed. */
    public static final class ConnectionLost extends ConnectorEvent {
        private final int index;
        private final @Nullable InetSocketAddress edgeAddress;
        private final boolean wasRegistered;
        private final TunnelException cause;
        private final @Nullable Duration retryIn;

        ConnectionLost(
                int index,
                @Nullable InetSocketAddress edgeAddress,
                boolean wasRegistered,
                TunnelException cause,
                @Nullable Duration retryIn) {
            this.index = index;
            this.edgeAddress = edgeAddress;
            this.wasRegistered = wasRegistered;
            this.cause = cause;
            this.retryIn = retryIn;
        }

        /**
         * Returns which of the connector's connections it is.
         *
         * @return its index
         */
        public int index() {
            return index;
        }

        /**
         * Returns where the edge was.
         *
         * @return empty when no address could be had
         */
        public Optional<InetSocketAddress> edgeAddress() {
            return Optional.ofNullable(edgeAddress);
        }

        /**
         * Tells a lost connection from a failed attempt.
         *
         * @return true if the connection had been registered
         */
        public boolean wasRegistered() {
            return wasRegistered;
        }

        /**
         * Returns why.
         *
         * @return the cause, with its code
         */
        public TunnelException cause() {
            return cause;
        }

        /**
         * Returns when the next attempt begins.
         *
         * @return the wait; empty when there is no next attempt
         */
        public Optional<Duration> retryIn() {
            return Optional.ofNullable(retryIn);
        }

        @Override
        public String toString() {
            return "connection " + index + (wasRegistered ? " lost: " : " failed: ") + cause.getMessage()
                    + (retryIn == null ? "" : ", next attempt in " + retryIn.toMillis() + " ms");
        }
    }

    /** The edge asked to move a connection elsewhere; a replacement is under way and running requests finish on the old one. */
    public static final class EdgeGoesAway extends ConnectorEvent {
        private final int index;

        EdgeGoesAway(int index) {
            this.index = index;
        }

        /**
         * Returns which of the connector's connections it is.
         *
         * @return its index
         */
        public int index() {
            return index;
        }

        @Override
        public String toString() {
            return "edge goes away on connection " + index;
        }
    }

    /** The edge pushed a configuration. */
    public static final class ConfigurationPushed extends ConnectorEvent {
        private final int version;
        private final @Nullable String error;

        ConfigurationPushed(int version, @Nullable String error) {
            this.version = version;
            this.error = error;
        }

        /**
         * Returns the version in force now.
         *
         * @return the new version; the former one when the push was not valid
         */
        public int version() {
            return version;
        }

        /**
         * Returns what is wrong with the pushed configuration.
         *
         * @return empty when it is in force
         */
        public Optional<String> error() {
            return Optional.ofNullable(error);
        }

        @Override
        public String toString() {
            return error == null ? "configuration " + version + " in force" : "configuration refused: " + error;
        }
    }

    /** Draining has ended. */
    public static final class Drained extends ConnectorEvent {
        private final DrainReport report;

        Drained(DrainReport report) {
            this.report = report;
        }

        /**
         * Returns what became of the running work.
         *
         * @return the report
         */
        public DrainReport report() {
            return report;
        }

        @Override
        public String toString() {
            return "drained " + report;
        }
    }
}
