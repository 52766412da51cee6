package io.tunnel4j.edge.api;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.store.Document;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Create, list, get, update and delete for one kind of the Access model that needs nothing special. Thread-safe. */
final class AccessCalls<T> {
    private final AccessKind<T> kind;

    private AccessCalls(AccessKind<T> kind) {
        this.kind = kind;
    }

    static void addTo(ApiRoutes routes) {
        new AccessCalls<>(AccessKind.GROUP).add(routes, "access/groups");
        new AccessCalls<>(AccessKind.IDENTITY_PROVIDER).add(routes, "access/identity_providers");
        new AccessCalls<>(AccessKind.LIST).add(routes, "gateway/lists");
        ApplicationCalls.addTo(routes);
        ServiceTokenCalls.addTo(routes);
    }

    private void add(ApiRoutes routes, String path) {
        String all = " /accounts/{account}/" + path;
        routes.add("GET" + all, Scope.ACCESS_READ, call -> list(call, kind));
        routes.add("GET" + all + "/{id}", Scope.ACCESS_READ, call -> get(call, kind));
        routes.add("POST" + all, Scope.ACCESS_EDIT, this::create);
        routes.add("PUT" + all + "/{id}", Scope.ACCESS_EDIT, this::update);
        routes.add("DELETE" + all + "/{id}", Scope.ACCESS_EDIT, this::delete);
    }

    static CompletionStage<ApiResult> list(ApiCall call, AccessKind<?> kind) {
        String name = call.query().text("name");
        List<JsonObject> all = AccessDocuments.all(call.state(), kind)
                .filter(json ->
                        name == null || AccessDocuments.text(json, "name").equals(name))
                .sorted(Comparator.comparing((JsonObject json) -> AccessDocuments.text(json, "name"))
                        .thenComparing(json -> AccessDocuments.text(json, "id")))
                .toList();
        return ApiResult.page(call.query(), all, json -> json);
    }

    static CompletionStage<ApiResult> get(ApiCall call, AccessKind<?> kind) {
        return ApiResult.now(AccessDocuments.json(AccessDocuments.document(call.state(), kind, call.parameter("id"))));
    }

    private CompletionStage<ApiResult> create(ApiCall call) {
        JsonObject body = call.body().json();
        body.addProperty("id", UUID.randomUUID().toString());
        return call.change(
                kind.name() + ".create",
                draft -> ApiResult.of(
                        AccessDocuments.store(draft, kind, AccessDocuments.read(kind, body, new byte[0]))));
    }

    private CompletionStage<ApiResult> update(ApiCall call) {
        JsonObject body = call.body().json();
        body.addProperty("id", call.parameter("id"));
        return call.change(kind.name() + ".update", draft -> {
            Document before = AccessDocuments.document(draft.state(), kind, call.parameter("id"));
            return ApiResult.of(AccessDocuments.store(draft, kind, AccessDocuments.read(kind, body, before.secret())));
        });
    }

    private CompletionStage<ApiResult> delete(ApiCall call) {
        return call.change(kind.name() + ".delete", draft -> {
            Document document = AccessDocuments.document(draft.state(), kind, call.parameter("id"));
            AccessDocuments.checkUnused(draft.state(), document.id());
            draft.delete(kind.name(), document.id());
            draft.subject(document.id() + " " + AccessDocuments.text(AccessDocuments.json(document), "name"));
            JsonObject result = new JsonObject();
            result.addProperty("id", document.id());
            return ApiResult.of(result);
        });
    }
}
