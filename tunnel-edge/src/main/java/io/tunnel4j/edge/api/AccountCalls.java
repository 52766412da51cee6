package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.state.Zone;
import io.tunnel4j.edge.store.AuditEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** Accounts, bearer tokens and the audit log. Thread-safe. */
final class AccountCalls {
    private static final int MAX_AUDIT_PAGE = 1000;

    private AccountCalls() {}

    static void addTo(ApiRoutes routes) {
        routes.add("GET /accounts", Scope.TUNNELS_READ, AccountCalls::accounts);
        routes.add("POST /accounts/{account}/zones", Scope.ROUTES_EDIT, AccountCalls::createZone);
        routes.add("POST /zones/{zone}/certificate", Scope.TOKENS_EDIT, AccountCalls::issueCertificate);
        String tokens = " /accounts/{account}/tokens";
        routes.add("GET" + tokens, Scope.TOKENS_EDIT, AccountCalls::tokens);
        routes.add("POST" + tokens, Scope.TOKENS_EDIT, AccountCalls::createToken);
        routes.add("DELETE" + tokens + "/{token}", Scope.TOKENS_EDIT, AccountCalls::deleteToken);
        routes.add("GET /accounts/{account}/audit_logs", Scope.AUDIT_READ, AccountCalls::audit);
    }

    static void putAccount(EdgeDraft draft, String tag, String name) {
        JsonObject json = new JsonObject();
        json.addProperty("id", tag);
        json.addProperty("name", name);
        if (!draft.state().documents(Kind.ACCOUNT).containsKey(tag)) {
            draft.put(Kind.ACCOUNT, tag, json.toString());
            draft.subject("account " + tag);
        }
    }

    static Zone zone(String account, String name) {
        return new Zone(PathIds.derived("zone", account + "\0" + name), account, name);
    }

    static CompletionStage<ApiResult> verify(ApiToken caller) {
        JsonObject result = new JsonObject();
        result.addProperty("id", caller.id());
        result.addProperty("status", "active");
        return ApiResult.now(result);
    }

    private static CompletionStage<ApiResult> accounts(ApiCall call) {
        List<JsonObject> accounts = call.state().documents(Kind.ACCOUNT).values().stream()
                .filter(document -> call.caller().mayUse(document.id()))
                .map(document -> JsonParser.parseString(document.json()).getAsJsonObject())
                .sorted(Comparator.comparing(json -> json.get("id").getAsString()))
                .toList();
        return ApiResult.page(call.query(), accounts, json -> json);
    }

    private static CompletionStage<ApiResult> createZone(ApiCall call) {
        String name = Hostname.normalised(call.body().text("name"));
        if (name == null || name.startsWith("*")) {
            throw BodyFields.wrong("name", "a domain, e.g. example.com");
        }
        return call.change("zone.create", draft -> {
            Zone zone = zone(call.account(), name);
            boolean isTaken = draft.state().zones().stream()
                    .anyMatch(other -> !other.accountTag().equals(call.account())
                            && (other.contains(name) || zone.contains(other.name())));
            if (isTaken) {
                throw new ApiError(409, 1061, name + " belongs to another account, whole or in part");
            }
            draft.put(zone);
            draft.subject(name);
            JsonObject result = new JsonObject();
            result.addProperty("id", zone.id());
            result.addProperty("name", name);
            return ApiResult.of(result);
        });
    }

    /** The file that the login page delivers, for those who have a token already. */
    private static CompletionStage<ApiResult> issueCertificate(ApiCall call) {
        return OriginCertificate.issue(call.edgeState(), HostnameCalls.zone(call), call.actor())
                .thenApply(ApiResult::of);
    }

    private static CompletionStage<ApiResult> tokens(ApiCall call) {
        List<ApiToken> tokens = call.state().documents(Kind.API_TOKEN).values().stream()
                .map(ApiToken::from)
                .filter(token -> token.accountTag().equals(call.account()))
                .sorted(Comparator.comparing(ApiToken::createdAt))
                .toList();
        return ApiResult.page(call.query(), tokens, ApiToken::toJson);
    }

    private static CompletionStage<ApiResult> createToken(ApiCall call) {
        BodyFields body = call.body();
        String name = body.text("name");
        Set<Scope> scopes = scopes(body);
        Instant end = body.instantOrNull("expires_on");
        String text = ApiToken.newText();
        return call.change("token.create", draft -> {
            ApiToken token = ApiToken.of(name, text, call.account(), scopes, draft.now(), end);
            draft.put(Kind.API_TOKEN, token.id(), token.toDocument());
            draft.subject(token.id() + " " + name);
            JsonObject result = token.toJson();
            result.addProperty("value", text);
            return ApiResult.of(result);
        });
    }

    private static Set<Scope> scopes(BodyFields body) {
        JsonElement list = body.json().get("scopes");
        List<String> names = new ArrayList<>();
        if (list instanceof JsonArray array) {
            for (JsonElement name : array) {
                names.add(name.isJsonPrimitive() ? ApiCall.shortened(name.getAsString()) : "");
            }
        }
        if (names.isEmpty()) {
            throw BodyFields.wrong("scopes", "a list of scopes, e.g. [\"tunnels:edit\"]");
        }
        try {
            return Scope.named(names);
        } catch (IllegalArgumentException e) {
            throw ApiError.invalid("scopes: " + e.getMessage());
        }
    }

    private static CompletionStage<ApiResult> deleteToken(ApiCall call) {
        String id = call.parameter("token");
        return call.change("token.delete", draft -> {
            boolean isThere = draft.state().documents(Kind.API_TOKEN).values().stream()
                    .map(ApiToken::from)
                    .anyMatch(
                            token -> token.id().equals(id) && token.accountTag().equals(call.account()));
            if (!isThere) {
                throw ApiError.notFound("token " + ApiCall.shortened(id));
            }
            draft.delete(Kind.API_TOKEN, id);
            draft.subject(id);
            JsonObject result = new JsonObject();
            result.addProperty("id", id);
            return ApiResult.of(result);
        });
    }

    private static CompletionStage<ApiResult> audit(ApiCall call) {
        int limit = call.query().number("per_page", 100, MAX_AUDIT_PAGE);
        int before = call.query().number("before", Integer.MAX_VALUE, Integer.MAX_VALUE);
        return call.edgeState().audit(before, limit).thenApply(entries -> {
            JsonArray result = new JsonArray();
            for (AuditEntry entry : entries) {
                JsonObject json = new JsonObject();
                json.addProperty("id", entry.sequence());
                json.addProperty("when", entry.at().toString());
                json.addProperty("actor", entry.actor());
                json.addProperty("action", entry.action());
                json.addProperty("resource", entry.subject());
                result.add(json);
            }
            return ApiResult.of(result);
        });
    }
}
