package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.state.ConnectionDirectory;
import io.tunnel4j.edge.state.ConnectionDirectory.LiveConnection;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.edge.store.Document;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Tunnels, their tokens and connections. Thread-safe. */
final class TunnelCalls {
    private static final int MIN_SECRET_BYTES = 32;
    private static final int MAX_SECRET_BYTES = 128;
    private static final int MAX_NAME = 100;
    private static final int MAX_METADATA = 8 << 10;

    private final ConnectionDirectory connections;
    private final SecureRandom random = new SecureRandom();

    private TunnelCalls(ConnectionDirectory connections) {
        this.connections = connections;
    }

    static void addTo(ApiRoutes routes, ConnectionDirectory connections) {
        TunnelCalls calls = new TunnelCalls(connections);
        String tunnels = " /accounts/{account}/cfd_tunnel";
        routes.add("POST" + tunnels, Scope.TUNNELS_EDIT, calls::create);
        routes.add("GET" + tunnels, Scope.TUNNELS_READ, calls::list);
        routes.add("GET" + tunnels + "/{tunnel}", Scope.TUNNELS_READ, calls::get);
        routes.add("PATCH" + tunnels + "/{tunnel}", Scope.TUNNELS_EDIT, calls::update);
        routes.add("DELETE" + tunnels + "/{tunnel}", Scope.TUNNELS_EDIT, calls::delete);
        // Whoever has the token can serve the tunnel's hostnames, so seeing it is a matter for editors.
        routes.add("GET" + tunnels + "/{tunnel}/token", Scope.TUNNELS_EDIT, calls::token);
        routes.add("GET" + tunnels + "/{tunnel}/connections", Scope.TUNNELS_READ, calls::connections);
        routes.add("DELETE" + tunnels + "/{tunnel}/connections", Scope.TUNNELS_EDIT, calls::cleanUp);
        routes.add("POST" + tunnels + "/{tunnel}/management/{resource}", Scope.TUNNELS_EDIT, TunnelCalls::management);
    }

    private CompletionStage<ApiResult> create(ApiCall call) {
        BodyFields body = call.body();
        String name = name(body);
        byte[] secret = secret(body);
        String source = body.text("config_src", "local");
        if (!source.equals("local") && !source.equals("cloudflare")) {
            throw BodyFields.wrong("config_src", "local or cloudflare");
        }
        String metadata = metadata(body);
        return call.change("tunnel.create", draft -> {
            Tunnel tunnel = Tunnel.of(UUID.randomUUID(), call.account(), name, secret, draft.now())
                    .withMetadata(metadata)
                    .managed(source.equals("cloudflare"));
            draft.put(tunnel);
            draft.subject(tunnel.id() + " " + name);
            JsonObject result = json(tunnel);
            result.addProperty("token", tokenOf(tunnel));
            return ApiResult.of(result);
        });
    }

    private static String name(BodyFields body) {
        String name = body.text("name");
        if (name.length() > MAX_NAME) {
            throw BodyFields.wrong("name", "1 to " + MAX_NAME + " characters");
        }
        if (PathIds.isUuid(name)) {
            throw BodyFields.wrong("name", "anything but a UUID, which would be taken for a tunnel id");
        }
        return name;
    }

    private byte[] secret(BodyFields body) {
        String text = body.textOrNull("tunnel_secret");
        if (text == null) {
            byte[] secret = new byte[MIN_SECRET_BYTES];
            random.nextBytes(secret);
            return secret;
        }
        try {
            byte[] secret = Base64.getDecoder().decode(text);
            if (secret.length >= MIN_SECRET_BYTES && secret.length <= MAX_SECRET_BYTES) {
                return secret;
            }
        } catch (IllegalArgumentException e) {
            // Answered like a secret of the wrong length; the decoder's message could quote it.
        }
        throw BodyFields.wrong(
                "tunnel_secret", "base64 of " + MIN_SECRET_BYTES + " to " + MAX_SECRET_BYTES + " random bytes");
    }

    private static String metadata(BodyFields body) {
        JsonObject metadata = body.objectOrNull("metadata");
        String json = metadata == null ? "{}" : metadata.toString();
        if (json.length() > MAX_METADATA) {
            throw BodyFields.wrong("metadata", "an object of up to " + MAX_METADATA + " characters");
        }
        return json;
    }

