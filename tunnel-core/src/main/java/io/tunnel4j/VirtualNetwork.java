package io.tunnel4j;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A set of network routes that may overlap with those of other sets. Immutable, thread-safe. */
public final class VirtualNetwork {
    private final UUID id;
    private final String name;
    private final String comment;
    private final boolean isDefault;
    private final @Nullable Instant createdAt;
    private final @Nullable Instant deletedAt;

    VirtualNetwork(
            UUID id,
            String name,
            String comment,
            boolean isDefault,
            @Nullable Instant createdAt,
            @Nullable Instant deletedAt) {
        this.id = id;
        this.name = name;
        this.comment = comment;
        this.isDefault = isDefault;
        this.createdAt = createdAt;
        this.deletedAt = deletedAt;
    }

    /**
     * Returns the virtual network.
     *
     * @return its id
     */
    public UUID id() {
        return id;
    }

    /**
     * Returns its name.
     *
     * @return its name
     */
    public String name() {
        return name;
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
     * Tells whether routes go here when none is named.
     *
     * @return true for one of the account's virtual networks
     */
    public boolean isDefault() {
        return isDefault;
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
     * @return the time; null for one that exists
     */
    public @Nullable Instant deletedAt() {
        return deletedAt;
    }

    @Override
    public String toString() {
        return "VirtualNetwork[id=" + id + ", name=" + name + ", comment=" + comment + ", isDefault=" + isDefault + "]";
    }
}
