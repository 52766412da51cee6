package io.tunnel4j;

import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.admin.ApiObject;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The management API's JSON as our values. Stateless, thread-safe. */
final class AdminJson {
    private AdminJson() {}

    static TunnelInfo tunnel(ApiObject tunnel) {
        return new TunnelInfo(
                tunnel.id("id"),
                tunnel.text("name"),
                tunnel.time("created_at"),
                tunnel.time("deleted_at"),
                connections(tunnel.objects("connections"), null));
    }

    static ConnectorDetails connector(ApiObject connector) {
        UUID id = connector.id("id");
        return new ConnectorDetails(
                id,
                connector.textOrEmpty("version"),
                connector.textOrEmpty("arch"),
                connector.texts("features"),
                connector.time("run_at"),
                connections(connector.objects("conns"), id));
    }

    private static List<TunnelConnection> connections(List<ApiObject> objects, @Nullable UUID connectorId) {
        List<TunnelConnection> connections = new ArrayList<>();
        for (ApiObject object : objects) {
            connections.add(new TunnelConnection(
                    object.id("id"),
                    object.textOrEmpty("colo_name"),
                    object.textOrEmpty("origin_ip"),
                    object.time("opened_at"),
                    object.flag("is_pending_reconnect"),
                    connectorId == null ? object.optionalId("client_id") : connectorId));
        }
        return connections;
    }

    static NetworkRoute networkRoute(ApiObject route) {
        return new NetworkRoute(
                route.id("id"),
                route.text("network"),
                route.id("tunnel_id"),
                route.textOrEmpty("tunnel_name"),
                route.textOrEmpty("comment"),
                route.optionalId("virtual_network_id"),
                route.time("created_at"),
                route.time("deleted_at"));
    }

    static VirtualNetwork virtualNetwork(ApiObject network) {
        return new VirtualNetwork(
                network.id("id"),
                network.text("name"),
                network.textOrEmpty("comment"),
                network.flag("is_default_network"),
                network.time("created_at"),
                network.time("deleted_at"));
    }

    static TunnelConfiguration configuration(UUID tunnelId, ApiObject answer) {
        JsonElement config = answer.element("config");
        return new TunnelConfiguration(tunnelId, answer.number("version"), config == null ? "{}" : config.toString());
    }

    static RouteChange change(ApiObject answer, String member) {
        String word = answer.text(member);
        return switch (word) {
            case "new" -> RouteChange.CREATED;
            case "updated" -> RouteChange.UPDATED;
            case "unchanged" -> RouteChange.UNCHANGED;
            default ->
                throw new TunnelException(
                        TunnelErrorCode.API,
                        "route: the answer's " + member + " is neither new, updated nor unchanged");
        };
    }

    static TunnelCredentials token(JsonElement result) {
        if (result instanceof JsonPrimitive text && text.isString()) {
            return TunnelCredentials.fromToken(text.getAsString());
        }
        throw new TunnelException(TunnelErrorCode.API, "tunnel token: the answer is not a string");
    }
}
