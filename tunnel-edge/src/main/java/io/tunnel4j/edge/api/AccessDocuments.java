package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.state.EdgeDraft;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.store.Document;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The Access model as stored JSON: reading, checking, and who refers to whom. Thread-safe. */
final class AccessDocuments {
    private static final int INVALID = 12130;
    private static final List<String> RULE_LISTS = List.of("include", "require", "exclude");

    private AccessDocuments() {}

    static Stream<JsonObject> all(EdgeSnapshot state, AccessKind<?> kind) {
        return state.documents(kind.name()).values().stream().map(AccessDocuments::json);
    }

    static JsonObject json(Document document) {
        return JsonParser.parseString(document.json()).getAsJsonObject();
    }

    static Document document(EdgeSnapshot state, AccessKind<?> kind, String id) {
        return Optional.ofNullable(state.documents(kind.name()).get(id))
                .orElseThrow(() -> new ApiError(
                        404, 12135, "access.api.error.not_found: " + kind.name() + " " + ApiCall.shortened(id)));
    }

    /** Checks a value the way the gate will read it; what the gate could not read is never stored. */
    static <T> T read(AccessKind<T> kind, JsonObject json, byte[] secret) {
        try {
            return kind.read(json, secret);
        } catch (IllegalArgumentException
                | IllegalStateException
                | ClassCastException
                | UnsupportedOperationException
                | ArithmeticException e) {
            throw invalid(e instanceof IllegalArgumentException ? String.valueOf(e.getMessage()) : kind.name());
        }
    }

    static ApiError invalid(String message) {
        return new ApiError(400, INVALID, "access.api.error.invalid_request: " + message);
    }

    /** Stores a value in the form the gate writes, with the times of its changes. */
    static <T> JsonObject store(EdgeDraft draft, AccessKind<T> kind, T value) {
        JsonObject json = kind.write(value);
        String id = kind.id(value);
        Document before = draft.state().documents(kind.name()).get(id);
        JsonElement created = before == null ? null : json(before).get("created_at");
        if (!json.has("created_at")) {
            json.addProperty("created_at", created == null ? draft.now().toString() : created.getAsString());
        }
        json.addProperty("updated_at", draft.now().toString());
        draft.put(kind.name(), id, json.toString(), kind.secret(value));
        draft.subject(id + " " + text(json, "name"));
        return json;
    }

    static String text(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value == null || !value.isJsonPrimitive() ? "" : value.getAsString();
    }

    static JsonArray array(JsonObject json, String name) {
        JsonElement value = json.get(name);
        return value == null || !value.isJsonArray() ? new JsonArray() : value.getAsJsonArray();
    }

    /** Refuses to delete what a rule still names: a rule about nothing could, as an exclusion, let somebody in. */
    static void checkUnused(EdgeSnapshot state, String id) {
        Stream<JsonObject> withRules = Stream.of(
                        all(state, AccessKind.POLICY),
                        all(state, AccessKind.GROUP),
                        all(state, AccessKind.APPLICATION)
                                .flatMap(app -> array(app, "policies").asList().stream())
                                .map(JsonElement::getAsJsonObject))
                .flatMap(stream -> stream);
        withRules
                .filter(holder -> RULE_LISTS.stream().anyMatch(list -> names(array(holder, list), id)))
                .findFirst()
                .ifPresent(holder -> {
                    throw new ApiError(
                            400, INVALID, "access.api.error.in_use: " + id + " is used by " + text(holder, "name"));
                });
    }

    private static boolean names(JsonArray rules, String id) {
        return rules.asList().stream()
                .filter(JsonElement::isJsonObject)
                .flatMap(rule -> rule.getAsJsonObject().entrySet().stream())
                .filter(selector -> selector.getValue().isJsonObject())
                .anyMatch(selector ->
                        text(selector.getValue().getAsJsonObject(), "id").equals(id));
    }
}
