package io.tunnel4j.access;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The captured behaviour of the reference, from {@code vectors/access}. */
public final class AccessVectors {
    private AccessVectors() {}

    /**
     * Reads a file.
     *
     * @param name its name below {@code vectors/access}
     * @return its text
     */
    public static String text(String name) {
        try (InputStream in = AccessVectors.class.getResourceAsStream("/vectors/access/" + name)) {
            if (in == null) {
                throw new IllegalArgumentException("no vector " + name);
            }
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads a list of cases.
     *
     * @param name the file's name below {@code vectors/access}
     * @return the cases
     */
    public static Stream<JsonObject> cases(String name) {
        JsonArray array = JsonParser.parseString(text(name)).getAsJsonArray();
        return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsJsonObject);
    }

    /**
     * Reads an object.
     *
     * @param name the file's name below {@code vectors/access}
     * @return the object
     */
    public static JsonObject object(String name) {
        return JsonParser.parseString(text(name)).getAsJsonObject();
    }
}
