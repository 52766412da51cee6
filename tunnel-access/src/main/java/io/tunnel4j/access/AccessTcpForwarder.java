package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoopGroup;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.relay.LocalListener;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Local listeners whose connections go to applications behind the edge.
 *
 * <p>Every accepted connection is independent. The first one may wait for a login; with a service token nobody is ever asked.
 * A connection that cannot be made is reset and reported to the listener. Listens on loopback unless told otherwise.
 *
 * <p>Built, started once, closed. Thread-safe.
 */
public final class AccessTcpForwarder implements AutoCloseable {
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private enum State {
        NEW,
        RUNNING,
        TERMINATED
    }

    private record Forward(AccessTarget target, SocketAddress address) {}

    private final List<Forward> forwards;
    private final Supplier<AccessConnector> connectorSource;
    private final boolean ownsConnector;
    private final AccessListener listener;

    // Guarded by this.
    private State state = State.NEW;
    private List<LocalListener> listeners = List.of();
    private @Nullable AccessConnector connector;
    private @Nullable EventNotifier events;

    private AccessTcpForwarder(Builder builder, List<Forward> forwards) {
        this.forwards = forwards;
        listener = builder.listener;
        AccessConnector given = builder.connector;
        ownsConnector = given == null;
        connectorSource = given == null ? builder.client::build : () -> given;
    }

    /**
     * Forwards to one application; more may be added.
     *
     * @param application {@code host}, {@code host:port}, or a URL with path
     * @return a new builder
     * @throws IllegalArgumentException if it is none of these
     */
    public static Builder builder(String application) {
        return builder(AccessTarget.of(application));
    }

    /**
     * Forwards to one application; more may be added.
     *
     * @param target the application
     * @return a new builder
     */
    public static Builder builder(AccessTarget target) {
        return new Builder(requireNonNull(target, "target"));
    }

    /**
     * Starts listening. Nothing is sent to an edge before the first connection.
     *
     * @return this
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if an address cannot be bound; nothing is left behind then
     * @throws IllegalStateException if it was started before
     */
    public synchronized AccessTcpForwarder start() {
        if (state != State.NEW) {
            throw new IllegalStateException("start: " + state + " (expected: NEW)");
        }
        state = State.RUNNING;
        List<LocalListener> bound = new ArrayList<>();
        listeners = bound;
        try {
            AccessConnector client = connectorSource.get();
            connector = client;
            EventNotifier notifier = new EventNotifier(listener);
            events = notifier;
            for (Forward forward : forwards) {
                bound.add(LocalListener.bind(
                        client.loops(), client.opener(), forward.target(), forward.address(), notifier));
            }
        } catch (TunnelException e) {
            close();
            throw e;
        }
        return this;
    }

    /**
     * Returns the port of the first listener.
     *
     * @return a TCP port
     * @throws IllegalStateException if it is not running or not a TCP listener
     */
    public int port() {
        if (address(0) instanceof InetSocketAddress tcp) {
            return tcp.getPort();
        }
        throw new IllegalStateException("port: the first listener is a Unix socket (expected: TCP)");
    }

    /**
     * Returns where a listener listens.
     *
     * @param index in the order of the builder's calls, from 0
     * @return its address, with the port chosen by the operating system
     * @throws IllegalStateException if it is not running
     */
    public synchronized SocketAddress address(int index) {
        if (state != State.RUNNING) {
            throw new IllegalStateException("address: " + state + " (expected: RUNNING)");
        }
        return listeners.get(index).address();
    }

    /**
     * Returns how many local connections are open.
     *
     * @return accepted and not yet closed, of all listeners
     */
    public synchronized int openConnections() {
        return listeners.stream().mapToInt(LocalListener::openConnections).sum();
    }

