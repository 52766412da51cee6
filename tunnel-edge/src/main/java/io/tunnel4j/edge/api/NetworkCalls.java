package io.tunnel4j.edge.api;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.edge.store.Document;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Private network routes and virtual networks: kept and listed, so that existing tooling works, but no traffic follows them here; each answer
 * says so by {@code "served": false}. Thread-safe.
 */
final class NetworkCalls {
    private NetworkCalls() {}

    static void addTo(ApiRoutes routes) {
        String network = " /accounts/{account}/teamnet/routes";
        routes.add("POST" + network, Scope.ROUTES_EDIT, NetworkCalls::create);
        routes.add("GET" + network, Scope.ROUTES_READ, NetworkCalls::list);
        routes.add("GET" + network + "/ip/{ip}", Scope.ROUTES_READ, NetworkCalls::lookUp);
        routes.add("DELETE" + network + "/{route}", Scope.ROUTES_EDIT, NetworkCalls::delete);
        String virtual = " /accounts/{account}/teamnet/virtual_networks";
        routes.add("POST" + virtual, Scope.ROUTES_EDIT, NetworkCalls::createVirtual);
        routes.add("GET" + virtual, Scope.ROUTES_READ, NetworkCalls::listVirtual);
        routes.add("PATCH" + virtual + "/{vnet}", Scope.ROUTES_EDIT, NetworkCalls::updateVirtual);
        routes.add("DELETE" + virtual + "/{vnet}", Scope.ROUTES_EDIT, NetworkCalls::deleteVirtual);
    }

    static List<Document> routesTo(EdgeSnapshot state, UUID tunnel) {
        return state.documents(Kind.NETWORK_ROUTE).values().stream()
                .filter(route -> text(read(route), "tunnel_id").equals(tunnel.toString()))
                .toList();
    }

    private static JsonObject read(Document document) {
        return JsonParser.parseString(document.json()).getAsJsonObject();
    }

    private static String text(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value == null || value.isJsonNull() ? "" : value.getAsString();
    }

    private static Stream<JsonObject> all(String kind, ApiCall call, EdgeSnapshot state) {
        return state.documents(kind).values().stream()
                .map(NetworkCalls::read)
                .filter(json -> text(json, "account").equals(call.account()));
    }

    private static CompletionStage<ApiResult> create(ApiCall call) {
        BodyFields body = call.body();
        Network network = Network.parse("network", body.text("network"));
        UUID tunnelId = body.uuid("tunnel_id");
        String comment = body.text("comment", "");
        String asked = body.text("virtual_network_id", "");
        return call.change("network_route.create", draft -> {
            EdgeSnapshot state = draft.state();
            if (state.tunnel(tunnelId)
                    .filter(tunnel -> tunnel.accountTag().equals(call.account()))
                    .isEmpty()) {
                throw ApiError.notFound("tunnel " + tunnelId);
            }
            String virtual = asked.isEmpty() ? defaultVirtual(call, draft) : virtual(call, state, asked);
            boolean isTaken = all(Kind.NETWORK_ROUTE, call, state)
                    .anyMatch(route -> text(route, "network").equals(network.toString())
                            && text(route, "virtual_network_id").equals(virtual));
            if (isTaken) {
                throw new ApiError(409, 1014, "You already have a route defined for this exact IP subnet: " + network);
            }
            JsonObject route = new JsonObject();
            route.addProperty("id", UUID.randomUUID().toString());
            route.addProperty("account", call.account());
            route.addProperty("network", network.toString());
            route.addProperty("tunnel_id", tunnelId.toString());
            route.addProperty("comment", comment);
            route.addProperty("virtual_network_id", virtual);
            route.addProperty("created_at", draft.now().toString());
            draft.put(Kind.NETWORK_ROUTE, text(route, "id"), route.toString());
            draft.subject(network + " to " + tunnelId);
            return ApiResult.of(shown(route, state));
        });
    }

    private static JsonObject shown(JsonObject stored, EdgeSnapshot state) {
        JsonObject json = stored.deepCopy();
        json.remove("account");
        json.add("deleted_at", JsonNull.INSTANCE);
        json.addProperty("served", false);
        String tunnel = text(stored, "tunnel_id");
        if (!tunnel.isEmpty()) {
            json.addProperty(
                    "tunnel_name",
                    state.tunnel(UUID.fromString(tunnel)).map(Tunnel::name).orElse(""));
            json.addProperty("tun_type", "cfd_tunnel");
        }
        return json;
    }

