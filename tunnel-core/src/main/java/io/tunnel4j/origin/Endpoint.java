package io.tunnel4j.origin;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where an origin listens. Immutable.
 *
 * @param host name or address; empty for a Unix domain socket
 * @param port port; 0 for a Unix domain socket
 * @param socket the Unix domain socket, or null
 */
record Endpoint(String host, int port, @Nullable Path socket) {
    static Endpoint tcp(String host, int port) {
        return new Endpoint(host, port, null);
    }

    static Endpoint unix(Path socket) {
        return new Endpoint("", 0, socket);
    }

    /** Reads a port; 0 if it is none. */
    static int port(String digits) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            return 0;
        }
        int port = Integer.parseInt(digits);
        return port <= 65535 ? port : 0;
    }

    /** The endpoint as the authority of a URI, whose scheme has a port of its own. */
    String authority(int defaultPort) {
        String bracketed = host.indexOf(':') < 0 ? host : "[" + host + "]";
        return port == defaultPort ? bracketed : bracketed + ":" + port;
    }

    /** Names the endpoint in messages. */
    @Override
    public String toString() {
        return socket == null ? authority(0) : "unix:" + socket;
    }
}
