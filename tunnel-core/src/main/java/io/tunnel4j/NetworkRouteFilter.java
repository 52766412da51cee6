package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.admin.ApiCall;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Which network routes to list. Immutable, thread-safe. */
public final class NetworkRouteFilter {
    private static final NetworkRouteFilter EXISTING = new NetworkRouteFilter(null, null, null, null, null, null);

    private final @Nullable UUID tunnelId;
    private final @Nullable UUID virtualNetworkId;
    private final @Nullable String comment;
    private final @Nullable String within;
    private final @Nullable String containing;
    private final @Nullable Instant existedAt;

    private NetworkRouteFilter(
            @Nullable UUID tunnelId,
            @Nullable UUID virtualNetworkId,
            @Nullable String comment,
            @Nullable String within,
            @Nullable String containing,
            @Nullable Instant existedAt) {
        this.tunnelId = tunnelId;
        this.virtualNetworkId = virtualNetworkId;
        this.comment = comment;
        this.within = within;
        this.containing = containing;
        this.existedAt = existedAt;
    }

    /**
     * Selects the routes that are not deleted.
     *
     * @return the filter, to be narrowed
     */
    public static NetworkRouteFilter existing() {
        return EXISTING;
    }

    /**
     * Narrows to routes of one tunnel.
     *
     * @param id the tunnel
     * @return a new filter
     */
    public NetworkRouteFilter tunnel(UUID id) {
        return new NetworkRouteFilter(
                requireNonNull(id, "id"), virtualNetworkId, comment, within, containing, existedAt);
    }

    /**
     * Narrows to routes of one virtual network.
     *
     * @param id the virtual network
     * @return a new filter
     */
    public NetworkRouteFilter virtualNetwork(UUID id) {
        return new NetworkRouteFilter(tunnelId, requireNonNull(id, "id"), comment, within, containing, existedAt);
    }

    /**
     * Narrows to routes with a comment.
     *
     * @param exactly the comment
     * @return a new filter
     */
    public NetworkRouteFilter comment(String exactly) {
        return new NetworkRouteFilter(
                tunnelId, virtualNetworkId, requireNonNull(exactly, "exactly"), within, containing, existedAt);
    }

    /**
     * Narrows to routes that lie within a network.
     *
     * @param network in CIDR notation
     * @return a new filter
     */
    public NetworkRouteFilter within(String network) {
        return new NetworkRouteFilter(
                tunnelId, virtualNetworkId, comment, requireNonNull(network, "network"), containing, existedAt);
    }

    /**
     * Narrows to routes that contain a network.
     *
     * @param network in CIDR notation
     * @return a new filter
     */
    public NetworkRouteFilter containing(String network) {
        return new NetworkRouteFilter(
                tunnelId, virtualNetworkId, comment, within, requireNonNull(network, "network"), existedAt);
    }

    /**
     * Narrows to routes that existed at a time.
     *
     * @param time the time
     * @return a new filter
     */
    public NetworkRouteFilter existedAt(Instant time) {
        return new NetworkRouteFilter(
                tunnelId, virtualNetworkId, comment, within, containing, requireNonNull(time, "time"));
    }

    ApiCall applyTo(ApiCall call) {
        return call.with("is_deleted", "false")
                .with("tun_types", "cfd_tunnel")
                .with("comment", comment)
                .with("tunnel_id", tunnelId)
                .with("network_subset", within)
                .with("network_superset", containing)
                .with("virtual_network_id", virtualNetworkId)
                .with("existed_at", existedAt);
    }
}
