package io.tunnel4j.access;

import java.net.IDN;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An application's address as people write it, made a URL: {@code host}, {@code host:port}, or a URL with path and query.
 *
 * <p>The scheme is always {@code https}, names become punycode, letter case stays. Holds no user information: a URL with one is accepted, and the
 * user information left out of what is sent. Immutable.
 *
 * @param host without brackets
 * @param port -1 for the default
 * @param pathAndQuery empty or starting with a slash or question mark
 */
record ApplicationUrl(String host, int port, String pathAndQuery) {
    private static final String EXPECTED = " (expected: host, host:port or https://host/path)";
    private static final Pattern SCHEME = Pattern.compile("^(?:https?|wss?)://", Pattern.CASE_INSENSITIVE);
    private static final Pattern SHAPE = Pattern.compile(
            "(?:[^@/?#]*@)?(\\[[0-9A-Fa-f:.]+]|[^:/?#@\\[\\]]*)(?::([0-9]{1,5}))?((?:[/?][!-~&&[^#]]*)?)");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
    private static final Pattern BARE_IPV6 = Pattern.compile("[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*");

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is none; the message shows it
     */
    static ApplicationUrl parse(String text) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("application: empty" + EXPECTED);
        }
        String rest = SCHEME.matcher(text).replaceFirst("");
        if (BARE_IPV6.matcher(rest).matches()) {
            rest = "[" + rest + "]";
        }
        Matcher parts = SHAPE.matcher(rest);
        if (!parts.matches()) {
            throw new IllegalArgumentException("application: " + text + EXPECTED);
        }
        String port = parts.group(2);
        int number = port == null ? -1 : Integer.parseInt(port);
        if (port != null && (number < 1 || number > 65_535)) {
            throw new IllegalArgumentException("application: " + text + ": port " + port + " (expected: 1..65535)");
        }
        return new ApplicationUrl(host(parts.group(1), text), number, parts.group(3));
    }

    private static String host(String written, String text) {
        if (written.startsWith("[")) {
            return written.substring(1, written.length() - 1);
        }
        String ascii;
        try {
            ascii = IDN.toASCII(written, IDN.ALLOW_UNASSIGNED);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("application: " + text + ": not a host name" + EXPECTED, e);
        }
        if (!NAME.matcher(ascii).matches()) {
            throw new IllegalArgumentException("application: " + text + ": not a host name" + EXPECTED);
        }
        return ascii;
    }

    /** Returns host and, unless default, port, as in a Host field. */
    String authority() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return port < 0 ? name : name + ":" + port;
    }

    /** Returns what stands in a request line. */
    String requestTarget() {
        return pathAndQuery.startsWith("/") ? pathAndQuery : "/" + pathAndQuery;
    }

    URI toUri() {
        return URI.create("https://" + authority() + pathAndQuery);
    }
}