    private CompletionStage<ApiResult> list(ApiCall call) {
        Query query = call.query();
        UUID id = query.uuid("uuid");
        Boolean isDeleted = query.flag("is_deleted");
        Instant existedAt = query.instant("existed_at");
        String name = query.text("name");
        String prefix = query.text("name_prefix");
        String excluded = query.text("exclude_prefix");
        String status = query.text("status");
        List<Tunnel> tunnels = call.state().tunnels().stream()
                .filter(tunnel -> tunnel.accountTag().equals(call.account()))
                .filter(tunnel -> id == null || tunnel.id().equals(id))
                .filter(tunnel -> isDeleted == null || tunnel.isLive() != isDeleted)
                .filter(tunnel -> existedAt == null || existed(tunnel, existedAt))
                .filter(tunnel -> name == null || tunnel.name().equals(name))
                .filter(tunnel -> prefix == null || tunnel.name().startsWith(prefix))
                .filter(tunnel -> excluded == null || !tunnel.name().startsWith(excluded))
                .filter(tunnel -> status == null || status(tunnel, live(tunnel)).equals(status))
                .sorted(Comparator.comparing(Tunnel::createdAt).reversed().thenComparing(Tunnel::id))
                .toList();
        return ApiResult.page(query, tunnels, this::json);
    }

    private static boolean existed(Tunnel tunnel, Instant at) {
        Instant end = tunnel.deletedAt();
        return !tunnel.createdAt().isAfter(at) && (end == null || end.isAfter(at));
    }

    /** Deleted ones too: the stock command line looks at {@code deleted_at} before it deletes. */
    private CompletionStage<ApiResult> get(ApiCall call) {
        UUID id = call.uuid("tunnel");
        return ApiResult.now(call.state()
                .tunnelEvenDeleted(id)
                .filter(tunnel -> tunnel.accountTag().equals(call.account()))
                .map(this::json)
                .orElseThrow(() -> ApiError.notFound("tunnel " + id)));
    }

    private CompletionStage<ApiResult> update(ApiCall call) {
        BodyFields body = call.body();
        String name = body.has("name") ? name(body) : null;
        byte[] secret = body.has("tunnel_secret") ? secret(body) : null;
        return call.change("tunnel.update", draft -> {
            Tunnel before = call.tunnel(draft.state());
            Tunnel after =
                    before.renamed(name == null ? before.name() : name, secret == null ? before.secret() : secret);
            draft.put(after);
            draft.subject(after.id() + " " + after.name());
            return ApiResult.of(json(after));
        });
    }

    private CompletionStage<ApiResult> delete(ApiCall call) {
        boolean isCascade = call.query().isSet("cascade");
        UUID id = call.uuid("tunnel");
        return call.change("tunnel.delete", draft -> {
                    Tunnel tunnel = call.tunnel(draft.state());
                    List<Document> networks = NetworkCalls.routesTo(draft.state(), tunnel.id());
                    if (!isCascade && !connections.connections(tunnel.id()).isEmpty()) {
                        throw new ApiError(
                                400,
                                1022,
                                "Cannot delete tunnel because it has active connections (expected: none, or"
                                        + " cascade=true)");
                    }
                    if (!isCascade && !networks.isEmpty()) {
                        throw new ApiError(
                                400,
                                1023,
                                "Cannot delete tunnel because it has " + networks.size()
                                        + " network routes (expected: none, or cascade=true)");
                    }
                    networks.forEach(route -> draft.delete(Kind.NETWORK_ROUTE, route.id()));
                    return deleted(draft, tunnel);
                })
                .thenApply(result -> {
                    connections.disconnect(id, null);
                    return result;
                });
    }

    private ApiResult deleted(EdgeDraft draft, Tunnel tunnel) {
        draft.delete(tunnel);
        draft.subject(tunnel.id() + " " + tunnel.name());
        return ApiResult.of(json(draft.state().tunnelEvenDeleted(tunnel.id()).orElse(tunnel)));
    }

    private CompletionStage<ApiResult> token(ApiCall call) {
        return CompletableFuture.completedFuture(ApiResult.of(tokenOf(call.tunnel(call.state()))));
    }

    /** What {@code tunnel run --token} takes. */
    static String tokenOf(Tunnel tunnel) {
        JsonObject json = new JsonObject();
        json.addProperty("AccountTag", tunnel.accountTag());
        json.addProperty("TunnelID", tunnel.id().toString());
        json.addProperty("TunnelSecret", Base64.getEncoder().encodeToString(tunnel.secret()));
        return TunnelCredentials.fromJson(json.toString()).toToken();
    }

