package io.tunnel4j.edge.state;

import io.tunnel4j.edge.store.Contents;
import io.tunnel4j.edge.store.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

/** Everything the edge knows at one revision. Immutable, thread-safe: a request reads all it needs from one snapshot. */
public final class EdgeSnapshot {
    private static final EdgeSnapshot NOTHING = new EdgeSnapshot();

    private record AccountName(String accountTag, String name) {}

    private final long revision;
    private final Map<String, Map<String, Document>> documents;
    private final Map<UUID, Tunnel> tunnels;
    private final Map<AccountName, Tunnel> tunnelsByName;
    private final Map<UUID, TunnelConfiguration> configurations;
    private final Map<String, HostnameRoute> routes;
    private final Map<String, Zone> zones;

    private EdgeSnapshot(EdgeSnapshot previous, long revision, List<Document> changes) {
        this.revision = revision;
        Map<String, List<Document>> byKind = new HashMap<>();
        changes.forEach(change ->
                byKind.computeIfAbsent(change.kind(), kind -> new ArrayList<>()).add(change));
        documents = new HashMap<>(previous.documents);
        byKind.forEach((kind, changed) ->
                documents.put(kind, changed(previous.documents(kind), changed, Document::id, d -> d)));
        List<Document> changedTunnels = byKind.getOrDefault(Kind.TUNNEL, List.of());
        tunnels = changed(previous.tunnels, changedTunnels, EdgeSnapshot::uuid, Tunnel::from);
        tunnelsByName = changedTunnels.isEmpty() ? previous.tunnelsByName : names(tunnels.values());
        configurations = changed(
                previous.configurations,
                byKind.getOrDefault(Kind.CONFIGURATION, List.of()),
                EdgeSnapshot::uuid,
                TunnelConfiguration::from);
        routes = changed(
                previous.routes,
                byKind.getOrDefault(Kind.HOSTNAME_ROUTE, List.of()),
                Document::id,
                HostnameRoute::from);
        zones = changed(previous.zones, byKind.getOrDefault(Kind.ZONE, List.of()), Document::id, Zone::from);
    }

    private EdgeSnapshot() {
        revision = 0;
        documents = Map.of();
        tunnels = Map.of();
        tunnelsByName = Map.of();
        configurations = Map.of();
        routes = Map.of();
        zones = Map.of();
    }

    static EdgeSnapshot of(Contents contents) {
        return new EdgeSnapshot(NOTHING, contents.revision(), contents.documents());
    }

    EdgeSnapshot with(long newRevision, List<Document> changes) {
        return new EdgeSnapshot(this, newRevision, changes);
    }

    private static UUID uuid(Document document) {
        try {
            return UUID.fromString(document.id());
        } catch (IllegalArgumentException e) {
            throw Fields.unreadable(document, "id", e);
        }
    }

    private static <K, V> Map<K, V> changed(
            Map<K, V> before, List<Document> changes, Function<Document, K> key, Function<Document, V> value) {
        if (changes.isEmpty()) {
            return before;
        }
        Map<K, V> after = new HashMap<>(before);
        for (Document change : changes) {
            if (change.isDeleted()) {
                after.remove(key.apply(change));
            } else {
                after.put(key.apply(change), value.apply(change));
            }
        }
        return after;
    }

    private static Map<AccountName, Tunnel> names(Collection<Tunnel> tunnels) {
        Map<AccountName, Tunnel> byName = new HashMap<>();
        for (Tunnel tunnel : tunnels) {
            if (tunnel.isLive()) {
                byName.put(new AccountName(tunnel.accountTag(), tunnel.name()), tunnel);
            }
        }
        return byName;
    }

    /**
     * Returns the store's revision.
     *
     * @return the one this snapshot shows
     */
    public long revision() {
        return revision;
    }

    /**
     * Returns all documents of a kind, e.g. for the gate to read the Access model.
     *
     * @param kind one of {@link Kind}
     * @return by id; unmodifiable by agreement
     */
    public Map<String, Document> documents(String kind) {
        return documents.getOrDefault(kind, Map.of());
    }

    /**
     * Returns the tunnels, also recently deleted ones.
     *
     * @return in no particular order
     */
    public Collection<Tunnel> tunnels() {
        return tunnels.values();
    }

    /**
     * Finds a live tunnel.
     *
     * @param id its id
     * @return the tunnel, unless there is none or it is deleted
     */
    public Optional<Tunnel> tunnel(UUID id) {
        return Optional.ofNullable(tunnels.get(id)).filter(Tunnel::isLive);
    }

    /**
     * Finds a tunnel, also a recently deleted one.
     *
     * @param id its id
     * @return the tunnel
     */
    public Optional<Tunnel> tunnelEvenDeleted(UUID id) {
        return Optional.ofNullable(tunnels.get(id));
    }

    /**
     * Finds a live tunnel by name.
     *
     * @param accountTag the account
     * @param name its name
     * @return the tunnel
     */
    public Optional<Tunnel> tunnel(String accountTag, String name) {
        return Optional.ofNullable(tunnelsByName.get(new AccountName(accountTag, name)));
    }

    /**
     * Returns what is pushed to a tunnel's connectors.
     *
     * @param tunnelId the tunnel
     * @return the newest configuration, if it ever got one
     */
    public Optional<TunnelConfiguration> configuration(UUID tunnelId) {
        return Optional.ofNullable(configurations.get(tunnelId));
    }

    /**
     * Returns all hostname routes.
     *
     * @return in no particular order
     */
    public Collection<HostnameRoute> routes() {
        return routes.values();
    }

    /**
     * Finds the route written with this very name.
     *
     * @param pattern exact name or wildcard
     * @return the route
     */
    public Optional<HostnameRoute> routeNamed(String pattern) {
        return Optional.ofNullable(routes.get(pattern));
    }

    /**
     * Finds the route for a request: the exact name, else the longest wildcard above it, else {@code *}.
     *
     * @param host lower case, without port and trailing dot
     * @return the route
     */
    public Optional<HostnameRoute> route(String host) {
        HostnameRoute exact = routes.get(host);
        if (exact != null) {
            return Optional.of(exact);
        }
        for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            HostnameRoute wildcard = routes.get("*" + host.substring(dot));
            if (wildcard != null) {
                return Optional.of(wildcard);
            }
        }
        return Optional.ofNullable(routes.get("*"));
    }

    /**
     * Returns the zones.
     *
     * @return in no particular order
     */
    public Collection<Zone> zones() {
        return zones.values();
    }

    /**
     * Finds a zone.
     *
     * @param id its id
     * @return the zone
     */
    public Optional<Zone> zone(String id) {
        return Optional.ofNullable(zones.get(id));
    }

    @Override
    public String toString() {
        return "EdgeSnapshot[revision=" + revision + ", tunnels=" + tunnels.size() + ", routes=" + routes.size() + "]";
    }
}
