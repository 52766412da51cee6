package io.tunnel4j.ingress;

import com.google.re2j.Pattern;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import java.io.ByteArrayOutputStream;
import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An {@link Ingress} prepared for matching. Thread-safe. A match against host names only allocates nothing. */
public final class RuleMatcher {
    /** The index reported when no rule exists and the request is answered with 503. */
    public static final int NO_RULE = -1;

    private static final Match UNCONFIGURED = new Match(NO_RULE, new Ingress.Rule("", "", Origin.status(503)));

    private final Ingress ingress;
    private final Entry[] entries;

    /**
     * Prepares an ingress.
     *
     * @param ingress the rules
     */
    public RuleMatcher(Ingress ingress) {
        this.ingress = ingress;
        List<Ingress.Rule> rules = ingress.rules();
        entries = new Entry[rules.size()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = new Entry(i, rules.get(i));
        }
    }

    /**
     * A rule and its place.
     *
     * @param index 0-based, or {@link #NO_RULE}
     * @param rule the rule
     */
    public record Match(int index, Ingress.Rule rule) {}

    /**
     * Returns the rules this was made from.
     *
     * @return the rules
     */
    public Ingress ingress() {
        return ingress;
    }

    /**
     * Finds the first rule that covers a request.
     *
     * @param authority the request's host, a port is ignored
     * @param target the request's path, a query is ignored
     * @return the rule; without any rule one that answers 503
     */
    public Match match(CharSequence authority, CharSequence target) {
        int start = 0;
        int end = authority.length();
        if (end > 0 && authority.charAt(0) == '[') {
            start = 1;
            end = Math.max(1, indexOf(authority, ']'));
        } else {
            end = indexOf(authority, ':');
        }
        String path = null;
        for (Entry entry : entries) {
            if (!entry.coversHost(authority, start, end)) {
                continue;
            }
            if (entry.path == null) {
                return entry.match;
            }
            if (path == null) {
                path = decoded(target.subSequence(0, indexOf(target, '?')).toString());
            }
            if (entry.path.matcher(path).find()) {
                return entry.match;
            }
        }
        return UNCONFIGURED;
    }

    private static int indexOf(CharSequence text, char wanted) {
        int length = text.length();
        for (int i = 0; i < length; i++) {
            if (text.charAt(i) == wanted) {
                return i;
            }
        }
        return length;
    }

    /** Malformed escapes stay as they are. */
    private static String decoded(String path) {
        if (path.indexOf('%') < 0) {
            return path;
        }
        byte[] raw = path.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
        for (int i = 0; i < raw.length; i++) {
            int high = raw[i] == '%' && i + 2 < raw.length ? Character.digit(raw[i + 1], 16) : -1;
            int low = high < 0 ? -1 : Character.digit(raw[i + 2], 16);
            if (low < 0) {
                out.write(raw[i]);
            } else {
                out.write(high << 4 | low);
                i += 2;
            }
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private static final class Entry {
        private final Match match;
        private final boolean anyHost;
        private final boolean wildcard;
        private final String host;
        private final String unicodeHost;
        private final @Nullable Pattern path;

        Entry(int index, Ingress.Rule rule) {
            match = new Match(index, rule);
            String name = rule.hostname();
            anyHost = name.isEmpty() || name.equals("*");
            wildcard = name.startsWith("*.");
            String bare = wildcard ? name.substring(2) : name;
            String dot = wildcard ? "." : "";
            host = anyHost ? "" : dot + IDN.toASCII(bare).toLowerCase(Locale.ROOT);
            unicodeHost = anyHost ? "" : dot + bare.toLowerCase(Locale.ROOT);
            path = rule.path().isEmpty() ? null : Pattern.compile(rule.path());
        }

        boolean coversHost(CharSequence authority, int start, int end) {
            return anyHost || covers(host, authority, start, end) || covers(unicodeHost, authority, start, end);
        }

        private boolean covers(String name, CharSequence authority, int start, int end) {
            int offset = end - name.length();
            if (wildcard ? offset <= start : offset != start) {
                return false;
            }
            for (int i = 0; i < name.length(); i++) {
                if (Character.toLowerCase(authority.charAt(offset + i)) != name.charAt(i)) {
                    return false;
                }
            }
            return true;
        }
    }
}
