package io.tunnel4j.edge.state;

import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Who is connected right now, as management and the operator's view see it. Thread-safe; does not block. */
public interface ConnectionDirectory {
    /** Nobody is connected. */
    ConnectionDirectory EMPTY = new ConnectionDirectory() {
        @Override
        public List<LiveConnection> connections() {
            return List.of();
        }

        @Override
        public List<LiveConnection> connections(UUID tunnelId) {
            return List.of();
        }

        @Override
        public int disconnect(UUID tunnelId, @Nullable UUID clientId) {
            return 0;
        }
    };

    /**
     * Lists all connections.
     *
     * @return a copy
     */
    List<LiveConnection> connections();

    /**
     * Lists the connections of a tunnel.
     *
     * @param tunnelId the tunnel
     * @return a copy
     */
    List<LiveConnection> connections(UUID tunnelId);

    /**
     * Closes connections. Their connectors may come back, unless the tunnel is deleted.
     *
     * @param tunnelId the tunnel
     * @param clientId only this connector's; null for all
     * @return how many are being closed
     */
    int disconnect(UUID tunnelId, @Nullable UUID clientId);

    /**
     * One connection. Immutable.
     *
     * @param id its id at this edge
     * @param tunnelId its tunnel
     * @param clientId the connector process
     * @param index which of the connector's connections
     * @param version e.g. {@code 2026.8.2}
     * @param arch e.g. {@code linux_amd64}
     * @param features as registered
     * @param colo this edge's location
     * @param originIp the connector's address
     * @param openedAt when it registered
     * @param runAt when its connector was first seen
     * @param isPendingReconnect whether it has unregistered and is finishing
     * @param streams open streams
     * @param requests streams opened so far
     * @param bytesIn bytes from the connector
     * @param bytesOut bytes to the connector
     * @param configurationVersion last pushed version it applied; -1 for none
     * @param configurationError why it refused a pushed configuration; null if it did not
     */
    record LiveConnection(
            UUID id,
            UUID tunnelId,
            UUID clientId,
            int index,
            String version,
            String arch,
            List<String> features,
            String colo,
            String originIp,
            Instant openedAt,
            Instant runAt,
            boolean isPendingReconnect,
            int streams,
            long requests,
            long bytesIn,
            long bytesOut,
            int configurationVersion,
            @Nullable String configurationError) {
        /** Copies the features. */
        public LiveConnection {
            features = List.copyOf(features);
        }
    }
}