    private static CompletionStage<ApiResult> list(ApiCall call) {
        Query query = call.query();
        if (query.isSet("is_deleted")) {
            return ApiResult.page(query, List.<JsonObject>of(), json -> json);
        }
        UUID tunnel = query.uuid("tunnel_id");
        String virtual = query.text("virtual_network_id");
        String comment = query.text("comment");
        Network subset = network(query, "network_subset");
        Network superset = network(query, "network_superset");
        List<JsonObject> routes = all(Kind.NETWORK_ROUTE, call, call.state())
                .filter(route -> tunnel == null || text(route, "tunnel_id").equals(tunnel.toString()))
                .filter(route ->
                        virtual == null || text(route, "virtual_network_id").equals(virtual))
                .filter(route -> comment == null || text(route, "comment").equals(comment))
                .filter(route -> subset == null || subset.contains(networkOf(route)))
                .filter(route -> superset == null || networkOf(route).contains(superset))
                .sorted(Comparator.comparing((JsonObject route) -> text(route, "network")))
                .toList();
        return ApiResult.page(query, routes, route -> shown(route, call.state()));
    }

    private static @Nullable Network network(Query query, String name) {
        String text = query.text(name);
        return text == null ? null : Network.parse(name, text);
    }

    private static Network networkOf(JsonObject route) {
        return Network.parse("network", text(route, "network"));
    }

    private static CompletionStage<ApiResult> lookUp(ApiCall call) {
        Network address = Network.parse("ip", call.parameter("ip"));
        String asked = call.query().text("virtual_network_id");
        Optional<JsonObject> found = all(Kind.NETWORK_ROUTE, call, call.state())
                .filter(route ->
                        asked == null || text(route, "virtual_network_id").equals(asked))
                .filter(route -> networkOf(route).contains(address))
                .max(Comparator.comparingInt(route -> networkOf(route).prefix()));
        return found.map(route -> ApiResult.now(shown(route, call.state())))
                .orElseGet(() -> ApiResult.now(JsonNull.INSTANCE));
    }

    private static CompletionStage<ApiResult> delete(ApiCall call) {
        String id = call.parameter("route");
        return call.change("network_route.delete", draft -> {
            JsonObject route = find(Kind.NETWORK_ROUTE, "route", id, call, draft.state());
            draft.delete(Kind.NETWORK_ROUTE, id);
            draft.subject(text(route, "network"));
            return ApiResult.of(shown(route, draft.state()));
        });
    }

    private static JsonObject find(String kind, String what, String id, ApiCall call, EdgeSnapshot state) {
        return all(kind, call, state)
                .filter(json -> text(json, "id").equals(id))
                .findFirst()
                .orElseThrow(() -> ApiError.notFound(what + " " + ApiCall.shortened(id)));
    }

    private static String virtual(ApiCall call, EdgeSnapshot state, String id) {
        return text(find(Kind.VIRTUAL_NETWORK, "virtual network", id, call, state), "id");
    }

    /** The first route makes the network that everybody has in the hosted API. */
    private static String defaultVirtual(ApiCall call, EdgeDraft draft) {
        return all(Kind.VIRTUAL_NETWORK, call, draft.state())
                .filter(network -> network.get("is_default_network").getAsBoolean())
                .findFirst()
                .map(network -> text(network, "id"))
                .orElseGet(() -> {
                    JsonObject network = newVirtual(call, draft, "default", "", true);
                    draft.put(Kind.VIRTUAL_NETWORK, text(network, "id"), network.toString());
                    return text(network, "id");
                });
    }

    private static JsonObject newVirtual(
            ApiCall call, EdgeDraft draft, String name, String comment, boolean isDefault) {
        JsonObject network = new JsonObject();
        network.addProperty("id", UUID.randomUUID().toString());
        network.addProperty("account", call.account());
        network.addProperty("name", name);
        network.addProperty("comment", comment);
        network.addProperty("is_default_network", isDefault);
        network.addProperty("created_at", draft.now().toString());
        return network;
    }

