package io.tunnel4j.access.jdbc;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * What the socket factories of this package are told, by a text in the JDBC URL: the name of a configuration registered here, or the
 * configuration itself as {@code key=value;key=value}, or nothing.
 *
 * <table>
 * <caption>Keys of a text</caption>
 * <tr><th>key</th><th>meaning</th></tr>
 * <tr><td>{@code application}</td><td>the application, if it is not the host of the JDBC URL</td></tr>
 * <tr><td>{@code destination}</td><td>host:port behind a bastion application</td></tr>
 * <tr><td>{@code serviceTokenId}, {@code serviceTokenSecret}</td><td>a service token; by default that of the environment, if any</td></tr>
 * <tr><td>{@code caPool}</td><td>PEM files to trust as well</td></tr>
 * <tr><td>{@code proxy}</td><td>URL of a proxy; by default that of the environment, if any</td></tr>
 * <tr><td>{@code connectTo}</td><td>host:port to dial instead of the application's</td></tr>
 * <tr><td>{@code login}</td><td>{@code browser} (default without a service token) or {@code none}</td></tr>
 * </table>
 *
 * <p>Drivers make factories by class name, so what factories share cannot but be known to the whole JVM: clients made from texts are kept
 * here, at most {@value #MAX_CLIENTS}, and closed when they had no connection for a minute. Thread-safe.
 */
public final class AccessConfigurations {
    static final int MAX_CLIENTS = 64;

    private static final Duration IDLE = Duration.ofMinutes(1);
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private static final Map<String, Registered> NAMED = new ConcurrentHashMap<>();
    private static final Map<String, AccessConnector> CLIENTS = new ConcurrentHashMap<>();

    private AccessConfigurations() {}

    private record Registered(
            AccessConnector connector, @Nullable AccessTarget target) {}

    /** Takes a configuration back. */
    public interface Registration extends AutoCloseable {
        /** Makes the name unknown; connections stay open. Idempotent. */
        @Override
        void close();
    }

    /**
     * Makes a client known to drivers under a name; the host of the JDBC URL names the application.
     *
     * @param name letters, digits, dots, underscores and hyphens
     * @param connector the client; the caller closes it after the registration
     * @return to be closed when the name is no longer needed
     * @throws IllegalStateException if the name is taken
     */
    public static Registration register(String name, AccessConnector connector) {
        return add(name, new Registered(requireNonNull(connector, "connector"), null));
    }

    /**
     * Makes a client and an application known to drivers under a name; the host of the JDBC URL has no meaning then.
     *
     * @param name letters, digits, dots, underscores and hyphens
     * @param connector the client; the caller closes it after the registration
     * @param target the application
     * @return to be closed when the name is no longer needed
     * @throws IllegalStateException if the name is taken
     */
    public static Registration register(String name, AccessConnector connector, AccessTarget target) {
        return add(name, new Registered(requireNonNull(connector, "connector"), requireNonNull(target, "target")));
    }

    private static Registration add(String name, Registered registered) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name: " + name + " (expected: letters, digits, dots, underscores, hyphens)");
        }
        if (NAMED.putIfAbsent(name, registered) != null) {
            throw new IllegalStateException("name: " + name + " is registered (expected: another name)");
        }
        return () -> NAMED.remove(name, registered);
    }

    /**
     * Finds what a driver's factory is told to be.
     *
     * @param text a name, a configuration, or nothing
     * @return makes unconnected sockets
     */
    static SocketFactory find(@Nullable String text) {
        String told = text == null ? "" : text.strip();
        Registered named = NAMED.get(told);
        if (named != null) {
            return named.target() == null
                    ? named.connector().socketFactory()
                    : named.connector().socketFactory(named.target());
        }
        if (!told.isEmpty() && told.indexOf('=') < 0) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "socket factory argument: " + told
                            + " is not registered (expected: a name of AccessConfigurations.register)");
        }
        ConnectionText parsed = ConnectionText.parse(told);
        return client(parsed).socketFactory(parsed::target);
    }

    private static AccessConnector client(ConnectionText text) {
        return CLIENTS.computeIfAbsent(text.clientKey(), key -> {
            if (CLIENTS.size() >= MAX_CLIENTS) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION,
                        "more than " + MAX_CLIENTS + " access configurations in JDBC URLs (expected: registered ones)");
            }
            AccessConnector client = text.connector();
            closeWhenIdle(key, client);
            return client;
        });
    }

    /** Looks once a minute; uses a thread of the JDK's, so that nothing of ours is left when there are no connections. */
    private static void closeWhenIdle(String key, AccessConnector client) {
        CompletableFuture.delayedExecutor(IDLE.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    if (client.openConnections() > 0) {
                        closeWhenIdle(key, client);
                    } else {
                        CLIENTS.remove(key, client);
                        client.close();
                    }
                });
    }
}
