package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.relay.BlockingStream;
import io.tunnel4j.access.relay.RelayConfig;
import io.tunnel4j.access.relay.StreamOpener;
import io.tunnel4j.access.relay.WebSocketStream;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.TrustRoots;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * An access client: credentials, trust and network settings with which connections to applications are opened.
 *
 * <p>With a service token nobody is ever asked to log in. Thread-safe; {@link #close} ends its event loops and every connection on them.
 */
public final class AccessConnector implements AutoCloseable {
    private final EventLoops loops;
    private final StreamOpener opener;

    private AccessConnector(Builder builder) {
        RelayConfig config = builder.relay();
        loops = builder.group == null ? EventLoops.start("access", 1) : EventLoops.of(builder.group);
        opener = new StreamOpener(config, loops);
    }

    /**
     * Starts with the defaults: trust in the system's roots, no credentials, direct connections.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Opens a connection to an application and waits for it, a login included.
     *
     * @param target the application
     * @return a connected socket without a port of this machine
     * @throws IOException with the {@link TunnelException} as its cause if there is no connection
     */
    public Socket connect(AccessTarget target) throws IOException {
        return socketFactory(target).createSocket(target.host(), target.port());
    }

    /**
     * Makes sockets to the application that a socket's address names by its host. The host is not looked up in DNS; ports have no meaning.
     *
     * @return a factory that works until this client is closed
     */
    public SocketFactory socketFactory() {
        return new ApplicationSocketFactory(this, AccessTarget::of);
    }

    /**
     * Makes sockets to one application, whatever address they are connected to.
     *
     * @param target the application
     * @return a factory that works until this client is closed
     */
    public SocketFactory socketFactory(AccessTarget target) {
        requireNonNull(target, "target");
        return new ApplicationSocketFactory(this, host -> target);
    }

    /**
     * Makes sockets to the application that a function finds for the host of a socket's address.
     *
     * @param targets from host name to application; thread-safe
     * @return a factory that works until this client is closed
     */
    public SocketFactory socketFactory(Function<String, AccessTarget> targets) {
        return new ApplicationSocketFactory(this, requireNonNull(targets, "targets"));
    }

    /**
     * Copies {@code in} to the application and the application to {@code out} until the application ends, waiting all the time. The end of {@code in} is passed
     * on, and the answer still awaited. Writes nothing but the application's bytes.
     *
     * @param target the application
     * @param in read on a daemon thread, which stays in its last read if {@code in} does not end
     * @param out flushed whenever nothing more is at hand
     * @return how it ended
     * @throws TunnelException if there is no connection
     */
    public PipeEnd pipe(AccessTarget target, InputStream in, OutputStream out) {
        requireNonNull(in, "in");
        requireNonNull(out, "out");
        Future<WebSocketStream> opening = opener.open(loops.group().next(), requireNonNull(target, "target"));
        try {
            opening.await();
        } catch (InterruptedException e) {
            opening.cancel(false);
            Thread.currentThread().interrupt();
            throw new TunnelException(
                    TunnelErrorCode.TERMINATED, target.authority() + ": interrupted while connecting", e);
        }
        if (!opening.isSuccess()) {
            throw (TunnelException) opening.cause();
        }
        return new StreamPipe(BlockingStream.of(opening.getNow()), in, out).run();
    }

    /**
     * Returns how many connections to applications are open.
     *
     * @return of all forwarders, sockets and pipes of this client
     */
    public int openConnections() {
        return opener.activeStreams();
    }

    StreamOpener opener() {
        return opener;
    }

    EventLoops loops() {
        return loops;
    }

    /** Ends every connection and the event loops, unless they are the caller's. Idempotent. */
    @Override
    public void close() {
        opener.close();
        loops.close();
    }

    /** Builds an {@link AccessConnector}. Not thread-safe. */
    public static final class Builder {
        private final TrustRoots.Builder trust = TrustRoots.builder();
        private @Nullable Supplier<ServiceToken> serviceToken;
        private @Nullable TokenProvider tokens;
        private @Nullable OutboundProxy proxy;
        private @Nullable EventLoopGroup group;
        private String userAgent = "tunnel4j";
        private Duration connectTimeout = Duration.ofSeconds(10);
        private Duration pingInterval = Duration.ofSeconds(30);
        private Duration halfCloseGrace = Duration.ofSeconds(30);

        private Builder() {}

        /**
         * Uses a service token for every target without one of its own, and never a browser.
         *
         * @param token the token
         * @return this
         */
        public Builder serviceToken(ServiceToken token) {
            requireNonNull(token, "token");
            return serviceToken(() -> token);
        }

        /**
         * Asks for the service token before each connection, so that it may be rotated.
         *
         * @param source thread-safe; may block
         * @return this
         */
        public Builder serviceToken(Supplier<ServiceToken> source) {
            serviceToken = requireNonNull(source, "source");
            return this;
        }

        /**
         * Uses the service token of the reference's environment variables if they are set.
         *
         * @return this
         */
        public Builder serviceTokenFromEnvironment() {
            ServiceToken token = ServiceToken.fromEnvironment(System.getenv());
            return token == null ? this : serviceToken(token);
        }

        /**
         * Gets app tokens from here.
         *
         * @param provider the caller closes what it holds
         * @return this
         */
        public Builder tokens(TokenProvider provider) {
            tokens = requireNonNull(provider, "provider");
            return this;
        }

        /**
         * Trusts the certificates of PEM files too.
         *
         * @param files PEM files with roots; read when the client is built, and again when they change
         * @return this
         */
        public Builder caPool(Path... files) {
            trust.pemFiles(files);
            return this;
        }

        /**
         * Trusts these certificates too.
         *
         * @param roots certificates
         * @return this
         */
        public Builder caPool(X509Certificate... roots) {
            trust.certificates(roots);
            return this;
        }

        /**
         * Trusts nothing but the pool.
         *
         * @return this
         */
        public Builder onlyCaPool() {
            trust.onlyPool();
            return this;
        }

        /**
         * Goes through a proxy, except to loopback.
         *
         * @param outboundProxy HTTP CONNECT or SOCKS5; null for direct connections
         * @return this
         */
        public Builder outboundProxy(@Nullable OutboundProxy outboundProxy) {
            proxy = outboundProxy;
            return this;
        }

        /**
         * Runs on the caller's event loops.
         *
         * @param eventLoops NIO, epoll or kqueue; the caller ends them after {@link AccessConnector#close}
         * @return this
         */
        public Builder eventLoopGroup(EventLoopGroup eventLoops) {
            group = requireNonNull(eventLoops, "eventLoops");
            return this;
        }

        /**
         * Names the client to the edge.
         *
         * @param product value of User-Agent, by default {@code tunnel4j}
         * @return this
         */
        public Builder userAgent(String product) {
            requireNonNull(product, "product");
            if (product.isEmpty() || !product.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
                throw new IllegalArgumentException("userAgent: (expected: printable ASCII)");
            }
            userAgent = product;
            return this;
        }

        /**
         * Sets how long TCP and TLS to the edge may take, each.
         *
         * @param timeout by default 10 s
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            connectTimeout = requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * Sets the idle time after which a connection pings.
         *
         * @param interval by default 30 s
         * @return this
         */
        public Builder pingInterval(Duration interval) {
            pingInterval = requireNonNull(interval, "interval");
            return this;
        }

        /**
         * Sets how long nothing may come from the application after the local side has ended.
         *
         * @param grace by default 30 s
         * @return this
         */
        public Builder halfCloseGrace(Duration grace) {
            halfCloseGrace = requireNonNull(grace, "grace");
            return this;
        }

        /**
         * Builds the client and starts its event loops.
         *
         * @return the client, to be closed
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if a CA file cannot be read
         */
        public AccessConnector build() {
            return new AccessConnector(this);
        }

        private RelayConfig relay() {
            return RelayConfig.builder(userAgent, trust.build())
                    .tokens(tokens)
                    .serviceToken(serviceToken)
                    .proxy(proxy)
                    .connectTimeout(connectTimeout)
                    .pingInterval(pingInterval)
                    .halfCloseGrace(halfCloseGrace)
                    .build();
        }
    }
}
