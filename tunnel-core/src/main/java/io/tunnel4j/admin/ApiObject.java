package io.tunnel4j.admin;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object of an answer, read member by member.
 *
 * <p>A member that is missing where it must not be, or has another type, is a {@link TunnelException} with code {@code API} that names it.
 * Not thread-safe.
 */
public final class ApiObject {
    private final String source;
    private final JsonObject members;

    private ApiObject(String source, JsonObject members) {
        this.source = source;
        this.members = members;
    }

    /**
     * Takes an element for an object.
     *
     * @param source what the answer is to, for messages
     * @param element the element
     * @return the object
     */
    public static ApiObject of(String source, @Nullable JsonElement element) {
        if (element instanceof JsonObject object) {
            return new ApiObject(source, object);
        }
        throw unreadable(source, "no object");
    }

    /**
     * Reads a member that must be there.
     *
     * @param name its name
     * @return its text, not empty
     */
    public String text(String name) {
        String value = optionalText(name);
        if (value == null || value.isEmpty()) {
            throw unreadable(source, "member " + name + " is missing or empty");
        }
        return value;
    }

    /**
     * Reads a member that may be missing.
     *
     * @param name its name
     * @return its text; null when it is missing or null
     */
    public @Nullable String optionalText(String name) {
        JsonElement value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return null;
        }
        if (value instanceof JsonPrimitive primitive && primitive.isString()) {
            return primitive.getAsString();
        }
        throw unreadable(source, "member " + name + " is not a string");
    }

    /**
     * Reads a member that may be missing.
     *
     * @param name its name
     * @return its text; empty when it is missing or null
     */
    public String textOrEmpty(String name) {
        String value = optionalText(name);
        return value == null ? "" : value;
    }

    /**
     * Reads an identifier that must be there.
     *
     * @param name its name
     * @return the identifier
     */
    public UUID id(String name) {
        UUID value = optionalId(name);
        if (value == null) {
            throw unreadable(source, "member " + name + " is missing");
        }
        return value;
    }

    /**
     * Reads an identifier that may be missing.
     *
     * @param name its name
     * @return the identifier; null when it is missing, null or empty
     */
    public @Nullable UUID optionalId(String name) {
        String value = optionalText(name);
        try {
            return value == null || value.isEmpty() ? null : UUID.fromString(value);
        } catch (IllegalArgumentException e) {
            throw unreadable(source, "member " + name + " is not a UUID");
        }
    }

    /**
     * Reads a time that may be missing.
     *
     * @param name its name
     * @return the time; null when it is missing, null or the API's zero time
     */
    public @Nullable Instant time(String name) {
        String value = optionalText(name);
        if (value == null || value.isEmpty() || value.startsWith("0001-")) {
            return null;
        }
        try {
            return OffsetDateTime.parse(value).toInstant();
        } catch (DateTimeParseException e) {
            throw unreadable(source, "member " + name + " is not a time");
        }
    }

    /**
     * Reads a flag.
     *
     * @param name its name
     * @return its value; false when it is missing or null
     */
    public boolean flag(String name) {
        JsonElement value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return false;
        }
        if (value instanceof JsonPrimitive primitive && primitive.isBoolean()) {
            return primitive.getAsBoolean();
        }
        throw unreadable(source, "member " + name + " is not a boolean");
    }

    /**
     * Reads a whole number.
     *
     * @param name its name
     * @return its value; 0 when it is missing or null
     */
    public int number(String name) {
        JsonElement value = members.get(name);
        if (value == null || value.isJsonNull()) {
            return 0;
        }
        try {
            if (value instanceof JsonPrimitive primitive && primitive.isNumber()) {
                return primitive.getAsBigDecimal().intValueExact();
            }
        } catch (ArithmeticException | NumberFormatException e) {
            throw unreadable(source, "member " + name + " is not a whole number");
        }
        throw unreadable(source, "member " + name + " is not a number");
    }

    /**
     * Reads a list of objects.
     *
     * @param name its name
     * @return its elements; empty when it is missing or null
     */
    public List<ApiObject> objects(String name) {
        List<ApiObject> objects = new ArrayList<>();
        for (JsonElement element : array(name)) {
            objects.add(of(source, element));
        }
        return objects;
    }

    /**
     * Reads a list of texts.
     *
     * @param name its name
     * @return its elements; empty when it is missing or null
     */
    public List<String> texts(String name) {
        List<String> texts = new ArrayList<>();
        for (JsonElement element : array(name)) {
            if (!(element instanceof JsonPrimitive primitive) || !primitive.isString()) {
                throw unreadable(source, "member " + name + " is not a list of strings");
            }
            texts.add(primitive.getAsString());
        }
        return texts;
    }

    /**
     * Returns a member as it is.
     *
     * @param name its name
     * @return the element; null when it is missing or null
     */
    public @Nullable JsonElement element(String name) {
        JsonElement value = members.get(name);
        return value == null || value.isJsonNull() ? null : value;
    }

    private JsonArray array(String name) {
        JsonElement value = element(name);
        if (value == null) {
            return new JsonArray();
        }
        if (value instanceof JsonArray array) {
            return array;
        }
        throw unreadable(source, "member " + name + " is not a list");
    }

    static TunnelException unreadable(String source, String what) {
        return new TunnelException(TunnelErrorCode.API, source + ": the answer cannot be read: " + what);
    }
}