    private CompletionStage<ApiResult> connections(ApiCall call) {
        Map<UUID, JsonObject> clients = new LinkedHashMap<>();
        for (LiveConnection connection : live(call.tunnel(call.state()))) {
            JsonObject client = clients.computeIfAbsent(connection.clientId(), id -> client(connection));
            client.getAsJsonArray("conns").add(connection(connection));
        }
        JsonArray result = new JsonArray();
        clients.values().forEach(result::add);
        return ApiResult.now(result);
    }

    private static JsonObject client(LiveConnection connection) {
        JsonObject json = new JsonObject();
        json.addProperty("id", connection.clientId().toString());
        JsonArray features = new JsonArray();
        connection.features().forEach(features::add);
        json.add("features", features);
        json.addProperty("version", connection.version());
        json.addProperty("arch", connection.arch());
        json.addProperty("run_at", connection.runAt().toString());
        json.addProperty("config_version", connection.configurationVersion());
        json.addProperty("config_error", connection.configurationError());
        json.add("conns", new JsonArray());
        return json;
    }

    private CompletionStage<ApiResult> cleanUp(ApiCall call) {
        UUID client = call.query().uuid("client_id");
        return call.change("tunnel.cleanup", draft -> {
                    Tunnel tunnel = call.tunnel(draft.state());
                    draft.subject(tunnel.id() + " " + tunnel.name());
                    return ApiResult.nothing();
                })
                .thenApply(result -> {
                    connections.disconnect(call.uuid("tunnel"), client);
                    return result;
                });
    }

    /** Tokens for the service inside connectors, which no request of this edge reaches. */
    private static CompletionStage<ApiResult> management(ApiCall call) {
        call.tunnel(call.state());
        throw new ApiError(
                501, 10501, "This edge does not stream logs (expected: read the log of the connector where it runs)");
    }

    private List<LiveConnection> live(Tunnel tunnel) {
        return connections.connections(tunnel.id()).stream()
                .sorted(Comparator.comparing(LiveConnection::openedAt).thenComparing(LiveConnection::id))
                .toList();
    }

    private static String status(Tunnel tunnel, List<LiveConnection> live) {
        if (live.isEmpty() || !tunnel.isLive()) {
            return "inactive";
        }
        return live.stream().allMatch(LiveConnection::isPendingReconnect) ? "degraded" : "healthy";
    }

    private JsonObject json(Tunnel tunnel) {
        List<LiveConnection> live = live(tunnel);
        JsonObject json = new JsonObject();
        json.addProperty("id", tunnel.id().toString());
        json.addProperty("account_tag", tunnel.accountTag());
        json.addProperty("name", tunnel.name());
        json.addProperty("created_at", tunnel.createdAt().toString());
        addInstant(json, "deleted_at", tunnel.deletedAt());
        JsonArray list = new JsonArray();
        live.forEach(connection -> list.add(connection(connection)));
        json.add("connections", list);
        addInstant(json, "conns_active_at", live.isEmpty() ? null : live.get(0).openedAt());
        json.addProperty("tun_type", "cfd_tunnel");
        json.addProperty("status", status(tunnel, live));
        json.addProperty("remote_config", tunnel.isRemotelyManaged());
        json.addProperty("config_src", tunnel.isRemotelyManaged() ? "cloudflare" : "local");
        json.add("metadata", JsonParser.parseString(tunnel.metadata()));
        return json;
    }

    private static JsonObject connection(LiveConnection connection) {
        JsonObject json = new JsonObject();
        json.addProperty("id", connection.id().toString());
        json.addProperty("uuid", connection.id().toString());
        json.addProperty("colo_name", connection.colo());
        json.addProperty("is_pending_reconnect", connection.isPendingReconnect());
        json.addProperty("origin_ip", connection.originIp());
        json.addProperty("opened_at", connection.openedAt().toString());
        json.addProperty("client_id", connection.clientId().toString());
        json.addProperty("client_version", connection.version());
        json.addProperty("streams", connection.streams());
        json.addProperty("requests", connection.requests());
        json.addProperty("bytes_in", connection.bytesIn());
        json.addProperty("bytes_out", connection.bytesOut());
        return json;
    }

    static void addInstant(JsonObject json, String name, @Nullable Instant instant) {
        if (instant == null) {
            json.add(name, JsonNull.INSTANCE);
        } else {
            json.addProperty(name, instant.toString());
        }
    }
}
