package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.store.Document;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.UnaryOperator;

/**
 * Applications with their policies, and reusable policies. Thread-safe.
 *
 * <p>An application is stored with whole policies, so that the gate reads one document; a reusable policy is stored once more on its own, and
 * changing it rewrites the applications that use it, in the same commit.
 */
final class ApplicationCalls {
    private static final AccessKind<Application> APPLICATION = AccessKind.APPLICATION;
    private static final AccessKind<Policy> POLICY = AccessKind.POLICY;
    private static final byte[] NO_SECRET = {};

    private ApplicationCalls() {}

    static void addTo(ApiRoutes routes) {
        String apps = " /accounts/{account}/access/apps";
        routes.add("GET" + apps, Scope.ACCESS_READ, call -> AccessCalls.list(call, APPLICATION));
        routes.add("GET" + apps + "/{id}", Scope.ACCESS_READ, call -> AccessCalls.get(call, APPLICATION));
        routes.add("POST" + apps, Scope.ACCESS_EDIT, ApplicationCalls::create);
        routes.add("PUT" + apps + "/{id}", Scope.ACCESS_EDIT, ApplicationCalls::update);
        routes.add("DELETE" + apps + "/{id}", Scope.ACCESS_EDIT, ApplicationCalls::delete);
        String own = apps + "/{id}/policies";
        routes.add("GET" + own, Scope.ACCESS_READ, ApplicationCalls::listPolicies);
        routes.add("GET" + own + "/{policy}", Scope.ACCESS_READ, ApplicationCalls::getPolicy);
        routes.add("POST" + own, Scope.ACCESS_EDIT, ApplicationCalls::addPolicy);
        routes.add("PUT" + own + "/{policy}", Scope.ACCESS_EDIT, ApplicationCalls::replacePolicy);
        routes.add("DELETE" + own + "/{policy}", Scope.ACCESS_EDIT, ApplicationCalls::removePolicy);
        String reusable = " /accounts/{account}/access/policies";
        routes.add("GET" + reusable, Scope.ACCESS_READ, call -> AccessCalls.list(call, POLICY));
        routes.add("GET" + reusable + "/{id}", Scope.ACCESS_READ, call -> AccessCalls.get(call, POLICY));
        routes.add("POST" + reusable, Scope.ACCESS_EDIT, ApplicationCalls::createReusable);
        routes.add("PUT" + reusable + "/{id}", Scope.ACCESS_EDIT, ApplicationCalls::updateReusable);
        routes.add("DELETE" + reusable + "/{id}", Scope.ACCESS_EDIT, ApplicationCalls::deleteReusable);
    }

    private static CompletionStage<ApiResult> create(ApiCall call) {
        JsonObject body = call.body().json();
        body.addProperty("id", UUID.randomUUID().toString());
        body.remove("aud");
        return call.change("access_app.create", draft -> {
            JsonObject app = body.deepCopy();
            app.add("policies", resolved(app, draft.state()));
            return ApiResult.of(store(draft, app));
        });
    }

    private static CompletionStage<ApiResult> update(ApiCall call) {
        JsonObject body = call.body().json();
        return call.change("access_app.update", draft -> {
            JsonObject before = app(call, draft.state());
            JsonObject app = body.deepCopy();
            app.add("id", before.get("id"));
            app.add("aud", before.get("aud"));
            // Without the member the policies stay: the hosted API's older clients keep them apart.
            app.add(
                    "policies",
                    body.has("policies") ? resolved(app, draft.state()) : AccessDocuments.array(before, "policies"));
            return ApiResult.of(store(draft, app));
        });
    }

    private static JsonObject store(EdgeDraft draft, JsonObject app) {
        Application read = AccessDocuments.read(APPLICATION, app, NO_SECRET);
        for (Application other : others(draft.state(), read.id())) {
            for (String destination : read.destinations()) {
                if (other.destinations().contains(destination)) {
                    throw new ApiError(
                            409,
                            11010,
                            "access.api.error.application_already_exists: " + destination + " belongs to "
                                    + other.name());
                }
            }
        }
        return AccessDocuments.store(draft, APPLICATION, read);
    }

