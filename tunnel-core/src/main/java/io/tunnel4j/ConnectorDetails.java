package io.tunnel4j;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** A connector that serves a tunnel, as the management API knows it. Immutable, thread-safe. */
public final class ConnectorDetails {
    private final UUID id;
    private final String version;
    private final String arch;
    private final List<String> features;
    private final @Nullable Instant runAt;
    private final List<TunnelConnection> connections;

    ConnectorDetails(
            UUID id,
            String version,
            String arch,
            List<String> features,
            @Nullable Instant runAt,
            List<TunnelConnection> connections) {
        this.id = id;
        this.version = version;
        this.arch = arch;
        this.features = List.copyOf(features);
        this.runAt = runAt;
        this.connections = List.copyOf(connections);
    }

    /**
     * Returns the connector.
     *
     * @return the random id of its process
     */
    public UUID id() {
        return id;
    }

    /**
     * Returns the connector's version.
     *
     * @return what it said about itself
     */
    public String version() {
        return version;
    }

    /**
     * Returns where the connector runs.
     *
     * @return operating system and processor, e.g. {@code linux_amd64}
     */
    public String arch() {
        return arch;
    }

    /**
     * Returns the protocol features it understands.
     *
     * @return their names
     */
    public List<String> features() {
        return features;
    }

    /**
     * Returns when it started.
     *
     * @return the time; null when the API does not say
     */
    public @Nullable Instant runAt() {
        return runAt;
    }

    /**
     * Returns its connections.
     *
     * @return those that are registered
     */
    public List<TunnelConnection> connections() {
        return connections;
    }

    @Override
    public String toString() {
        return "ConnectorDetails[id=" + id + ", version=" + version + ", arch=" + arch + ", features=" + features + "]";
    }
}
