package io.tunnel4j.edge.state;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.store.Document;
import io.tunnel4j.edge.store.StoreException;
import io.tunnel4j.edge.store.StoreException.Reason;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Members of a stored document. What cannot be read is named and ends the reading. Not thread-safe. */
final class Fields {
    private final Document document;
    private final JsonObject json;

    private Fields(Document document, JsonObject json) {
        this.document = document;
        this.json = json;
    }

    static Fields of(Document document) {
        try {
            return new Fields(document, JsonParser.parseString(document.json()).getAsJsonObject());
        } catch (JsonParseException | IllegalStateException e) {
            throw unreadable(document, "content", e);
        }
    }

    static void put(JsonObject json, String name, @Nullable Instant value) {
        if (value != null) {
            json.addProperty(name, value.toString());
        }
    }

    JsonObject json() {
        return json;
    }

    String text(String name) {
        JsonElement value = json.get(name);
        if (value == null || !value.isJsonPrimitive()) {
            throw unreadable(document, name, null);
        }
        return value.getAsString();
    }

    boolean flag(String name) {
        JsonElement value = json.get(name);
        return value != null && value.isJsonPrimitive() && value.getAsBoolean();
    }

    int number(String name) {
        try {
            return Integer.parseInt(text(name));
        } catch (NumberFormatException e) {
            throw unreadable(document, name, e);
        }
    }

    Instant instant(String name) {
        Instant value = instantOrNull(name);
        if (value == null) {
            throw unreadable(document, name, null);
        }
        return value;
    }

    @Nullable
    Instant instantOrNull(String name) {
        if (!json.has(name)) {
            return null;
        }
        try {
            return Instant.parse(text(name));
        } catch (DateTimeException e) {
            throw unreadable(document, name, e);
        }
    }

    static StoreException unreadable(Document document, String what, @Nullable Throwable cause) {
        return new StoreException(
                Reason.UNREADABLE, "stored " + document.kind() + " " + document.id() + ": bad " + what, cause);
    }
}
