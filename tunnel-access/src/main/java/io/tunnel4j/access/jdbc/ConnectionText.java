package io.tunnel4j.access.jdbc;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.ServiceToken;
import io.tunnel4j.access.TokenStore;
import java.io.File;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a JDBC URL can say about the way to its database: {@code key=value;key=value}. Immutable; {@link #toString} names the keys only.
 */
final class ConnectionText {
    private static final String KEYS =
            "application, destination, serviceTokenId, serviceTokenSecret, caPool, proxy, connectTo or login";

    private final Map<String, String> values = new TreeMap<>();

    private ConnectionText() {}

    /**
     * Reads the text.
     *
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} for a key that is not known
     */
    static ConnectionText parse(String text) {
        ConnectionText parsed = new ConnectionText();
        for (String part : text.split(";", -1)) {
            if (part.isBlank()) {
                continue;
            }
            int equals = part.indexOf('=');
            String key = equals < 0 ? part.strip() : part.substring(0, equals).strip();
            switch (key) {
                case "application",
                        "destination",
                        "serviceTokenId",
                        "serviceTokenSecret",
                        "caPool",
                        "proxy",
                        "connectTo",
                        "login" ->
                    parsed.values.put(
                            key, equals < 0 ? "" : part.substring(equals + 1).strip());
                default ->
                    throw new TunnelException(
                            TunnelErrorCode.INVALID_CONFIGURATION,
                            "socket factory argument: " + key + " (expected: a registered name, or " + KEYS + ")");
            }
        }
        String login = parsed.values.getOrDefault("login", "browser");
        if (!login.equals("browser") && !login.equals("none")) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "socket factory argument: login=" + login + " (expected: browser or none)");
        }
        return parsed;
    }

    /** Returns what identifies the client: texts with the same key share one. */
    String clientKey() {
        Map<String, String> client = new TreeMap<>(values);
        client.keySet().removeAll(java.util.Set.of("application", "destination", "connectTo"));
        return client.toString();
    }

    AccessTarget target(String databaseHost) {
        AccessTarget.Builder target = AccessTarget.builder(values.getOrDefault("application", databaseHost));
        String destination = values.get("destination");
        if (destination != null) {
            target.destination(destination);
        }
        String connectTo = values.get("connectTo");
        if (connectTo != null) {
            target.connectTo(address(connectTo));
        }
        return target.build();
    }

    AccessConnector connector() {
        AccessConnector.Builder client = AccessConnector.builder();
        ServiceToken token = serviceToken();
        if (token != null) {
            client.serviceToken(token);
        } else if (!"none".equals(values.getOrDefault("login", "browser"))) {
            client.login(LoginPrompt.browser()).tokenStore(TokenStore.userHome());
        }
        String pool = values.get("caPool");
        if (pool != null) {
            for (String file : pool.split(File.pathSeparator, -1)) {
                client.caPool(Path.of(file));
            }
        }
        String proxy = values.get("proxy");
        client.outboundProxy(proxy == null ? OutboundProxy.fromEnvironment() : OutboundProxy.of(URI.create(proxy)));
        return client.build();
    }

    private @Nullable ServiceToken serviceToken() {
        String id = values.get("serviceTokenId");
        String secret = values.get("serviceTokenSecret");
        if (id == null && secret == null) {
            return ServiceToken.fromEnvironment(System.getenv());
        }
        if (id == null || secret == null) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "socket factory argument: one half of a service token (expected: serviceTokenId and serviceTokenSecret)");
        }
        return ServiceToken.of(id, secret);
    }

    private static InetSocketAddress address(String hostAndPort) {
        int colon = hostAndPort.lastIndexOf(':');
        try {
            return InetSocketAddress.createUnresolved(
                    hostAndPort.substring(0, Math.max(colon, 0)), Integer.parseInt(hostAndPort.substring(colon + 1)));
        } catch (IllegalArgumentException e) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "socket factory argument: connectTo=" + hostAndPort + " (expected: host:port)",
                    e);
        }
    }

    /** Returns the keys, since values may be secrets. */
    @Override
    public String toString() {
        return values.keySet().toString().toLowerCase(Locale.ROOT);
    }
}
