package io.tunnel4j.ingress;

/**
 * Writes one JSON document, member by member. For what a connector writes while it starts: a library's tree and its writer are sixty more classes. Not
 * thread-safe.
 */
final class JsonText {
    private static final String HEX = "0123456789abcdef";

    private final StringBuilder text = new StringBuilder(256);

    /** Whether a comma goes before what comes next. */
    private boolean follows;

    JsonText object() {
        return open('{');
    }

    JsonText array() {
        return open('[');
    }

    JsonText endObject() {
        return close('}');
    }

    JsonText endArray() {
        return close(']');
    }

    JsonText name(String name) {
        value(name);
        text.append(':');
        follows = false;
        return this;
    }

    JsonText value(String value) {
        separate();
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            append(value.charAt(i));
        }
        text.append('"');
        return this;
    }

    JsonText value(long value) {
        separate();
        text.append(value);
        return this;
    }

    JsonText value(boolean value) {
        separate();
        text.append(value);
        return this;
    }

    private JsonText open(char bracket) {
        separate();
        text.append(bracket);
        follows = false;
        return this;
    }

    private JsonText close(char bracket) {
        text.append(bracket);
        follows = true;
        return this;
    }

    private void separate() {
        if (follows) {
            text.append(',');
        }
        follows = true;
    }

    private void append(char c) {
        switch (c) {
            case '"', '\\' -> text.append('\\').append(c);
            case '\b' -> text.append("\\b");
            case '\t' -> text.append("\\t");
            case '\n' -> text.append("\\n");
            case '\f' -> text.append("\\f");
            case '\r' -> text.append("\\r");
            // The reference escapes what could end a script element, and what JavaScript takes for the end of a line.
            case '<', '>', '&', '\u2028', '\u2029' -> appendEscaped(c);
            default -> {
                if (c < 0x20) {
                    appendEscaped(c);
                } else {
                    text.append(c);
                }
            }
        }
    }

    private void appendEscaped(char c) {
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
            text.append(HEX.charAt(c >> shift & 0xf));
        }
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
