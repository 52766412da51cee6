package io.tunnel4j.edge.gate.page;

import java.util.Map;

/**
 * Where a form goes and what it carries along unseen. Immutable.
 *
 * @param action path at the same host
 * @param hidden fields by name
 * @param leadsTo origin that the answer to the form may redirect to; empty for none
 */
public record Form(String action, Map<String, String> hidden, String leadsTo) {
    /** Copies the fields. */
    public Form {
        hidden = Map.copyOf(hidden);
    }

    String open() {
        StringBuilder html = new StringBuilder("<form method=\"post\" action=\"" + Html.escape(action) + "\">");
        hidden.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(field -> html.append("<input type=\"hidden\" name=\"")
                        .append(Html.escape(field.getKey()))
                        .append("\" value=\"")
                        .append(Html.escape(field.getValue()))
                        .append("\">"));
        return html.toString();
    }
}
