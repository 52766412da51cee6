package io.tunnel4j.testing;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a person can do on one of our pages: its links, its form, its buttons. No parser: it knows how our pages are written.
 *
 * @param text the page
 */
public record HtmlPage(String text) {
    private static final Pattern FIELD =
            Pattern.compile("<input type=\"(?:hidden|radio)\" name=\"([^\"]*)\"[^>]* ?value=\"([^\"]*)\"");
    private static final Pattern ACTION = Pattern.compile("<form method=\"post\" action=\"([^\"]*)\">");
    private static final Pattern LINK = Pattern.compile("<a [^>]*href=\"([^\"]*)\"[^>]*>([^<]*)</a>");

    /** Where the link with this text leads. */
    public Optional<String> link(String label) {
        Matcher matcher = LINK.matcher(text);
        while (matcher.find()) {
            if (matcher.group(2).equals(label)) {
                return Optional.of(unescaped(matcher.group(1)));
            }
        }
        return Optional.empty();
    }

    public boolean hasForm() {
        return ACTION.matcher(text).find();
    }

    /** Where the first form is sent to. */
    public String action() {
        Matcher matcher = ACTION.matcher(text);
        if (!matcher.find()) {
            throw new AssertionError("no form in " + text);
        }
        return unescaped(matcher.group(1));
    }

    /** The fields that are filled in already; of a choice the first. To be changed. */
    public Map<String, String> form() {
        Map<String, String> form = new LinkedHashMap<>();
        Matcher matcher = FIELD.matcher(text);
        while (matcher.find()) {
            form.putIfAbsent(matcher.group(1), unescaped(matcher.group(2)));
        }
        return form;
    }

    /** The form with more fields, names and values by turns, as a browser sends it. */
    public String filledIn(String... values) {
        Map<String, String> form = form();
        for (int i = 0; i < values.length; i += 2) {
            form.put(values[i], values[i + 1]);
        }
        return form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
    }

    /** The name of the field with this label. */
    public String field(String label) {
        Matcher labelled = Pattern.compile("<label for=\"([^\"]*)\">" + Pattern.quote(label) + "</label>")
                .matcher(text);
        if (labelled.find()) {
            Matcher field = Pattern.compile(
                            "<input id=\"" + Pattern.quote(labelled.group(1)) + "\"[^>]* name=\"([^\"]*)\"")
                    .matcher(text);
            if (field.find()) {
                return field.group(1);
            }
        }
        throw new AssertionError("no field " + label + " in " + text);
    }

    /** What the button with this text adds to the form: a name and a value, or nothing. */
    public String[] button(String label) {
        Matcher button = Pattern.compile("<button([^>]*)>" + Pattern.quote(label) + "</button>")
                .matcher(text);
        if (!button.find()) {
            throw new AssertionError("no button " + label + " in " + text);
        }
        Matcher named = Pattern.compile("name=\"([^\"]*)\" value=\"([^\"]*)\"").matcher(button.group(1));
        return named.find() ? new String[] {named.group(1), named.group(2)} : new String[0];
    }

    private static String unescaped(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
