package io.tunnel4j.edge.registry;

import java.net.InetSocketAddress;

/** What happens to connectors. Called on event loops; implementations do not block and do not throw. */
public interface ConnectorEvents {
    /** Hears nothing. */
    ConnectorEvents NONE = new ConnectorEvents() {};

    /**
     * A connection serves its tunnel from now on.
     *
     * @param connection the connection
     */
    default void registered(ConnectorConnection connection) {}

    /**
     * A connector was not let in.
     *
     * @param remote where it came from
     * @param cause the answer it got
     */
    default void refused(InetSocketAddress remote, String cause) {}

    /**
     * A connection gets no new streams: its connector, or this edge, shuts down.
     *
     * @param connection the connection
     */
    default void leaving(ConnectorConnection connection) {}

    /**
     * A connection that was registered is gone.
     *
     * @param connection the connection
     * @param reason in a few words
     */
    default void closed(ConnectorConnection connection, String reason) {}

    /**
     * A connector reported the configuration it runs with.
     *
     * @param connection the connection it used
     * @param json the report
     */
    default void localConfiguration(ConnectorConnection connection, String json) {}

    /**
     * A connector answered a pushed configuration.
     *
     * @param connection the connection it was pushed on
     * @param outcome what it made of it
     */
    default void configurationAnswered(ConnectorConnection connection, ConfigurationOutcome outcome) {}
}
