package io.tunnel4j.edge.api;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Members of a request body. What is missing or of the wrong shape is named in the error. */
final class BodyFields {
    private static final int MAX_TEXT = 255;

    private final JsonObject json;

    BodyFields(JsonObject json) {
        this.json = json;
    }

    JsonObject json() {
        return json;
    }

    boolean has(String name) {
        JsonElement value = json.get(name);
        return value != null && !value.isJsonNull();
    }

    String text(String name) {
        String value = textOrNull(name);
        if (value == null || value.isEmpty()) {
            throw wrong(name, "1 to " + MAX_TEXT + " characters");
        }
        return value;
    }

    String text(String name, String otherwise) {
        String value = textOrNull(name);
        return value == null ? otherwise : value;
    }

    @Nullable
    String textOrNull(String name) {
        if (!has(name)) {
            return null;
        }
        if (!(json.get(name) instanceof JsonPrimitive value) || !value.isString()) {
            throw wrong(name, "a string");
        }
        String text = value.getAsString();
        if (text.length() > MAX_TEXT || text.chars().anyMatch(Character::isISOControl)) {
            throw wrong(name, "up to " + MAX_TEXT + " characters, none of them a control character");
        }
        return text;
    }

    boolean flag(String name, boolean otherwise) {
        if (!has(name)) {
            return otherwise;
        }
        if (!(json.get(name) instanceof JsonPrimitive value) || !value.isBoolean()) {
            throw wrong(name, "true or false");
        }
        return value.getAsBoolean();
    }

    int number(String name, int otherwise, int least, int most) {
        if (!has(name)) {
            return otherwise;
        }
        try {
            if (json.get(name) instanceof JsonPrimitive value && value.isNumber()) {
                int number = value.getAsBigDecimal().intValueExact();
                if (number >= least && number <= most) {
                    return number;
                }
            }
        } catch (ArithmeticException e) {
            // Out of range or a fraction: refused like any other wrong number.
        }
        throw wrong(name, "a whole number from " + least + " to " + most);
    }

    UUID uuid(String name) {
        return PathIds.uuid(name, text(name));
    }

    @Nullable
    Instant instantOrNull(String name) {
        String text = textOrNull(name);
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw wrong(name, "a time as in 2026-01-31T12:00:00Z");
        }
    }

    @Nullable
    JsonObject objectOrNull(String name) {
        if (!has(name)) {
            return null;
        }
        if (!json.get(name).isJsonObject()) {
            throw wrong(name, "an object");
        }
        return json.getAsJsonObject(name);
    }

    static ApiError wrong(String name, String expected) {
        return ApiError.invalid(name + " (expected: " + expected + ")");
    }
}
