package io.tunnel4j.edge.registry;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * All connections that connectors have registered, by tunnel.
 *
 * <p>Thread-safe. Picking reads one array without a lock; the lock guards changes, which are as rare as connections.
 */
public final class ConnectorRegistry {
    private static final ConnectorConnection[] NONE = {};

    /** By tunnel: the connections that take streams. Arrays are never changed. */
    private final Map<UUID, ConnectorConnection[]> serving = new ConcurrentHashMap<>();

    /** Also those that leave. Guarded by this. */
    private final List<ConnectorConnection> all = new ArrayList<>();

    private final Map<UUID, ConnectorRecord> connectors = new ConcurrentHashMap<>();
    private final int maxPerTunnel;

    /** Creates an empty registry. */
    public ConnectorRegistry() {
        this(ConnectorLimits.DEFAULT.maxConnectionsPerTunnel());
    }

    /**
     * Creates an empty registry.
     *
     * @param maxPerTunnel connections one tunnel may have
     */
    public ConnectorRegistry(int maxPerTunnel) {
        this.maxPerTunnel = maxPerTunnel;
    }

    /** What became of an attempt to join. */
    enum Admission {
        ADMITTED,
        DUPLICATE,
        TUNNEL_FULL
    }

    synchronized Admission add(ConnectorConnection connection) {
        ConnectorConnection[] present = serving.getOrDefault(connection.tunnelId(), NONE);
        for (ConnectorConnection other : present) {
            if (other.index() == connection.index()
                    && other.client().clientId().equals(connection.client().clientId())
                    && other.state() == ConnectorConnection.State.SERVING) {
                return Admission.DUPLICATE;
            }
        }
        if (present.length >= maxPerTunnel) {
            return Admission.TUNNEL_FULL;
        }
        ConnectorConnection[] changed = Arrays.copyOf(present, present.length + 1);
        changed[present.length] = connection;
        serving.put(connection.tunnelId(), changed);
        all.add(connection);
        connectors.computeIfAbsent(connection.client().clientId(), id -> new ConnectorRecord(id, connection.since()));
        return Admission.ADMITTED;
    }

    /** No new streams for this connection. */
    synchronized void withdraw(ConnectorConnection connection) {
        ConnectorConnection[] present = serving.getOrDefault(connection.tunnelId(), NONE);
        ConnectorConnection[] left =
                Arrays.stream(present).filter(c -> c != connection).toArray(ConnectorConnection[]::new);
        if (left.length == 0) {
            serving.remove(connection.tunnelId());
        } else {
            serving.put(connection.tunnelId(), left);
        }
    }

    synchronized void remove(ConnectorConnection connection) {
        withdraw(connection);
        all.remove(connection);
        UUID client = connection.client().clientId();
        if (all.stream().noneMatch(c -> c.client().clientId().equals(client))) {
            connectors.remove(client);
        }
    }

    /**
     * Takes a place on the connection with fewer open streams of two random ones; on equal terms the one on {@code loop}.
     *
     * @param tunnelId the tunnel
     * @param loop the caller's event loop
     * @param except a connection that has just failed, or null
     * @return the connection, whose {@link ConnectorConnection#release} is owed; null if the tunnel has none (else)
     */
    public @Nullable ConnectorConnection pick(UUID tunnelId, EventLoop loop, @Nullable ConnectorConnection except) {
        ConnectorConnection[] candidates = serving.get(tunnelId);
        if (candidates == null) {
            return null;
        }
        int size = candidates.length;
        ConnectorConnection picked;
        if (size == 1) {
            picked = candidates[0];
        } else {
            ThreadLocalRandom random = ThreadLocalRandom.current();
            int first = random.nextInt(size);
            int second = random.nextInt(size - 1);
            picked = better(candidates[first], candidates[second < first ? second : second + 1], loop, except);
        }
        if (picked == except || picked.state() != ConnectorConnection.State.SERVING) {
            picked = best(candidates, loop, except);
        }
        if (picked != null) {
            picked.take();
        }
        return picked;
    }

    /**
     * Takes one more place on a connection.
     *
     * @param connection a connection that {@link #pick} returned
     * @return false if it takes no more streams
     */
    public boolean pickAgain(ConnectorConnection connection) {
        if (connection.state() != ConnectorConnection.State.SERVING) {
            return false;
        }
        connection.take();
        return true;
    }

    private static ConnectorConnection better(
            ConnectorConnection a, ConnectorConnection b, EventLoop loop, @Nullable ConnectorConnection except) {
        if (a == except || b == except) {
            return a == except ? b : a;
        }
        int difference = a.openStreams() - b.openStreams();
        if (difference == 0) {
            return b.eventLoop() == loop ? b : a;
        }
        return difference < 0 ? a : b;
    }

    private static @Nullable ConnectorConnection best(
            ConnectorConnection[] candidates, EventLoop loop, @Nullable ConnectorConnection except) {
        ConnectorConnection best = null;
        for (ConnectorConnection candidate : candidates) {
            if (candidate != except && candidate.state() == ConnectorConnection.State.SERVING) {
                best = best == null ? candidate : better(best, candidate, loop, null);
            }
        }
        return best;
    }

    /**
     * Tells whether a tunnel can take a request.
     *
     * @param tunnelId the tunnel
     * @return true if it has a connection
     */
    public boolean isConnected(UUID tunnelId) {
        return serving.containsKey(tunnelId);
    }

    /**
     * Returns all connections, leaving ones too.
     *
     * @return a copy
     */
    public synchronized List<ConnectorConnection> connections() {
        return List.copyOf(all);
    }

    /**
     * Returns a tunnel's connections, leaving ones too.
     *
     * @param tunnelId the tunnel
     * @return a copy
     */
    public synchronized List<ConnectorConnection> connections(UUID tunnelId) {
        return all.stream().filter(c -> c.tunnelId().equals(tunnelId)).toList();
    }

    /**
     * Returns what is known about a connector beyond its connections.
     *
     * @param clientId the connector
     * @return the record; null when it is not connected
     */
    public @Nullable ConnectorRecord connector(UUID clientId) {
        return connectors.get(clientId);
    }

    /**
     * Closes connections of a tunnel at once, e.g. because it is deleted; connectors try again and are asked for their credentials.
     *
     * @param tunnelId the tunnel
     * @param clientId only those of this connector; null for all
     * @return how many
     */
    public int disconnect(UUID tunnelId, @Nullable UUID clientId) {
        List<ConnectorConnection> affected = connections(tunnelId).stream()
                .filter(c -> clientId == null || c.client().clientId().equals(clientId))
                .toList();
        affected.forEach(c -> c.close("disconnected by the operator"));
        return affected.size();
    }

    /**
     * Closes every connection at once.
     *
     * @param reason in a few words, told to the connectors
     */
    public void closeAll(String reason) {
        connections().forEach(c -> c.close(reason));
    }

    /**
     * Takes every connection out of service and closes it when its streams are done.
     *
     * @param limit after which streams are cut
     * @return how many connections there were
     */
    public int drain(Duration limit) {
        requireNonNull(limit, "limit");
        Collection<ConnectorConnection> connections = connections();
        for (ConnectorConnection connection : connections) {
            withdraw(connection);
            connection.eventLoop().execute(() -> connection.leave(limit));
        }
        return connections.size();
    }
}
