package io.tunnel4j.edge.api;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.edge.state.TunnelConfiguration;
import io.tunnel4j.edge.store.Document;
import io.tunnel4j.ingress.RemoteConfiguration;
import java.time.Instant;
import java.util.concurrent.CompletionStage;

/** Configurations pushed to connectors. Thread-safe. */
final class ConfigurationCalls {
    private ConfigurationCalls() {}

    static void addTo(ApiRoutes routes) {
        String path = " /accounts/{account}/cfd_tunnel/{tunnel}/configurations";
        routes.add("GET" + path, Scope.TUNNELS_READ, ConfigurationCalls::get);
        routes.add("PUT" + path, Scope.TUNNELS_EDIT, ConfigurationCalls::put);
    }

    private static CompletionStage<ApiResult> get(ApiCall call) {
        EdgeSnapshot state = call.state();
        Tunnel tunnel = call.tunnel(state);
        if (state.configuration(tunnel.id()).isEmpty()) {
            JsonObject json = json(new TunnelConfiguration(tunnel.id(), 0, "{}", tunnel.createdAt()), tunnel);
            Document reported =
                    state.documents(Kind.LOCAL_CONFIGURATION).get(tunnel.id().toString());
            json.add("config", reported == null ? JsonNull.INSTANCE : JsonParser.parseString(reported.json()));
            return ApiResult.now(json);
        }
        return ApiResult.now(json(state.configuration(tunnel.id()).orElseThrow(), tunnel));
    }

    private static CompletionStage<ApiResult> put(ApiCall call) {
        JsonObject config = call.body().objectOrNull("config");
        if (config == null) {
            throw BodyFields.wrong("config", "an object with ingress and, optionally, originRequest and warp-routing");
        }
        String text = config.toString();
        check(text);
        return call.change("tunnel.configure", draft -> {
            Tunnel tunnel = call.tunnel(draft.state());
            TunnelConfiguration next = draft.configure(tunnel, text);
            draft.subject(tunnel.id() + " " + tunnel.name() + " version " + next.version());
            return ApiResult.of(json(next, tunnel.managed(true)));
        });
    }

    /** Reads it as a connector would, so that the operator hears of a mistake at once and not from the connectors. */
    private static void check(String config) {
        Ingress none = Ingress.builder().otherwise(Origin.status(503)).build();
        RemoteConfiguration.Outcome outcome = new RemoteConfiguration(none).apply(0, config);
        String error = outcome.error();
        if (error != null || outcome.result() != RemoteConfiguration.Result.APPLIED) {
            throw new ApiError(400, 1056, "config: " + (error == null ? "unreadable" : error));
        }
    }

    private static JsonObject json(TunnelConfiguration configuration, Tunnel tunnel) {
        JsonObject json = new JsonObject();
        json.addProperty("tunnel_id", tunnel.id().toString());
        json.addProperty("account_id", tunnel.accountTag());
        json.addProperty("version", configuration.version());
        json.add("config", JsonParser.parseString(configuration.json()));
        json.addProperty("source", tunnel.isRemotelyManaged() ? "cloudflare" : "local");
        Instant at = configuration.createdAt();
        json.addProperty("created_at", at.toString());
        return json;
    }
}
