package io.tunnel4j.ingress;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Strict JSON to plain values. */
final class Json {
    private static final int MAX_LENGTH = 4 << 20;
    private static final int MAX_DEPTH = 32;

    private Json() {}

    static @Nullable Object parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw invalid("document of " + text.length() + " characters (expected: up to " + MAX_LENGTH + ")", null);
        }
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            JsonElement element = JsonParser.parseReader(reader);
            if (reader.peek() != com.google.gson.stream.JsonToken.END_DOCUMENT) {
                throw invalid("text after the document (expected: one JSON object)", null);
            }
            return plain(element, 0);
        } catch (JsonParseException | java.io.IOException e) {
            throw invalid("document (expected: JSON)", e);
        }
    }

    private static @Nullable Object plain(JsonElement element, int depth) {
        if (depth > MAX_DEPTH) {
            throw invalid("nesting (expected: up to " + MAX_DEPTH + " levels)", null);
        }
        if (element instanceof JsonObject object) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            for (Map.Entry<String, JsonElement> entry : object.entrySet()) {
                map.put(entry.getKey(), plain(entry.getValue(), depth + 1));
            }
            return map;
        }
        if (element instanceof JsonArray array) {
            List<@Nullable Object> list = new ArrayList<>(array.size());
            for (JsonElement item : array) {
                list.add(plain(item, depth + 1));
            }
            return list;
        }
        if (element instanceof JsonPrimitive primitive) {
            return primitive.isBoolean()
                    ? (Object) primitive.getAsBoolean()
                    : primitive.isNumber() ? primitive.getAsNumber() : primitive.getAsString();
        }
        return null;
    }

    private static TunnelException invalid(String message, @Nullable Throwable cause) {
        return new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, message, cause);
    }
}
