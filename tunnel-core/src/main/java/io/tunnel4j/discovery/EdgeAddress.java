package io.tunnel4j.discovery;

import static java.util.Objects.requireNonNull;

import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.Locale;

/** One place for a connection at the edge. Two of them may have the same address and still be two places. Immutable. */
public final class EdgeAddress {
    private static final int MAX_PORT = 65_535;

    private final InetSocketAddress socket;

    /**
     * Makes a place.
     *
     * @param socket a resolved address
     */
    public EdgeAddress(InetSocketAddress socket) {
        this.socket = requireNonNull(socket, "socket");
    }

    /**
     * Returns where to connect to.
     *
     * @return a resolved address
     */
    public InetSocketAddress socket() {
        return socket;
    }

    boolean isIpv6() {
        return socket.getAddress() instanceof Inet6Address;
    }

    /**
     * Checks the text form of an address.
     *
     * @param hostPort {@code host:port} or {@code [v6]:port}
     * @return the same text, lower case
     * @throws IllegalArgumentException if it is anything else
     */
    public static String checkHostPort(String hostPort) {
        InetSocketAddress parsed = parse(hostPort);
        if (parsed.getHostString().isEmpty()) {
            throw malformed(hostPort);
        }
        return hostPort.toLowerCase(Locale.ROOT);
    }

    /** Takes an address apart without looking it up. */
    static InetSocketAddress parse(String hostPort) {
        int colon = hostPort.lastIndexOf(':');
        if (colon < 1) {
            throw malformed(hostPort);
        }
        String host = hostPort.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            throw malformed(hostPort);
        }
        try {
            int port = Integer.parseInt(hostPort.substring(colon + 1));
            if (port < 1 || port > MAX_PORT) {
                throw malformed(hostPort);
            }
            return InetSocketAddress.createUnresolved(host, port);
        } catch (NumberFormatException e) {
            throw malformed(hostPort);
        }
    }

    private static IllegalArgumentException malformed(String hostPort) {
        return new IllegalArgumentException("edge address: \"" + hostPort + "\" (expected: host:port)");
    }

    @Override
    public String toString() {
        String host = socket.getAddress() == null
                ? socket.getHostString()
                : socket.getAddress().getHostAddress();
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + socket.getPort() : host + ":" + socket.getPort();
    }
}
