package io.tunnel4j;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Pattern;

/** Reads the service text of cloudflared's configuration. */
final class ServiceText {
    private static final int MAX_LENGTH = 2048;
    private static final int DEFAULT_TCP_PORT = 7864;
    /** Simple classes with one quantifier each: matching takes time linear in the bounded text. */
    private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*");

    private static final Pattern HOST = Pattern.compile("[^\\s/?#@:\\[\\]\\\\\\x00-\\x20\\x7f]{1,253}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9._-]{1,32})?");

    private ServiceText() {}

    static Origin parse(String text) {
        if (text.length() > MAX_LENGTH) {
            throw invalid(text.substring(0, 40) + "…", "up to " + MAX_LENGTH + " characters");
        }
        OriginOptions options = OriginOptions.defaults();
        if (text.equals("hello_world") || text.equals("hello-world")) {
            return new Origin.HelloWorld(options);
        }
        if (text.equals("bastion")) {
            return new Origin.Bastion(options);
        }
        if (text.equals("socks-proxy")) {
            return new Origin.SocksProxy(options);
        }
        if (text.startsWith("http_status:")) {
            return new Origin.Status(status(text), options);
        }
        if (text.startsWith("unix:")) {
            return new Origin.Unix(socket(text, "unix:"), false, null, options);
        }
        if (text.startsWith("unix+tls:")) {
            return new Origin.Unix(socket(text, "unix+tls:"), true, null, options);
        }
        return url(text, options);
    }

    private static int status(String text) {
        String digits = text.substring("http_status:".length());
        if (!digits.matches("[0-9]{3}")) {
            throw invalid(text, "http_status: and a status of 100 to 999");
        }
        return Integer.parseInt(digits);
    }

    private static Path socket(String text, String prefix) {
        String path = text.substring(prefix.length());
        if (path.startsWith("//")) {
            path = path.substring(2);
        }
        try {
            if (!path.isEmpty()) {
                return Path.of(path);
            }
        } catch (InvalidPathException e) {
            throw invalid(text, prefix + " and the path of a socket");
        }
        throw invalid(text, prefix + " and the path of a socket");
    }

    private static Origin url(String text, OriginOptions options) {
        int separator = text.indexOf("://");
        if (separator <= 0 || !SCHEME.matcher(text.substring(0, separator)).matches()) {
            throw invalid(text, "scheme://host:port, unix:/path, http_status:NNN, hello_world, bastion or socks-proxy");
        }
        String scheme = text.substring(0, separator).toLowerCase(Locale.ROOT);
        String authority = text.substring(separator + 3);
        if (authority.indexOf('@') >= 0) {
            // The text may hold a password: it is not repeated.
            throw invalid(scheme + "://…@…", "no user name or password");
        }
        if (authority.endsWith("/")) {
            authority = authority.substring(0, authority.length() - 1);
        }
        if (authority.indexOf('/') >= 0 || authority.indexOf('?') >= 0 || authority.indexOf('#') >= 0) {
            throw invalid(text, "no path or query: the path comes from the request");
        }
        int colon = authority.startsWith("[")
                ? authority.indexOf(':', authority.indexOf(']') + 1)
                : authority.lastIndexOf(':');
        String host = unbracketed(colon < 0 ? authority : authority.substring(0, colon), text);
        int port = colon < 0 || colon == authority.length() - 1 ? 0 : port(authority.substring(colon + 1), text);
        return switch (scheme) {
            case "http", "https", "ws", "wss" -> new Origin.Http(scheme, host, port, null, options);
            default -> new Origin.Tcp(scheme, host, port == 0 ? defaultPort(scheme, text) : port, null, options);
        };
    }

    private static int defaultPort(String scheme, String text) {
        return switch (scheme) {
            case "ssh" -> 22;
            case "rdp" -> 3389;
            case "smb" -> 445;
            case "tcp" -> DEFAULT_TCP_PORT;
            default -> throw invalid(text, "a port, as the scheme has no default");
        };
    }

    private static String unbracketed(String host, String text) {
        if (!host.startsWith("[")) {
            return host;
        }
        if (!host.endsWith("]")) {
            throw invalid(text, "an IPv6 address in [brackets], then an optional :port");
        }
        String address = host.substring(1, host.length() - 1);
        if (address.indexOf(':') < 0) {
            throw invalid(text, "an IPv6 address in the brackets");
        }
        return address;
    }

    private static int port(String digits, String text) {
        if (!digits.matches("[0-9]{1,5}")) {
            throw invalid(text, "a port of 1 to 65535");
        }
        int port = Integer.parseInt(digits);
        if (port < 1 || port > 65535) {
            throw invalid(text, "a port of 1 to 65535");
        }
        return port;
    }

    static void checkHost(String host) {
        Pattern form = host.indexOf(':') < 0 ? HOST : IPV6;
        if (!form.matcher(host).matches()) {
            throw invalid(host, "a host name or address");
        }
    }

    static void checkPort(int port, int min) {
        if (port < min || port > 65535) {
            throw invalid(Integer.toString(port), "a port of 1 to 65535");
        }
    }

    static String bracketed(String host) {
        return host.indexOf(':') < 0 ? host : "[" + host + "]";
    }

    static TunnelException invalid(String text, String expected) {
        return new TunnelException(
                TunnelErrorCode.INVALID_CONFIGURATION, "service: \"" + text + "\" (expected: " + expected + ")");
    }
}
