package io.tunnel4j.ingress;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A value of a parsed document with its place, read with strict types. Not thread-safe. */
final class ConfigNode {
    private final String place;
    private final @Nullable Object value;
    private final boolean secondsOnly;

    ConfigNode(String place, @Nullable Object value, boolean secondsOnly) {
        this.place = place;
        this.value = value;
        this.secondsOnly = secondsOnly;
    }

    boolean isNull() {
        return value == null;
    }

    ConfigNode child(String key) {
        return new ConfigNode(place.isEmpty() ? key : place + "." + key, map().get(key), secondsOnly);
    }

    Map<?, ?> map() {
        if (value == null) {
            return Map.of();
        }
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw expected("a mapping");
    }

    List<ConfigNode> list() {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof List<?> list)) {
            throw expected("a list");
        }
        List<ConfigNode> nodes = new ArrayList<>(list.size());
        for (int i = 0; i < list.size(); i++) {
            nodes.add(new ConfigNode(place + "[" + (i + 1) + "]", list.get(i), secondsOnly));
        }
        return nodes;
    }

    String text() {
        if (value == null) {
            return "";
        }
        if (value instanceof String text) {
            return text;
        }
        throw expected("a text");
    }

    boolean flag() {
        if (value == null) {
            return false;
        }
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw expected("true or false");
    }

    int integer() {
        if (value == null) {
            return 0;
        }
        if (value instanceof Number number) {
            try {
                // The text's length bounds the work: 1e999999999 must not be written out.
                String digits = number.toString();
                if (digits.length() <= 11) {
                    return new BigDecimal(digits).intValueExact();
                }
            } catch (ArithmeticException | NumberFormatException e) {
                throw expected("a whole number");
            }
        }
        throw expected("a whole number");
    }

    Duration duration() {
        if (secondsOnly) {
            return Duration.ofSeconds(integer());
        }
        Duration duration = value instanceof String text ? GoDuration.parse(text) : null;
        if (duration == null) {
            throw expected("a duration such as 30s or 1m30s");
        }
        return duration;
    }

    TunnelException expected(String form) {
        String shown = value instanceof String || value instanceof Number || value instanceof Boolean
                ? value.toString()
                : value == null ? "nothing" : value instanceof Map ? "a mapping" : "a list";
        return new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION,
                place + ": " + (shown.length() > 80 ? shown.substring(0, 80) + "…" : shown) + " (expected: " + form
                        + ")");
    }
}
