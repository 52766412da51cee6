package io.tunnel4j;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A tunnel as the management API knows it. Immutable, thread-safe. */
public final class TunnelInfo {
    private final UUID id;
    private final String name;
    private final @Nullable Instant createdAt;
    private final @Nullable Instant deletedAt;
    private final List<TunnelConnection> connections;

    TunnelInfo(
            UUID id,
            String name,
            @Nullable Instant createdAt,
            @Nullable Instant deletedAt,
            List<TunnelConnection> connections) {
        this.id = id;
        this.name = name;
        this.createdAt = createdAt;
        this.deletedAt = deletedAt;
        this.connections = List.copyOf(connections);
    }

    /**
     * Returns the tunnel.
     *
     * @return its id
     */
    public UUID id() {
        return id;
    }

    /**
     * Returns the tunnel's name.
     *
     * @return its name, unique among the account's tunnels that are not deleted
     */
    public String name() {
        return name;
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
     * @return the time; null for a tunnel that exists
     */
    public @Nullable Instant deletedAt() {
        return deletedAt;
    }

    /**
     * Returns the connections that serve it now.
     *
     * @return connections of all its connectors
     */
    public List<TunnelConnection> connections() {
        return connections;
    }

    @Override
    public String toString() {
        return "TunnelInfo[id=" + id + ", name=" + name + ", createdAt=" + createdAt + ", deletedAt=" + deletedAt + "]";
    }
}