    private static CompletionStage<ApiResult> createVirtual(ApiCall call) {
        BodyFields body = call.body();
        String name = body.text("name");
        String comment = body.text("comment", "");
        boolean asked = body.flag("is_default_network", body.flag("is_default", false));
        return call.change("virtual_network.create", draft -> {
            checkFree(name, "", call, draft.state());
            boolean isFirst =
                    all(Kind.VIRTUAL_NETWORK, call, draft.state()).findAny().isEmpty();
            JsonObject network = newVirtual(call, draft, name, comment, asked || isFirst);
            store(network, call, draft);
            return ApiResult.of(shown(network, draft.state()));
        });
    }

    private static void checkFree(String name, String ownId, ApiCall call, EdgeSnapshot state) {
        boolean isTaken = all(Kind.VIRTUAL_NETWORK, call, state)
                .anyMatch(network -> text(network, "name").equals(name)
                        && !text(network, "id").equals(ownId));
        if (isTaken) {
            throw new ApiError(409, 1013, "You already have a virtual network with this name: " + name);
        }
    }

    private static void store(JsonObject network, ApiCall call, EdgeDraft draft) {
        if (network.get("is_default_network").getAsBoolean()) {
            all(Kind.VIRTUAL_NETWORK, call, draft.state())
                    .filter(other -> other.get("is_default_network").getAsBoolean())
                    .filter(other -> !text(other, "id").equals(text(network, "id")))
                    .toList()
                    .forEach(other -> {
                        other.addProperty("is_default_network", false);
                        draft.put(Kind.VIRTUAL_NETWORK, text(other, "id"), other.toString());
                    });
        }
        draft.put(Kind.VIRTUAL_NETWORK, text(network, "id"), network.toString());
        draft.subject(text(network, "id") + " " + text(network, "name"));
    }

    private static CompletionStage<ApiResult> listVirtual(ApiCall call) {
        Query query = call.query();
        String id = query.text("id");
        String name = query.text("name");
        Boolean isDefault = query.flag("is_default");
        boolean isDeleted = query.isSet("is_deleted");
        List<JsonObject> networks = all(Kind.VIRTUAL_NETWORK, call, call.state())
                .filter(network -> !isDeleted)
                .filter(network -> id == null || text(network, "id").equals(id))
                .filter(network -> name == null || text(network, "name").equals(name))
                .filter(network ->
                        isDefault == null || network.get("is_default_network").getAsBoolean() == isDefault)
                .sorted(Comparator.comparing((JsonObject network) -> text(network, "name")))
                .toList();
        return ApiResult.page(query, networks, network -> shown(network, call.state()));
    }

    private static CompletionStage<ApiResult> updateVirtual(ApiCall call) {
        BodyFields body = call.body();
        return call.change("virtual_network.update", draft -> {
            JsonObject network =
                    find(Kind.VIRTUAL_NETWORK, "virtual network", call.parameter("vnet"), call, draft.state());
            String name = body.text("name", text(network, "name"));
            checkFree(name, text(network, "id"), call, draft.state());
            boolean wasDefault = network.get("is_default_network").getAsBoolean();
            if (wasDefault && !body.flag("is_default_network", true)) {
                throw BodyFields.wrong("is_default_network", "true; make another network the default instead");
            }
            network.addProperty("name", name);
            network.addProperty("comment", body.text("comment", text(network, "comment")));
            network.addProperty("is_default_network", body.flag("is_default_network", wasDefault));
            store(network, call, draft);
            return ApiResult.of(shown(network, draft.state()));
        });
    }

    private static CompletionStage<ApiResult> deleteVirtual(ApiCall call) {
        boolean isForced = call.query().isSet("force");
        String id = call.parameter("vnet");
        return call.change("virtual_network.delete", draft -> {
            JsonObject network = find(Kind.VIRTUAL_NETWORK, "virtual network", id, call, draft.state());
            List<JsonObject> routes = all(Kind.NETWORK_ROUTE, call, draft.state())
                    .filter(route -> text(route, "virtual_network_id").equals(id))
                    .toList();
            if (!routes.isEmpty() && !isForced) {
                throw new ApiError(
                        400, 1025, "virtual network has " + routes.size() + " routes (expected: none, or force=true)");
            }
            routes.forEach(route -> draft.delete(Kind.NETWORK_ROUTE, text(route, "id")));
            draft.delete(Kind.VIRTUAL_NETWORK, id);
            draft.subject(id + " " + text(network, "name"));
            return ApiResult.of(shown(network, draft.state()));
        });
    }
}