    /**
     * Stops listening and lets open connections end. {@link #close} is still owed.
     *
     * @param grace after which the rest is closed
     * @return how many connections had to be closed
     */
    public synchronized CompletionStage<Integer> drain(Duration grace) {
        requireNonNull(grace, "grace");
        CompletableFuture<Integer> sum = CompletableFuture.completedFuture(0);
        for (LocalListener each : listeners) {
            sum = sum.thenCombine(each.drain(grace), Integer::sum);
        }
        return sum;
    }

    /** Stops listening, closes every connection and releases what this object has started. Idempotent. */
    @Override
    public synchronized void close() {
        if (state == State.RUNNING) {
            closeConnections();
            if (connector != null && ownsConnector) {
                connector.close();
            }
            if (events != null) {
                events.close();
            }
        }
        state = State.TERMINATED;
    }

    private void closeConnections() {
        try {
            drain(Duration.ZERO).toCompletableFuture().get(CLOSE_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            if (!ownsConnector) {
                throw new CompletionException("connections did not close within " + CLOSE_PATIENCE, e);
            }
            // The end of the event loops closes what is left.
        }
    }

    /** Builds an {@link AccessTcpForwarder}. Not thread-safe. */
    public static final class Builder {
        private final List<AccessTarget.Builder> targets = new ArrayList<>();
        private final List<@Nullable SocketAddress> addresses = new ArrayList<>();
        private final AccessConnector.Builder client = AccessConnector.builder();
        private @Nullable AccessConnector connector;
        private AccessListener listener = new LoggingListener();

        private Builder(AccessTarget target) {
            target(target);
        }

        /**
         * Forwards to another application as well; what is said of the target and its listener afterwards is meant for it.
         *
         * @param target the application
         * @return this
         */
        public Builder target(AccessTarget target) {
            targets.add(requireNonNull(target, "target").toBuilder());
            addresses.add(null);
            return this;
        }

        /**
         * Forwards to another application as well; what is said of the target and its listener afterwards is meant for it.
         *
         * @param application {@code host}, {@code host:port}, or a URL with path
         * @return this
         */
        public Builder target(String application) {
            return target(AccessTarget.of(application));
        }

        /**
         * Sets where the target named last is listened for, by default any port of the loopback address.
         *
         * @param address an address of this machine; port 0 for any
         * @return this
         */
        public Builder listen(InetSocketAddress address) {
            addresses.set(addresses.size() - 1, requireNonNull(address, "address"));
            return this;
        }

        /**
         * Sets where the target named last is listened for, as the reference's {@code --url} option takes it.
         *
         * @param hostAndPort {@code [scheme://]host:port}; port 0 for any
         * @return this
         * @throws IllegalArgumentException if it is anything else
         */
        public Builder listen(String hostAndPort) {
            return listen(ListenAddress.parse(requireNonNull(hostAndPort, "hostAndPort")));
        }

        /**
         * Listens on a Unix domain socket for the target named last. There the end of the local program's output ends the connection: what the
         * application would still answer is lost.
         *
         * @param socket path of the socket, which must not exist; removed at the end
         * @return this
         */
        public Builder listen(Path socket) {
            addresses.set(addresses.size() - 1, UnixDomainSocketAddress.of(requireNonNull(socket, "socket")));
            return this;
        }

        /**
         * Sets the address behind the bastion application named last.
         *
         * @param hostAndPort e.g. {@code 10.0.0.5:22}, sent as it is
         * @return this
         */
        public Builder destination(String hostAndPort) {
            lastTarget().destination(hostAndPort);
            return this;
        }

        /**
         * Adds a header field to the upgrades of the target named last.
         *
         * @param name an HTTP token
         * @param value without control characters
         * @return this
         */
        public Builder header(String name, String value) {
            lastTarget().header(name, value);
            return this;
        }

        /**
         * Dials another address than the host's for the target named last; TLS and the request still name the host.
         *
         * @param address an address of the edge
         * @return this
         */
        public Builder connectTo(InetSocketAddress address) {
            lastTarget().connectTo(address);
            return this;
        }

        /**
         * Uses an access client that exists, with its settings instead of this builder's; the caller closes it.
         *
         * @param client shared by several forwarders or socket factories
         * @return this
         */
        public Builder connector(AccessConnector client) {
            connector = requireNonNull(client, "client");
            return this;
        }

        /**
         * Uses a service token, and never a browser.
         *
         * @param id the client id
         * @param secret its secret
         * @return this
         */
        public Builder serviceToken(String id, String secret) {
            client.serviceToken(ServiceToken.of(id, secret));
            return this;
        }

        /**
         * Asks for the service token before each connection, so that it may be rotated.
         *
         * @param source thread-safe; may block
         * @return this
         */
        public Builder serviceToken(Supplier<ServiceToken> source) {
            client.serviceToken(source);
            return this;
        }

        /**
         * Uses the service token of the reference's environment variables if they are set.
         *
         * @return this
         */
        public Builder serviceTokenFromEnvironment() {
            client.serviceTokenFromEnvironment();
            return this;
        }

        /**
         * Lets people log in when an application wants it. Without a service token only.
         *
         * @param prompt how they are asked
         * @return this
         */
        public Builder login(LoginPrompt prompt) {
            client.login(prompt);
            return this;
        }

        /**
         * Keeps tokens here. Without {@link #login} nobody is asked: what is stored is used, and renewed where that takes no person.
         *
         * @param store by default {@link TokenStore#userHome}
         * @return this
         */
        public Builder tokenStore(TokenStore store) {
            client.tokenStore(store);
            return this;
        }

        /**
         * Gets app tokens from here, instead of by {@link #login}.
         *
         * @param provider the caller closes what it holds
         * @return this
         */
        public Builder tokens(TokenProvider provider) {
            client.tokens(provider);
            return this;
        }

        /**
         * Trusts the certificates of PEM files besides the system's roots.
         *
         * @param files PEM files
         * @return this
         */
        public Builder caPool(Path... files) {
            client.caPool(files);
            return this;
        }

        /**
         * Trusts these certificates besides the system's roots.
         *
         * @param roots certificates
         * @return this
         */
        public Builder caPool(X509Certificate... roots) {
            client.caPool(roots);
            return this;
        }

        /**
         * Goes through a proxy, except to loopback.
         *
         * @param outboundProxy HTTP CONNECT or SOCKS5; {@link OutboundProxy#fromEnvironment} gives null when there is none
         * @return this
         */
        public Builder outboundProxy(@Nullable OutboundProxy outboundProxy) {
            client.outboundProxy(outboundProxy);
            return this;
        }

        /**
         * Runs on the caller's event loops.
         *
         * @param eventLoops NIO, epoll or kqueue; the caller ends them afterwards
         * @return this
         */
        public Builder eventLoopGroup(EventLoopGroup eventLoops) {
            client.eventLoopGroup(eventLoops);
            return this;
        }

        /**
         * Sets how long the own event loop looks for something to do before it sleeps, see {@link AccessConnector.Builder#busyPoll}. Default 200 µs.
         *
         * @param most zero to sleep at once, up to 10 ms
         * @return this
         */
        public Builder busyPoll(Duration most) {
            client.busyPoll(most);
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
         * Builds the forwarder; starts nothing.
         *
         * @return the forwarder
         */
        public AccessTcpForwarder build() {
            List<Forward> forwards = new ArrayList<>();
            for (int i = 0; i < targets.size(); i++) {
                SocketAddress address = addresses.get(i);
                forwards.add(new Forward(
                        targets.get(i).build(),
                        address == null ? new InetSocketAddress(InetAddress.getLoopbackAddress(), 0) : address));
            }
            return new AccessTcpForwarder(this, List.copyOf(forwards));
        }

        private AccessTarget.Builder lastTarget() {
            return targets.get(targets.size() - 1);
        }
    }
}
