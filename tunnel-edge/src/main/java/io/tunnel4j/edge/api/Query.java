package io.tunnel4j.edge.api;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Query parameters; the first value of a repeated one counts. */
final class Query {
    private static final int MAX_PARAMETERS = 64;

    private final Map<String, List<String>> parameters;

    private Query(Map<String, List<String>> parameters) {
        this.parameters = parameters;
    }

    static Query of(String target) {
        try {
            return new Query(new QueryStringDecoder(target, StandardCharsets.UTF_8, true, MAX_PARAMETERS).parameters());
        } catch (IllegalArgumentException e) {
            throw ApiError.invalid("query (expected: percent-encoded name=value pairs)");
        }
    }

    @Nullable
    String text(String name) {
        List<String> values = parameters.get(name);
        return values == null || values.get(0).isEmpty() ? null : values.get(0);
    }

    @Nullable
    Boolean flag(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        return switch (text) {
            case "true", "1" -> Boolean.TRUE;
            case "false", "0" -> Boolean.FALSE;
            default -> throw BodyFields.wrong(name, "true or false");
        };
    }

    boolean isSet(String name) {
        return Boolean.TRUE.equals(flag(name));
    }

    @Nullable
    UUID uuid(String name) {
        String text = text(name);
        return text == null ? null : PathIds.uuid(name, text);
    }

    @Nullable
    Instant instant(String name) {
        String text = text(name);
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException e) {
            throw BodyFields.wrong(name, "a time as in 2026-01-31T12:00:00Z");
        }
    }

    int number(String name, int otherwise, int most) {
        String text = text(name);
        if (text == null) {
            return otherwise;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below like a number out of range.
        }
        throw BodyFields.wrong(name, "1 to " + most);
    }
}
