package io.tunnel4j.edge.api;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.store.Document;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A bearer token of the management interface, as it is kept: by the hash of its text. Immutable.
 *
 * @param id 32 hexadecimal digits
 * @param name shown in the audit log
 * @param hash SHA-256 of the text, hexadecimal; the text is random, so nothing slower is needed
 * @param accountTag the one account it works for; empty for all
 * @param scopes what it may do
 * @param createdAt when it was made
 * @param expiresAt when it ends; null for never
 */
record ApiToken(
        String id,
        String name,
        String hash,
        String accountTag,
        Set<Scope> scopes,
        Instant createdAt,
        @Nullable Instant expiresAt) {
    /** Marks our tokens, so that scanners for leaked secrets can tell them. */
    private static final String PREFIX = "t4j_";

    private static final int RANDOM_BYTES = 24;

    ApiToken {
        requireNonNull(id, "id");
        scopes = Set.copyOf(scopes);
    }

    static String newText() {
        return PREFIX + PathIds.randomHex(RANDOM_BYTES);
    }

    static ApiToken of(
            String name, String text, String accountTag, Set<Scope> scopes, Instant now, @Nullable Instant expiresAt) {
        return new ApiToken(PathIds.random(), name, PathIds.sha256(text), accountTag, scopes, now, expiresAt);
    }

    boolean isExpired(Instant now) {
        Instant end = expiresAt;
        return end != null && !now.isBefore(end);
    }

    boolean mayUse(String account) {
        return accountTag.isEmpty() || accountTag.equals(account);
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("id", id);
        json.addProperty("name", name);
        json.addProperty("account_id", accountTag);
        JsonArray names = new JsonArray();
        scopes.stream().map(Scope::wireName).sorted().forEach(names::add);
        json.add("scopes", names);
        json.addProperty("issued_on", createdAt.toString());
        Instant end = expiresAt;
        json.addProperty("expires_on", end == null ? null : end.toString());
        return json;
    }

    String toDocument() {
        JsonObject json = toJson();
        json.addProperty("hash", hash);
        return json.toString();
    }

    static ApiToken from(Document document) {
        JsonObject json = JsonParser.parseString(document.json()).getAsJsonObject();
        List<String> names = new ArrayList<>();
        for (JsonElement name : json.getAsJsonArray("scopes")) {
            names.add(name.getAsString());
        }
        JsonElement end = json.get("expires_on");
        return new ApiToken(
                document.id(),
                json.get("name").getAsString(),
                json.get("hash").getAsString(),
                json.get("account_id").getAsString(),
                Scope.named(names),
                Instant.parse(json.get("issued_on").getAsString()),
                end == null || end.isJsonNull() ? null : Instant.parse(end.getAsString()));
    }

    /** Shows the name, not the hash. */
    @Override
    public String toString() {
        return "ApiToken[" + name + "]";
    }
}
