package io.tunnel4j.edge.gate;

import java.util.List;
import java.util.Locale;

/**
 * Where people log in: a host served by this edge like any other. Immutable.
 *
 * @param host lower case
 * @param port as people reach it; 443 is left out of URLs
 * @param aliases further hosts that answer the same
 * @param announced the host named in signed metadata
 */
record TeamDomain(String host, int port, List<String> aliases, String announced) {
    private static final int HTTPS = 443;

    static TeamDomain parse(String authority, List<String> aliases) {
        int colon = authority.lastIndexOf(':');
        String host = (colon < 0 ? authority : authority.substring(0, colon)).toLowerCase(Locale.ROOT);
        int port;
        try {
            port = colon < 0 ? HTTPS : Integer.parseInt(authority.substring(colon + 1));
        } catch (NumberFormatException e) {
            port = -1;
        }
        if (!host.matches("[a-z0-9._-]+") || port < 1 || port > 65535) {
            throw new IllegalArgumentException("team domain: " + authority + " (expected: host or host:port)");
        }
        List<String> all =
                aliases.stream().map(alias -> alias.toLowerCase(Locale.ROOT)).toList();
        return new TeamDomain(host, port, all, all.isEmpty() ? host : all.get(0));
    }

    boolean isServedBy(String requestHost) {
        return host.equals(requestHost) || aliases.contains(requestHost);
    }

    /** The {@code iss} of tokens, and where the pages are. */
    String issuer() {
        return "https://" + host + (port == HTTPS ? "" : ":" + port);
    }
}
