package io.tunnel4j.access.login;

import java.net.URI;

/**
 * The host that logs the team's people in and signs their tokens.
 *
 * @param host in lower case
 * @param port 443 unless configured
 */
record AuthDomain(String host, int port) {
    static final int HTTPS = 443;

    URI certificates() {
        return URI.create(origin() + "/cdn-cgi/access/certs");
    }

    String origin() {
        return "https://" + host + (port == HTTPS ? "" : ":" + port);
    }

    boolean is(URI uri) {
        return Uris.isHttps(uri) && Uris.sameHost(uri, host) && Uris.port(uri) == port;
    }
}
