package io.tunnel4j.access.login;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A URL's query as form fields, written with sorted names. Not thread-safe. */
final class FormQuery {
    private final Map<String, List<String>> fields = new TreeMap<>();

    private FormQuery() {}

    static FormQuery parse(@Nullable String rawQuery) {
        FormQuery query = new FormQuery();
        if (rawQuery == null) {
            return query;
        }
        for (String field : rawQuery.split("&", -1)) {
            // Like the reference, drop what cannot be decoded and what has a semicolon.
            if (!field.isEmpty() && field.indexOf(';') < 0) {
                int equals = field.indexOf('=');
                query.add(
                        equals < 0 ? field : field.substring(0, equals), equals < 0 ? "" : field.substring(equals + 1));
            }
        }
        return query;
    }

    private void add(String rawName, String rawValue) {
        try {
            String name = URLDecoder.decode(rawName, StandardCharsets.UTF_8);
            String value = URLDecoder.decode(rawValue, StandardCharsets.UTF_8);
            fields.computeIfAbsent(name, n -> new ArrayList<>()).add(value);
        } catch (IllegalArgumentException badEscape) {
            return;
        }
    }

    FormQuery set(String name, String value) {
        fields.put(name, new ArrayList<>(List.of(value)));
        return this;
    }

    @Nullable
    String first(String name) {
        List<String> values = fields.get(name);
        return values == null ? null : values.get(0);
    }

    String encode() {
        StringBuilder out = new StringBuilder();
        fields.forEach((name, values) -> values.forEach(value -> {
            if (out.length() > 0) {
                out.append('&');
            }
            out.append(escape(name)).append('=').append(escape(value));
        }));
        return out.toString();
    }

    /** Form encoding as RFC 3986 has it: the JDK's leaves an asterisk and escapes a tilde. */
    private static String escape(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8)
                .replace("*", "%2A")
                .replace("%7E", "~");
    }
}
