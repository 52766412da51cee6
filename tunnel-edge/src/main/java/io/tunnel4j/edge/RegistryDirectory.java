package io.tunnel4j.edge;

import io.netty.util.NetUtil;
import io.tunnel4j.edge.registry.ConfigurationOutcome;
import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.edge.registry.ConnectorRecord;
import io.tunnel4j.edge.registry.ConnectorRegistry;
import io.tunnel4j.edge.state.ConnectionDirectory;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Shows the registry to management and the operator's view. Thread-safe. */
final class RegistryDirectory implements ConnectionDirectory {
    private final ConnectorRegistry registry;
    private final String location;

    RegistryDirectory(ConnectorRegistry registry, String location) {
        this.registry = registry;
        this.location = location;
    }

    @Override
    public List<LiveConnection> connections() {
        return live(registry.connections());
    }

    @Override
    public List<LiveConnection> connections(UUID tunnelId) {
        return live(registry.connections(tunnelId));
    }

    @Override
    public int disconnect(UUID tunnelId, @Nullable UUID clientId) {
        return registry.disconnect(tunnelId, clientId);
    }

    private List<LiveConnection> live(List<ConnectorConnection> connections) {
        return connections.stream().map(this::live).toList();
    }

    private LiveConnection live(ConnectorConnection c) {
        ConnectorRecord record = registry.connector(c.client().clientId());
        ConfigurationOutcome outcome = record == null ? null : record.lastOutcome();
        Instant firstSeen = record == null ? c.since() : record.firstSeen();
        return new LiveConnection(
                c.id(),
                c.tunnelId(),
                c.client().clientId(),
                c.index(),
                c.client().version(),
                c.client().arch(),
                c.client().features(),
                location,
                NetUtil.toAddressString(c.remoteAddress().getAddress()),
                c.since(),
                firstSeen,
                c.state() != ConnectorConnection.State.SERVING,
                c.openStreams(),
                c.streamsOpened(),
                c.bytesIn(),
                c.bytesOut(),
                outcome == null ? -1 : outcome.appliedVersion(),
                outcome == null ? null : outcome.error());
    }
}
