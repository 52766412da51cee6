package io.tunnel4j.access;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** Reads the captured vectors (their origin is told in the protocol notes: the reference client, driven on loopback). */
final class Vectors {
    private Vectors() {}

    static Stream<JsonObject> list(String name) {
        JsonArray all = read(name).getAsJsonArray();
        return StreamSupport.stream(all.spliterator(), false).map(JsonElement::getAsJsonObject);
    }

    static JsonObject transcript(String name) {
        return read("transcripts/" + name + ".json").getAsJsonObject();
    }

    static @Nullable String text(JsonObject object, String member) {
        JsonElement value = object.get(member);
        return value == null || value.isJsonNull() ? null : value.getAsString();
    }

    private static JsonElement read(String name) {
        try (InputStream in = Vectors.class.getResourceAsStream("/vectors/access/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no vector " + name);
            }
            return JsonParser.parseReader(new InputStreamReader(in, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
