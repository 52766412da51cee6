package io.tunnel4j.edge.api;

import io.tunnel4j.edge.state.ConnectionDirectory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;

/** Connections that a test puts there. */
public final class FakeConnections implements ConnectionDirectory {
    private final List<LiveConnection> live = new CopyOnWriteArrayList<>();

    public LiveConnection connect(UUID tunnel, UUID client, int index) {
        LiveConnection connection = new LiveConnection(
                UUID.randomUUID(),
                tunnel,
                client,
                index,
                "2026.8.2",
                "linux_amd64",
                List.of("ha-origin"),
                "fra01",
                "198.51.100.9",
                Instant.parse("2026-02-03T04:05:06Z").plusSeconds(index),
                Instant.parse("2026-02-03T04:05:00Z"),
                false,
                3,
                12,
                4096,
                65536,
                2,
                null);
        live.add(connection);
        return connection;
    }

    @Override
    public List<LiveConnection> connections() {
        return new ArrayList<>(live);
    }

    @Override
    public List<LiveConnection> connections(UUID tunnelId) {
        return live.stream().filter(c -> c.tunnelId().equals(tunnelId)).toList();
    }

    @Override
    public int disconnect(UUID tunnelId, UUID clientId) {
        List<LiveConnection> gone = connections(tunnelId).stream()
                .filter(c -> clientId == null || c.clientId().equals(clientId))
                .toList();
        live.removeAll(gone);
        return gone.size();
    }
}
