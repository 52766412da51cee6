package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A proxy on the way out: HTTP or SOCKS5, with a user name and password if it wants them.
 *
 * <p>Nothing of it is taken from the environment unless {@link #fromEnvironment()} or {@link #fromSystemProperties()} is called. Loopback
 * addresses never go through a proxy. Immutable, thread-safe; {@link #toString()} leaves the password out.
 */
public final class OutboundProxy {
    /** How one speaks to the proxy. */
    public enum Kind {
        /** HTTP: CONNECT, or requests in absolute form to origins without TLS. */
        HTTP("http", 8080),
        /** SOCKS version 5; the proxy resolves names. */
        SOCKS5("socks5", 1080);

        private final String scheme;
        private final int defaultPort;

        Kind(String scheme, int defaultPort) {
            this.scheme = scheme;
            this.defaultPort = defaultPort;
        }
    }

    private final Kind kind;
    private final String host;
    private final int port;
    private final @Nullable String username;
    private final String password;
    private final List<String> bypass;

    private OutboundProxy(
            Kind kind, String host, int port, @Nullable String username, String password, List<String> bypass) {
        this.kind = kind;
        this.host = requireNonNull(host, "host");
        if (host.isEmpty()) {
            throw new IllegalArgumentException("proxy host: empty (expected: a name or address)");
        }
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("proxy port: " + port + " (expected: 1..65535)");
        }
        this.port = port;
        this.username = username;
        this.password = password;
        this.bypass = List.copyOf(bypass);
    }

    /**
     * Goes through an HTTP proxy, by CONNECT for all but origins without TLS.
     *
     * @param host the proxy's name or address
     * @param port the proxy's port
     * @return the proxy
     */
    public static OutboundProxy http(String host, int port) {
        return new OutboundProxy(Kind.HTTP, host, port, null, "", List.of());
    }

    /**
     * Goes through a SOCKS5 proxy, which resolves names.
     *
     * @param host the proxy's name or address
     * @param port the proxy's port
     * @return the proxy
     */
    public static OutboundProxy socks5(String host, int port) {
        return new OutboundProxy(Kind.SOCKS5, host, port, null, "", List.of());
    }

    /**
     * Reads a proxy's URL.
     *
     * @param url {@code http://[user:password@]host[:port]} or {@code socks5://…} ({@code socks5h://…} is the same)
     * @return the proxy
     * @throws IllegalArgumentException if it is anything else
     */
    public static OutboundProxy of(URI url) {
        String scheme = String.valueOf(url.getScheme()).toLowerCase(Locale.ROOT);
        Kind kind = switch (scheme) {
            case "http" -> Kind.HTTP;
            case "socks5", "socks5h" -> Kind.SOCKS5;
            default ->
                throw new IllegalArgumentException(
                        "proxy URL: scheme " + scheme + " (expected: http, socks5 or socks5h)");
        };
        String host = url.getHost();
        if (host == null) {
            throw new IllegalArgumentException("proxy URL: no host (expected: " + scheme + "://host:port)");
        }
        int port = url.getPort() < 0 ? kind.defaultPort : url.getPort();
        OutboundProxy proxy = new OutboundProxy(kind, unbracketed(host), port, null, "", List.of());
        String user = url.getRawUserInfo();
        if (user == null) {
            return proxy;
        }
        int colon = user.indexOf(':');
        return colon < 0
                ? proxy.credentials(decoded(user), "")
                : proxy.credentials(decoded(user.substring(0, colon)), decoded(user.substring(colon + 1)));
    }

    /**
     * Reads {@code HTTPS_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} (lower case first) of the environment.
     *
     * @return the proxy, or null when none is set
     */
    public static @Nullable OutboundProxy fromEnvironment() {
        return fromEnvironment(System.getenv());
    }

    /**
     * Reads the proxy for connections without TLS: {@code HTTP_PROXY}, {@code ALL_PROXY} and {@code NO_PROXY} (lower case first) of the environment.
     *
     * @return the proxy, or null when none is set
     */
    public static @Nullable OutboundProxy fromEnvironmentForHttp() {
        return fromEnvironmentForHttp(System.getenv());
    }

    /** In a CGI program the upper-case name is a request's {@code Proxy} field. */
    static @Nullable OutboundProxy fromEnvironmentForHttp(Map<String, String> environment) {
        String own = environment.containsKey("REQUEST_METHOD") ? "http_proxy" : "HTTP_PROXY";
        return from(environment, "http_proxy", own, "all_proxy", "ALL_PROXY");
    }

    static @Nullable OutboundProxy fromEnvironment(Map<String, String> environment) {
        return from(environment, "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY");
    }

    private static @Nullable OutboundProxy from(Map<String, String> environment, String... names) {
        String url = firstSet(environment, names);
        if (url == null) {
            return null;
        }
        String exceptions = firstSet(environment, "no_proxy", "NO_PROXY");
        OutboundProxy proxy = of(URI.create(url.contains("://") ? url : "http://" + url));
        return exceptions == null ? proxy : proxy.bypass(exceptions.split("[,\\s]+"));
    }

    /**
     * Reads the JVM's {@code https.proxyHost}, {@code https.proxyPort}, {@code socksProxyHost}, {@code socksProxyPort} and
     * {@code http.nonProxyHosts}.
     *
     * @return the proxy, or null when none is set
     */
    public static @Nullable OutboundProxy fromSystemProperties() {
        String http = System.getProperty("https.proxyHost", "");
        String socks = System.getProperty("socksProxyHost", "");
        OutboundProxy proxy;
        if (!http.isEmpty()) {
            proxy = http(http, Integer.getInteger("https.proxyPort", 443));
        } else if (!socks.isEmpty()) {
            proxy = socks5(socks, Integer.getInteger("socksProxyPort", Kind.SOCKS5.defaultPort));
        } else {
            return null;
        }
        String exceptions = System.getProperty("http.nonProxyHosts", "");
        return exceptions.isEmpty() ? proxy : proxy.bypass(exceptions.split("\\|"));
    }

    /**
     * Identifies to the proxy: HTTP Basic, or SOCKS5 user name and password.
     *
     * @param user the user name
     * @param secret the password
     * @return a copy with credentials
     * @throws IllegalArgumentException for SOCKS5, if one is empty, longer than 255 characters or not ASCII
     */
    public OutboundProxy credentials(String user, String secret) {
        if (kind == Kind.SOCKS5 && !(fitsSocks(user) && fitsSocks(secret))) {
            throw new IllegalArgumentException(
                    "proxy credentials: (expected for SOCKS5: 1 to 255 ASCII characters each)");
        }
        return new OutboundProxy(
                kind, host, port, requireNonNull(user, "user"), requireNonNull(secret, "secret"), bypass);
    }

    private static boolean fitsSocks(String text) {
        return !text.isEmpty() && text.length() <= 255 && text.chars().allMatch(c -> c < 0x80);
    }

    /**
     * Names hosts that are reached directly, besides loopback.
     *
     * @param hosts exact names or addresses; {@code .example.com} and {@code *.example.com} for all below; {@code *} for all
     * @return a copy with these exceptions
     */
    public OutboundProxy bypass(String... hosts) {
        return new OutboundProxy(kind, host, port, username, password, List.of(hosts));
    }

    /**
     * Tells whether connections to a destination go through the proxy.
     *
     * @param destination resolved or not
     * @return false for loopback and the exceptions
     */
    public boolean appliesTo(InetSocketAddress destination) {
        if (destination.getAddress() != null && destination.getAddress().isLoopbackAddress()) {
            return false;
        }
        String name = destination.getHostString().toLowerCase(Locale.ROOT);
        if (name.equals("localhost") || name.endsWith(".localhost") || isLoopbackLiteral(name)) {
            return false;
        }
        String address = destination.getAddress() == null
                ? name
                : destination.getAddress().getHostAddress();
        return bypass.stream().noneMatch(exception -> matches(exception, name) || matches(exception, address));
    }

    private static boolean isLoopbackLiteral(String name) {
        byte[] octets = NetUtil.createByteArrayFromIpAddressString(name);
        if (octets == null) {
            return false;
        }
        return octets.length == 4
                ? octets[0] == 127
                : NetUtil.bytesToIpAddress(octets).equals("0:0:0:0:0:0:0:1");
    }

    private static boolean matches(String exception, String name) {
        String pattern = exception.toLowerCase(Locale.ROOT);
        if (pattern.equals("*") || pattern.equals(name)) {
            return true;
        }
        String suffix = pattern.startsWith("*.") ? pattern.substring(1) : pattern;
        return suffix.startsWith(".") ? name.endsWith(suffix) : name.endsWith("." + suffix) && !suffix.isEmpty();
    }

    /**
     * Returns how one speaks to the proxy.
     *
     * @return the protocol
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns where the proxy is.
     *
     * @return its name or address, and port; not resolved
     */
    public InetSocketAddress address() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    /**
     * Returns the user name.
     *
     * @return the name, or null when the proxy wants none
     */
    public @Nullable String username() {
        return username;
    }

    /**
     * Returns the password, a secret.
     *
     * @return the password, empty when there is none
     */
    public String password() {
        return password;
    }

    private static @Nullable String firstSet(Map<String, String> environment, String... names) {
        for (String name : names) {
            String value = environment.get(name);
            if (value != null && !value.isBlank()) {
                return value.trim();
            }
        }
        return null;
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** Returns kind, host and port, and the user name; never the password. */
    @Override
    public String toString() {
        return kind.scheme + "://" + (username == null ? "" : username + "@") + host + ":" + port;
    }
}
