package io.tunnel4j;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A connection of a connector to an edge, as the management API knows it. Immutable, thread-safe. */
public final class TunnelConnection {
    private final UUID id;
    private final String location;
    private final String originIp;
    private final @Nullable Instant openedAt;
    private final boolean isPendingReconnect;
    private final @Nullable UUID connectorId;

    TunnelConnection(
            UUID id,
            String location,
            String originIp,
            @Nullable Instant openedAt,
            boolean isPendingReconnect,
            @Nullable UUID connectorId) {
        this.id = id;
        this.location = location;
        this.originIp = originIp;
        this.openedAt = openedAt;
        this.isPendingReconnect = isPendingReconnect;
        this.connectorId = connectorId;
    }

    /**
     * Returns the connection.
     *
     * @return the id that the edge gave at registration
     */
    public UUID id() {
        return id;
    }

    /**
     * Returns where it ends.
     *
     * @return short name of the edge's site
     */
    public String location() {
        return location;
    }

    /**
     * Returns where it comes from.
     *
     * @return the connector's address as the edge sees it; may be empty
     */
    public String originIp() {
        return originIp;
    }

    /**
     * Returns when it was registered.
     *
     * @return the time; null when the API does not say
     */
    public @Nullable Instant openedAt() {
        return openedAt;
    }

    /**
     * Tells whether the edge waits for it to come back.
     *
     * @return true for a lost connection
     */
    public boolean isPendingReconnect() {
        return isPendingReconnect;
    }

    /**
     * Returns the connector it belongs to.
     *
     * @return the connector's id; null when the API does not say
     */
    public @Nullable UUID connectorId() {
        return connectorId;
    }

    @Override
    public String toString() {
        return "TunnelConnection[id=" + id
                + ", location=" + location
                + ", originIp=" + originIp
                + ", openedAt=" + openedAt + "]";
    }
}