    private static List<Application> others(EdgeSnapshot state, String id) {
        return AccessDocuments.all(state, APPLICATION)
                .map(json -> AccessDocuments.read(APPLICATION, json, NO_SECRET))
                .filter(other -> !other.id().equals(id))
                .toList();
    }

    /** Policies of a request, in their order of precedence: whole ones, or the ids of reusable ones. */
    private static JsonArray resolved(JsonObject app, EdgeSnapshot state) {
        List<JsonObject> policies = new ArrayList<>();
        for (JsonElement entry : AccessDocuments.array(app, "policies")) {
            if (entry.isJsonPrimitive()) {
                policies.add(reusable(state, entry.getAsString()));
            } else if (entry.isJsonObject()) {
                policies.add(whole(entry.getAsJsonObject(), state));
            } else {
                throw AccessDocuments.invalid("policies (expected: a list of policies or ids)");
            }
        }
        policies.sort(Comparator.comparingInt(ApplicationCalls::precedence));
        JsonArray sorted = new JsonArray();
        policies.forEach(sorted::add);
        return sorted;
    }

    private static JsonObject whole(JsonObject entry, EdgeSnapshot state) {
        if (entry.has("decision")) {
            JsonObject policy = entry.deepCopy();
            if (AccessDocuments.text(policy, "id").isEmpty()) {
                policy.addProperty("id", UUID.randomUUID().toString());
            }
            return policy;
        }
        JsonObject policy = reusable(state, AccessDocuments.text(entry, "id"));
        if (entry.has("precedence")) {
            policy.add("precedence", entry.get("precedence"));
        }
        return policy;
    }

    private static JsonObject reusable(EdgeSnapshot state, String id) {
        return AccessDocuments.json(AccessDocuments.document(state, POLICY, id));
    }

    private static int precedence(JsonObject policy) {
        return new BodyFields(policy).number("precedence", Integer.MAX_VALUE, 0, Integer.MAX_VALUE);
    }

    private static JsonObject app(ApiCall call, EdgeSnapshot state) {
        return AccessDocuments.json(AccessDocuments.document(state, APPLICATION, call.parameter("id")));
    }

    private static CompletionStage<ApiResult> delete(ApiCall call) {
        return call.change("access_app.delete", draft -> {
            JsonObject app = app(call, draft.state());
            draft.delete(APPLICATION.name(), AccessDocuments.text(app, "id"));
            draft.subject(AccessDocuments.text(app, "id") + " " + AccessDocuments.text(app, "name"));
            return idOf(app);
        });
    }

    private static ApiResult idOf(JsonObject json) {
        JsonObject result = new JsonObject();
        result.add("id", json.get("id"));
        return ApiResult.of(result);
    }

    private static CompletionStage<ApiResult> listPolicies(ApiCall call) {
        List<JsonObject> policies = policies(app(call, call.state()));
        return ApiResult.page(call.query(), policies, policy -> policy);
    }

    private static List<JsonObject> policies(JsonObject app) {
        return AccessDocuments.array(app, "policies").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .toList();
    }

    private static JsonObject policy(ApiCall call, JsonObject app) {
        String id = call.parameter("policy");
        return policies(app).stream()
                .filter(policy -> AccessDocuments.text(policy, "id").equals(id))
                .findFirst()
                .orElseThrow(
                        () -> new ApiError(404, 12135, "access.api.error.not_found: policy " + ApiCall.shortened(id)));
    }

    private static CompletionStage<ApiResult> getPolicy(ApiCall call) {
        return ApiResult.now(policy(call, app(call, call.state())));
    }

    private static CompletionStage<ApiResult> addPolicy(ApiCall call) {
        JsonObject policy = call.body().json();
        policy.addProperty("id", UUID.randomUUID().toString());
        return changePolicies(call, policy, policies -> {
            List<JsonObject> more = new ArrayList<>(policies);
            place(more, policy);
            return more;
        });
    }

    private static CompletionStage<ApiResult> replacePolicy(ApiCall call) {
        JsonObject policy = call.body().json();
        policy.addProperty("id", call.parameter("policy"));
        return changePolicies(call, policy, policies -> {
            List<JsonObject> others = new ArrayList<>(policies);
            int index = others.indexOf(find(others, call.parameter("policy")));
            others.remove(index);
            if (!policy.has("precedence")) {
                policy.addProperty("precedence", index + 1);
            }
            place(others, policy);
            return others;
        });
    }

