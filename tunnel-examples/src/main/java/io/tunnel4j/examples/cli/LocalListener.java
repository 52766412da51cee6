package io.tunnel4j.examples.cli;

import io.tunnel4j.access.AccessTcpForwarder;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a forwarding command listens: its flag or its argument, else the environment. */
final class LocalListener {
    private static final String UNIX = "unix:";

    private LocalListener() {}

    static @Nullable String given(Terminal terminal, @Nullable String flag, @Nullable String argument) {
        if (flag != null && argument != null) {
            throw Usage.wrong("--url: given twice, as a flag and as an argument (expected: one of them)");
        }
        String given = flag != null ? flag : argument;
        String variable = terminal.environment().getOrDefault("TUNNEL_SERVICE_URL", "");
        return given != null ? given : variable.isEmpty() ? null : variable;
    }

    /** Takes the reference's {@code [scheme://]host:port}, and {@code unix:PATH}. */
    static void listen(AccessTcpForwarder.Builder forwarder, String given) {
        try {
            if (given.startsWith(UNIX)) {
                forwarder.listen(Path.of(given.substring(UNIX.length())));
            } else {
                forwarder.listen(given);
            }
        } catch (IllegalArgumentException wrong) {
            throw Usage.wrong("--url: '" + given + "' (expected: host:port, port 0 for any)");
        }
    }

    /** The address as given, with the port that the system chose. */
    static String shown(String given, SocketAddress bound) {
        if (!(bound instanceof InetSocketAddress address)) {
            return given;
        }
        String hostAndPort =
                given.replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://", "").replaceFirst("/.*$", "");
        return hostAndPort.substring(0, hostAndPort.lastIndexOf(':') + 1) + address.getPort();
    }
}
