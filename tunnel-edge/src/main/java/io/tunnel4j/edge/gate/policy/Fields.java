package io.tunnel4j.edge.gate.policy;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.ingress.GoDuration;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads members of JSON objects and complains by their names. */
final class Fields {
    private Fields() {}

    static String text(JsonObject json, String name, String fallback) {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return fallback;
        }
        if (!value.isJsonPrimitive()) {
            throw malformed(name, "a text");
        }
        return value.getAsString();
    }

    static String requiredText(JsonObject json, String name) {
        String value = text(json, name, "");
        if (value.isEmpty()) {
            throw malformed(name, "a text");
        }
        return value;
    }

    static boolean flag(JsonObject json, String name, boolean fallback) {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return fallback;
        }
        if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
            throw malformed(name, "true or false");
        }
        return value.getAsBoolean();
    }

    static List<String> texts(JsonObject json, String name) {
        List<String> texts = new ArrayList<>();
        for (JsonElement element : array(json, name)) {
            if (!element.isJsonPrimitive()) {
                throw malformed(name, "a list of texts");
            }
            texts.add(element.getAsString());
        }
        return texts;
    }

    static JsonArray array(JsonObject json, String name) {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return new JsonArray();
        }
        if (!value.isJsonArray()) {
            throw malformed(name, "a list");
        }
        return value.getAsJsonArray();
    }

    static JsonObject object(JsonObject json, String name) {
        JsonElement value = json.get(name);
        if (value == null || value.isJsonNull()) {
            return new JsonObject();
        }
        return asObject(value, name);
    }

    static JsonObject asObject(JsonElement value, String name) {
        if (!value.isJsonObject()) {
            throw malformed(name, "an object");
        }
        return value.getAsJsonObject();
    }

    static JsonArray ofTexts(List<String> texts) {
        JsonArray array = new JsonArray();
        texts.forEach(array::add);
        return array;
    }

    static @Nullable Duration duration(JsonObject json, String name) {
        String value = text(json, name, "");
        if (value.isEmpty()) {
            return null;
        }
        Duration duration = GoDuration.parse(value);
        if (duration == null) {
            throw malformed(name, "a duration such as 24h or 30m");
        }
        return duration;
    }

    /** Writes {@code 24h}, {@code 30m}, {@code 1h30m} or {@code 0s}. */
    static String ofDuration(Duration duration) {
        StringBuilder text = new StringBuilder();
        long hours = duration.toHours();
        if (hours > 0) {
            text.append(hours).append('h');
        }
        if (duration.toMinutesPart() > 0) {
            text.append(duration.toMinutesPart()).append('m');
        }
        if (duration.toSecondsPart() > 0 || text.length() == 0) {
            text.append(duration.toSecondsPart()).append('s');
        }
        return text.toString();
    }

    static @Nullable Instant instant(JsonObject json, String name) {
        String value = text(json, name, "");
        if (value.isEmpty()) {
            return null;
        }
        try {
            return Instant.parse(value);
        } catch (DateTimeParseException e) {
            throw malformed(name, "a time such as 2026-01-31T12:00:00Z");
        }
    }

    static Instant instant(JsonObject json, String name, Instant fallback) {
        Instant value = instant(json, name);
        return value == null ? fallback : value;
    }

    static IllegalArgumentException malformed(String name, String expected) {
        return new IllegalArgumentException(name + ": missing or malformed (expected: " + expected + ")");
    }
}
