package io.tunnel4j.access;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Extra header fields of an upgrade, as the reference's {@code --header} takes them. Not thread-safe. */
final class HeaderLines {
    private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

    private final Map<String, List<String>> fields = new LinkedHashMap<>();

    /** Adds {@code Name: value}: split at the first colon, both trimmed; a line without a colon is ignored. */
    void addLine(String line) {
        int colon = line.indexOf(':');
        if (colon >= 0) {
            put(line.substring(0, colon).strip(), line.substring(colon + 1).strip());
        }
    }

    /**
     * Adds a field.
     *
     * @throws IllegalArgumentException if name or value cannot be in a header
     */
    void add(String name, String value) {
        if (!isFieldName(name)) {
            throw new IllegalArgumentException("header name: " + name + " (expected: an HTTP token)");
        }
        put(name, value.strip());
    }

    private void put(String name, String value) {
        if (!value.chars().allMatch(c -> c == '\t' || (c >= ' ' && c != 0x7f && c <= 0xff))) {
            // The value may be a secret, so it is not shown.
            throw new IllegalArgumentException("header " + name + ": a control or non-Latin character in its value");
        }
        fields.computeIfAbsent(canonical(name), n -> new ArrayList<>()).add(value);
    }

    Map<String, List<String>> fields() {
        Map<String, List<String>> copy = new LinkedHashMap<>();
        fields.forEach((name, values) -> copy.put(name, List.copyOf(values)));
        return copy;
    }

    static boolean isFieldName(String name) {
        return TOKEN.matcher(name).matches();
    }

    /** The reference's spelling: upper case at the start and after each hyphen; what is no token stays as it is. */
    private static String canonical(String name) {
        if (!isFieldName(name)) {
            return name;
        }
        StringBuilder out = new StringBuilder(name.length());
        boolean first = true;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            out.append(first ? Character.toUpperCase(c) : Character.toLowerCase(c));
            first = c == '-';
        }
        return out.toString();
    }
}
