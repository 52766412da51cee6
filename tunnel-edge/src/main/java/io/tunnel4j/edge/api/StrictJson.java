package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.MalformedJsonException;
import java.io.EOFException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Reads JSON that a stranger sent: strict syntax, valid UTF-8, no repeated member, bounded depth and count. Not thread-safe.
 *
 * <p>The size of the text is bounded before it gets here.
 */
final class StrictJson {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_VALUES = 100_000;
    private static final int MAX_NUMBER_LENGTH = 40;

    private final JsonReader reader;
    private int values;

    private StrictJson(String text) {
        reader = new JsonReader(new StringReader(text));
        reader.setStrictness(Strictness.STRICT);
    }

    /** Returns the one object in the body. */
    static JsonObject object(byte[] body) {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(body))
                    .toString();
            StrictJson json = new StrictJson(text);
            JsonElement element = json.value(0);
            if (json.reader.peek() != JsonToken.END_DOCUMENT) {
                throw malformed("text after the document");
            }
            if (!element.isJsonObject()) {
                throw malformed("a value that is no object");
            }
            return element.getAsJsonObject();
        } catch (CharacterCodingException e) {
            throw malformed("bytes that are not UTF-8");
        } catch (EOFException e) {
            throw malformed(body.length == 0 ? "nothing" : "an unfinished document");
        } catch (MalformedJsonException e) {
            throw malformed("a syntax error");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private JsonElement value(int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw malformed(reader.getPath() + " nested deeper than " + MAX_DEPTH);
        }
        if (++values > MAX_VALUES) {
            throw malformed("more than " + MAX_VALUES + " values");
        }
        return switch (reader.peek()) {
            case BEGIN_OBJECT -> members(depth);
            case BEGIN_ARRAY -> items(depth);
            case STRING -> new JsonPrimitive(reader.nextString());
            case BOOLEAN -> new JsonPrimitive(reader.nextBoolean());
            case NUMBER -> number();
            case NULL -> {
                reader.nextNull();
                yield JsonNull.INSTANCE;
            }
            default -> throw malformed("a syntax error at " + reader.getPath());
        };
    }

    private JsonObject members(int depth) throws IOException {
        JsonObject object = new JsonObject();
        reader.beginObject();
        while (reader.hasNext()) {
            String name = reader.nextName();
            if (object.has(name)) {
                throw malformed("a second member " + reader.getPath());
            }
            object.add(name, value(depth + 1));
        }
        reader.endObject();
        return object;
    }

    private JsonArray items(int depth) throws IOException {
        JsonArray array = new JsonArray();
        reader.beginArray();
        while (reader.hasNext()) {
            array.add(value(depth + 1));
        }
        reader.endArray();
        return array;
    }

    /** The length limit also bounds the exponent, so that nobody later expands 1e999999999. */
    private JsonElement number() throws IOException {
        String path = reader.getPath();
        String text = reader.nextString();
        if (text.length() > MAX_NUMBER_LENGTH) {
            throw malformed("a number of " + text.length() + " characters at " + path);
        }
        BigDecimal number = new BigDecimal(text);
        if (Math.abs((long) number.scale()) > MAX_NUMBER_LENGTH) {
            throw malformed("a number out of range at " + path);
        }
        return new JsonPrimitive(number);
    }

    private static ApiError malformed(String found) {
        return new ApiError(400, 6007, "request body: " + shortened(found) + " (expected: one JSON object)");
    }

    private static String shortened(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300) + "…";
    }
}
