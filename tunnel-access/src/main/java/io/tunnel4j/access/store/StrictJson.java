package io.tunnel4j.access.store;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import java.io.IOException;
import java.io.StringReader;
import org.jspecify.annotations.Nullable;

/** Reads one JSON object from a text whose length the caller has bounded; nesting is bounded here. */
public final class StrictJson {
    private static final int MAX_NESTING = 32;

    private StrictJson() {}

    /**
     * Reads an object.
     *
     * @param text the text
     * @return the object; null if the text is anything else
     */
    public static @Nullable JsonObject object(String text) {
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            reader.setNestingLimit(MAX_NESTING);
            JsonElement element = JsonParser.parseReader(reader);
            return reader.peek() == JsonToken.END_DOCUMENT && element instanceof JsonObject object ? object : null;
        } catch (JsonParseException | IOException | NumberFormatException notJson) {
            return null;
        }
    }
}
