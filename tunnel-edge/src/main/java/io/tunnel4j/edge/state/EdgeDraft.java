package io.tunnel4j.edge.state;

import io.tunnel4j.edge.state.HostnameRoute.Target;
import io.tunnel4j.edge.state.StateException.Reason;
import io.tunnel4j.edge.store.Document;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A change in the making: looks at the newest state and collects what shall be written, all or nothing.
 *
 * <p>Confined to the state's thread. It may be thrown away and made again when another node commits first, so what fills it must not act on anything else.
 */
public final class EdgeDraft {
    private static final int MAX_TUNNELS = 20_000;
    private static final int MAX_DELETED_TUNNELS = 1_000;
    private static final int MAX_ROUTES = 50_000;
    private static final int MAX_DOCUMENTS_OF_KIND = 10_000;
    private static final byte[] NO_SECRET = {};

    private record Key(String kind, String id) {}

    private final Instant now;
    private final Map<Key, Document> changes = new LinkedHashMap<>();
    private EdgeSnapshot state;
    private String subject = "";

    EdgeDraft(EdgeSnapshot state, Instant now) {
        this.state = state;
        this.now = now;
    }

    /**
     * Returns the state with this draft's changes.
     *
     * @return a snapshot
     */
    public EdgeSnapshot state() {
        return state;
    }

    /**
     * Returns the time of the change.
     *
     * @return now, to the millisecond
     */
    public Instant now() {
        return now;
    }

    /**
     * Says for the audit log what is changed.
     *
     * @param text e.g. id and name; never a secret
     */
    public void subject(String text) {
        subject = text;
    }

    /**
     * Writes a tunnel, new or changed.
     *
     * @param tunnel the tunnel
     */
    public void put(Tunnel tunnel) {
        state.tunnel(tunnel.accountTag(), tunnel.name())
                .filter(other -> !other.id().equals(tunnel.id()))
                .ifPresent(other -> {
                    throw new StateException(
                            Reason.EXISTS, "tunnel " + tunnel.name() + " exists already: " + other.id());
                });
        if (state.tunnelEvenDeleted(tunnel.id()).isEmpty()) {
            long live = state.tunnels().stream().filter(Tunnel::isLive).count();
            bounded("tunnels", live, MAX_TUNNELS);
        }
        write(tunnel.toDocument());
    }

    /**
     * Deletes a tunnel with its configuration, and takes it out of all hostname routes. Its record stays for a while, marked as deleted.
     *
     * @param tunnel the tunnel
     */
    public void delete(Tunnel tunnel) {
        write(tunnel.deleted(now).toDocument());
        delete(Kind.CONFIGURATION, tunnel.id().toString());
        delete(Kind.LOCAL_CONFIGURATION, tunnel.id().toString());
        for (HostnameRoute route : List.copyOf(state.routes())) {
            if (route.leadsTo(tunnel.id())) {
                removeTarget(route, tunnel.id());
            }
        }
        List<Tunnel> gone =
                state.tunnels().stream().filter(other -> !other.isLive()).toList();
        if (gone.size() > MAX_DELETED_TUNNELS) {
            gone.stream()
                    .min(Comparator.comparing(EdgeDraft::deletionTime))
                    .ifPresent(oldest -> delete(Kind.TUNNEL, oldest.id().toString()));
        }
    }

    private static Instant deletionTime(Tunnel tunnel) {
        Instant at = tunnel.deletedAt();
        return at == null ? Instant.MAX : at;
    }

    /**
     * Gives a tunnel its next configuration and makes it remotely managed.
     *
     * @param tunnel the tunnel
     * @param json the {@code config} object of the push; the caller has checked it
     * @return the configuration with its version
     */
    public TunnelConfiguration configure(Tunnel tunnel, String json) {
        int version = state.configuration(tunnel.id())
                .map(before -> before.version() + 1)
                .orElse(0);
        TunnelConfiguration next = new TunnelConfiguration(tunnel.id(), version, json, now);
        if (!tunnel.isRemotelyManaged()) {
            write(tunnel.managed(true).toDocument());
        }
        write(next.toDocument());
        return next;
    }

    /**
     * Routes a hostname, in place of what it was routed to.
     *
     * @param route the route
     */
    public void put(HostnameRoute route) {
        for (Target target : route.targets()) {
            if (state.tunnel(target.tunnelId()).isEmpty()) {
                throw new StateException(Reason.NOT_FOUND, "tunnel " + target.tunnelId() + " not found");
            }
        }
        if (state.routeNamed(route.hostname()).isEmpty()) {
            bounded("hostname routes", state.routes().size(), MAX_ROUTES);
        }
        write(route.toDocument());
    }

    /**
     * Takes a tunnel out of a route; the route goes with its last target.
     *
     * @param route the route
     * @param tunnelId the tunnel
     */
    public void removeTarget(HostnameRoute route, UUID tunnelId) {
        List<Target> left = route.targets().stream()
                .filter(target -> !target.tunnelId().equals(tunnelId))
                .toList();
        if (left.isEmpty()) {
            delete(Kind.HOSTNAME_ROUTE, route.hostname());
        } else {
            write(new HostnameRoute(route.hostname(), left, route.createdAt()).toDocument());
        }
    }

    /**
     * Writes a zone.
     *
     * @param zone the zone
     */
    public void put(Zone zone) {
        write(zone.toDocument());
    }

    /**
     * Writes a document of a kind that the state does not interpret.
     *
     * @param kind one of {@link Kind}
     * @param id its id
     * @param json its content
     */
    public void put(String kind, String id, String json) {
        put(kind, id, json, NO_SECRET);
    }

    /**
     * Writes a document with a secret.
     *
     * @param kind one of {@link Kind}
     * @param id its id
     * @param json its content
     * @param secret encrypted by stores on disk
     */
    public void put(String kind, String id, String json, byte[] secret) {
        Map<String, Document> others = state.documents(kind);
        if (!others.containsKey(id)) {
            bounded(kind + " documents", others.size(), MAX_DOCUMENTS_OF_KIND);
        }
        write(Document.of(kind, id, 0, json, secret));
    }

    /**
     * Deletes a document; nothing happens if there is none.
     *
     * @param kind one of {@link Kind}
     * @param id its id
     */
    public void delete(String kind, String id) {
        if (state.documents(kind).containsKey(id)) {
            write(Document.deleted(kind, id, 0));
        }
    }

    private static void bounded(String what, long count, long most) {
        if (count >= most) {
            throw new StateException(Reason.LIMIT, count + " " + what + " (expected: up to " + most + ")");
        }
    }

    private void write(Document document) {
        changes.put(new Key(document.kind(), document.id()), document);
        state = state.with(state.revision(), List.of(document));
    }

    List<Document> changes() {
        return new ArrayList<>(changes.values());
    }

    String subject() {
        return subject;
    }
}
