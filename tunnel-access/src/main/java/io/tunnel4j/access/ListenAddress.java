package io.tunnel4j.access;

import java.net.InetSocketAddress;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A listener's address as the reference takes it: {@code [scheme://]host:port}, where only host and port count. */
final class ListenAddress {
    private static final Set<String> SCHEMES = Set.of("http", "https", "rdp", "ssh", "smb", "tcp");
    private static final Pattern SHAPE = Pattern.compile(
            "(?:([A-Za-z][A-Za-z0-9+.-]*)://)?(\\[[0-9A-Fa-f:.]+]|[^:/\\[\\]]+)(?::([0-9]{1,5}))?(?:/.*)?");

    private ListenAddress() {}

    /**
     * Reads an address.
     *
     * @throws IllegalArgumentException if it is none, has no port, or a scheme that has none to listen for
     */
    static InetSocketAddress parse(String text) {
        Matcher parts = SHAPE.matcher(text);
        if (!parts.matches()) {
            throw refused(text);
        }
        String scheme = parts.group(1);
        if (scheme != null && !SCHEMES.contains(scheme.toLowerCase(Locale.ROOT))) {
            throw new IllegalArgumentException(
                    "listener: " + text + ": scheme " + scheme + " (expected: http, https, rdp, ssh, smb or tcp)");
        }
        String port = parts.group(3);
        if (port == null || Integer.parseInt(port) > 65_535) {
            throw refused(text);
        }
        String host = parts.group(2);
        String name = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
        return new InetSocketAddress(name, Integer.parseInt(port));
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException("listener: " + text + " (expected: host:port, port 0 to 65535)");
    }
}