    private static JsonObject find(List<JsonObject> policies, String id) {
        return policies.stream()
                .filter(policy -> AccessDocuments.text(policy, "id").equals(id))
                .findFirst()
                .orElseThrow(
                        () -> new ApiError(404, 12135, "access.api.error.not_found: policy " + ApiCall.shortened(id)));
    }

    private static void place(List<JsonObject> policies, JsonObject policy) {
        int precedence = precedence(policy);
        policies.add(Math.min(policies.size(), Math.max(0, precedence - 1)), policy);
    }

    private static CompletionStage<ApiResult> removePolicy(ApiCall call) {
        return call.change("access_app.policy.delete", draft -> {
            JsonObject app = app(call, draft.state());
            JsonObject policy = policy(call, app);
            List<JsonObject> left = new ArrayList<>(policies(app));
            left.remove(policy);
            storeWith(draft, app, left);
            return idOf(policy);
        });
    }

    private static CompletionStage<ApiResult> changePolicies(
            ApiCall call, JsonObject policy, UnaryOperator<List<JsonObject>> change) {
        AccessDocuments.read(POLICY, policy, NO_SECRET);
        String id = AccessDocuments.text(policy, "id");
        return call.change("access_app.policy.change", draft -> {
            if (draft.state().documents(POLICY.name()).containsKey(id)) {
                throw AccessDocuments.invalid("policy " + id + " is reusable (expected: a change at /access/policies)");
            }
            JsonObject app = app(call, draft.state());
            JsonObject stored = storeWith(draft, app, change.apply(policies(app)));
            return ApiResult.of(find(policies(stored), id));
        });
    }

    private static JsonObject storeWith(EdgeDraft draft, JsonObject app, List<JsonObject> policies) {
        JsonArray array = new JsonArray();
        policies.forEach(array::add);
        JsonObject changed = app.deepCopy();
        changed.add("policies", array);
        return store(draft, changed);
    }

    private static CompletionStage<ApiResult> createReusable(ApiCall call) {
        JsonObject body = call.body().json();
        body.addProperty("id", UUID.randomUUID().toString());
        return call.change(
                "access_policy.create",
                draft -> ApiResult.of(
                        AccessDocuments.store(draft, POLICY, AccessDocuments.read(POLICY, body, NO_SECRET))));
    }

    private static CompletionStage<ApiResult> updateReusable(ApiCall call) {
        JsonObject body = call.body().json();
        String id = call.parameter("id");
        body.addProperty("id", id);
        return call.change("access_policy.update", draft -> {
            AccessDocuments.document(draft.state(), POLICY, id);
            JsonObject stored = AccessDocuments.store(draft, POLICY, AccessDocuments.read(POLICY, body, NO_SECRET));
            for (JsonObject app : using(draft.state(), id)) {
                List<JsonObject> policies = policies(app).stream()
                        .map(policy -> AccessDocuments.text(policy, "id").equals(id) ? stored : policy)
                        .toList();
                storeWith(draft, app, policies);
            }
            draft.subject(id + " " + AccessDocuments.text(stored, "name"));
            return ApiResult.of(stored);
        });
    }

    private static List<JsonObject> using(EdgeSnapshot state, String policy) {
        return AccessDocuments.all(state, APPLICATION)
                .filter(app -> policies(app).stream()
                        .anyMatch(used -> AccessDocuments.text(used, "id").equals(policy)))
                .toList();
    }

    private static CompletionStage<ApiResult> deleteReusable(ApiCall call) {
        return call.change("access_policy.delete", draft -> {
            Document policy = AccessDocuments.document(draft.state(), POLICY, call.parameter("id"));
            using(draft.state(), policy.id()).stream().findFirst().ifPresent(app -> {
                throw new ApiError(
                        400,
                        12130,
                        "access.api.error.in_use: policy " + policy.id() + " is used by "
                                + AccessDocuments.text(app, "name"));
            });
            draft.delete(POLICY.name(), policy.id());
            draft.subject(policy.id());
            return idOf(AccessDocuments.json(policy));
        });
    }
}
