package io.tunnel4j;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A private network that is reached through a tunnel. Immutable, thread-safe. */
public final class NetworkRoute {
    private final UUID id;
    private final String network;
    private final UUID tunnelId;
    private final String tunnelName;
    private final String comment;
    private final @Nullable UUID virtualNetworkId;
    private final @Nullable Instant createdAt;
    private final @Nullable Instant deletedAt;

    NetworkRoute(
            UUID id,
            String network,
            UUID tunnelId,
            String tunnelName,
            String comment,
            @Nullable UUID virtualNetworkId,
            @Nullable Instant createdAt,
            @Nullable Instant deletedAt) {
        this.id = id;
        this.network = network;
        this.tunnelId = tunnelId;
        this.tunnelName = tunnelName;
        this.comment = comment;
        this.virtualNetworkId = virtualNetworkId;
        this.createdAt = createdAt;
        this.deletedAt = deletedAt;
    }

    /**
     * Returns the route.
     *
     * @return its id
     */
    public UUID id() {
        return id;
    }

    /**
     * Returns the network.
     *
     * @return in CIDR notation
     */
    public String network() {
        return network;
    }

    /**
     * Returns the tunnel.
     *
     * @return its id
     */
    public UUID tunnelId() {
        return tunnelId;
    }

    /**
     * Returns the tunnel's name.
     *
     * @return its name; may be empty
     */
    public String tunnelName() {
        return tunnelName;
    }

    /**
     * Returns the comment.
     *
     * @return free text; may be empty
     */
    public String comment() {
        return comment;
    }

    /**
     * Returns the virtual network the route belongs to.
     *
     * @return its id; null when the API does not say
     */
    public @Nullable UUID virtualNetworkId() {
        return virtualNetworkId;
    }

    /**
     * Returns when it was created.
     *
     * @return the time; null when the API does not say
     */
    public @Nullable Instant createdAt() {
        return createdAt;
    }

    /**
     * Returns when it was deleted.
     *
     * @return the time; null for a route that exists
     */
    public @Nullable Instant deletedAt() {
        return deletedAt;
    }

    @Override
    public String toString() {
        return "NetworkRoute[id=" + id
                + ", network=" + network
                + ", tunnelId=" + tunnelId
                + ", tunnelName=" + tunnelName + "]";
    }
}
