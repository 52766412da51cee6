package io.tunnel4j.examples.cli;

import io.tunnel4j.TunnelException;
import java.net.InetSocketAddress;

/** Addresses as flags give them: {@code host:port}, {@code [ipv6]:port}, with a scheme that only says what is spoken there. */
final class HostAndPort {
    private HostAndPort() {}

    static InetSocketAddress listener(String flag, String text) {
        String address = text.replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://", "").replaceFirst("/$", "");
        int colon = address.lastIndexOf(':');
        if (colon == 0 && flag.equals("--metrics")) {
            // As the reference has it: every address of this machine.
            return listener(flag, "0.0.0.0" + address);
        }
        if (colon <= 0) {
            throw wrong(flag, text);
        }
        String host = address.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        String digits = address.substring(colon + 1);
        if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > 65_535) {
            throw wrong(flag, text);
        }
        return new InetSocketAddress(host, Integer.parseInt(digits));
    }

    static String text(InetSocketAddress address) {
        String host = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    private static TunnelException wrong(String flag, String text) {
        return Usage.wrong(flag + ": '" + text + "' (expected: host:port, port 0 for any)");
    }
}
