package io.tunnel4j.edge.console;

/** HTML in the making. What comes from outside goes through {@link #text} or {@link #attribute}, which escape it. Not thread-safe. */
final class Html {
    private final StringBuilder out = new StringBuilder(8192);

    /** Markup of our own. */
    Html raw(String markup) {
        out.append(markup);
        return this;
    }

    /** Text from anywhere, inside an element or a quoted attribute. */
    Html text(Object value) {
        String text = String.valueOf(value);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> {
                    // Control and direction-changing characters could make one name look like another.
                    boolean isVisible = !Character.isISOControl(c) && Character.getType(c) != Character.FORMAT;
                    out.append(isVisible ? c : '\ufffd');
                }
            }
        }
        return this;
    }

    /** An element with text, its class one of ours. */
    Html element(String tag, String cssClass, Object value) {
        out.append('<').append(tag);
        if (!cssClass.isEmpty()) {
            out.append(" class=\"").append(cssClass).append('"');
        }
        out.append('>');
        text(value);
        out.append("</").append(tag).append('>');
        return this;
    }

    /** An attribute with a leading space. */
    Html attribute(String name, Object value) {
        out.append(' ').append(name).append("=\"");
        text(value);
        out.append('"');
        return this;
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
