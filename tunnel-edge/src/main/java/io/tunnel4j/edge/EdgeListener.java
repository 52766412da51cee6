package io.tunnel4j.edge;

import java.net.InetSocketAddress;
import java.util.UUID;

/**
 * Hears what happens at an edge. Called on event loops: implementations must not block; what they throw is logged.
 */
public interface EdgeListener {
    /**
     * A connector registered a connection.
     *
     * @param connector the connection
     */
    default void connectorJoined(ConnectorEvent connector) {}

    /**
     * A connector unregistered a connection, or it was lost.
     *
     * @param connector the connection
     * @param reason in a few words
     */
    default void connectorLeft(ConnectorEvent connector, String reason) {}

    /**
     * A connector was not let in.
     *
     * @param address where it came from
     * @param reason the answer it got
     */
    default void connectorRefused(InetSocketAddress address, String reason) {}

    /**
     * A public request ended.
     *
     * @param request what it was and how it ended
     */
    default void requestEnded(RequestEvent request) {}

    /**
     * A connector's connection.
     *
     * @param tunnelId the tunnel it serves
     * @param connectorId the connector process
     * @param index which of the connector's parallel connections
     * @param version the connector's version
     * @param address where it comes from
     */
    record ConnectorEvent(UUID tunnelId, UUID connectorId, int index, String version, InetSocketAddress address) {}
}
