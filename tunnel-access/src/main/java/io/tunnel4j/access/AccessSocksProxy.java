package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.relay.LocalListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A local SOCKS5 proxy that maps names to applications behind the edge. What it has no application for, it refuses: it is no way to anywhere else.
 *
 * <p>Takes CONNECT without authentication; names are resolved by nobody (curl: {@code --proxy socks5h://…}). Listens on loopback unless told otherwise. Built,
 * started once, closed. Thread-safe.
 */
public final class AccessSocksProxy implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final AccessConnector connector;
    private final Map<String, AccessTarget> names;
    private final Map<String, Function<String, AccessTarget>> suffixes;
    private final InetSocketAddress address;
    private final EventNotifier events;

    // Guarded by this.
    private @Nullable LocalListener running;
    private boolean started;

    private AccessSocksProxy(Builder builder) {
        connector = builder.connector;
        names = Map.copyOf(builder.names);
        suffixes = Map.copyOf(builder.suffixes);
        address = builder.address;
        events = new EventNotifier(builder.listener);
    }

    /**
     * Starts with a client and no names.
     *
     * @param connector opens the connections; the caller closes it afterwards
     * @return a new builder
     */
    public static Builder builder(AccessConnector connector) {
        return new Builder(requireNonNull(connector, "connector"));
    }

    /**
     * Starts listening.
     *
     * @return this
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the address cannot be bound
     * @throws IllegalStateException if it was started before
     */
    public synchronized AccessSocksProxy start() {
        if (started) {
            throw new IllegalStateException("start: started before (expected: once)");
        }
        started = true;
        running = LocalListener.bindSocks(connector.loops(), connector.opener(), this::find, address, events);
        return this;
    }

    /**
     * Returns the port it listens on.
     *
     * @return a TCP port
     * @throws IllegalStateException if it is not running
     */
    public synchronized int port() {
        if (running == null) {
            throw new IllegalStateException("port: not running (expected: started)");
        }
        return ((InetSocketAddress) running.address()).getPort();
    }

    private @Nullable AccessTarget find(String host, int port) {
        AccessTarget named = names.get(host);
        if (named != null) {
            return named;
        }
        for (int dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
            Function<String, AccessTarget> application = suffixes.get(host.substring(dot));
            if (application != null) {
                try {
                    return application.apply(host);
                } catch (IllegalArgumentException notAHost) {
                    return null;
                }
            }
        }
        return null;
    }

    /** Stops listening and closes every connection. Idempotent. */
    @Override
    public synchronized void close() {
        if (running != null) {
            try {
                running.drain(Duration.ZERO)
                        .toCompletableFuture()
                        .get(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } catch (ExecutionException | TimeoutException e) {
                throw new TunnelException(
                        TunnelErrorCode.TIMEOUT, "connections did not close within " + CLOSE_PATIENCE, e);
            } finally {
                running = null;
            }
        }
        started = true;
        events.close();
    }

    /** Builds an {@link AccessSocksProxy}. Not thread-safe. */
    public static final class Builder {
        private final AccessConnector connector;
        private final Map<String, AccessTarget> names = new LinkedHashMap<>();
        private final Map<String, Function<String, AccessTarget>> suffixes = new HashMap<>();
        private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        private AccessListener listener = new LoggingListener();

        private Builder(AccessConnector connector) {
            this.connector = connector;
        }

        /**
         * Maps a name to an application.
         *
         * @param name what programs ask the proxy for; letter case has no meaning
         * @param target the application
         * @return this
         */
        public Builder map(String name, AccessTarget target) {
            names.put(name.toLowerCase(Locale.ROOT), requireNonNull(target, "target"));
            return this;
        }

        /**
         * Maps every name below a domain to the application of that name.
         *
         * @param domain e.g. {@code example.com} for {@code db.example.com} and all others
         * @return this
         */
        public Builder applicationsBelow(String domain) {
            return applicationsBelow(domain, AccessTarget::of);
        }

        /**
         * Maps every name below a domain to the application of that name, with what else is needed to get there, such as a service token.
         *
         * @param domain e.g. {@code example.com} for {@code db.example.com} and all others; of several the longest that fits is taken
         * @param application makes the target of a name in lower case; called on an event loop, so it must not block. An {@link IllegalArgumentException} refuses
         *     the name
         * @return this
         */
        public Builder applicationsBelow(String domain, Function<String, AccessTarget> application) {
            String host = AccessTarget.of(domain).host().toLowerCase(Locale.ROOT);
            suffixes.put("." + host, requireNonNull(application, "application"));
            return this;
        }

        /**
         * Sets where it listens.
         *
         * @param local by default any port of the loopback address
         * @return this
         */
        public Builder listen(InetSocketAddress local) {
            address = requireNonNull(local, "local");
            return this;
        }

        /**
         * Hears what happens to connections. Without one, those that cannot be made are logged.
         *
         * @param events called on one thread, in order
         * @return this
         */
        public Builder listener(AccessListener events) {
            listener = requireNonNull(events, "events");
            return this;
        }

        /**
         * Builds the proxy; starts nothing.
         *
         * @return the proxy
         */
        public AccessSocksProxy build() {
            return new AccessSocksProxy(this);
        }
    }
}
