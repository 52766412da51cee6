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
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private final @Nullable AccessLogin login;

    private AccessConnector(Builder builder) {
        login = builder.ownLogin();
        RelayConfig config = builder.relay(login);
        loops = builder.group == null ? EventLoops.start("access", 1, builder.busyPoll) : EventLoops.of(builder.group);
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
        if (login != null) {
            login.close();
        }
        loops.close();
    }

    /** Builds an {@link AccessConnector}. Not thread-safe. */
    public static final class Builder {
        private final List<Path> caFiles = new ArrayList<>();
        private final List<X509Certificate> caCertificates = new ArrayList<>();
        private boolean onlyCaPool;
        private @Nullable LoginPrompt prompt;
        private @Nullable TokenStore tokenStore;
        private @Nullable URI transferStore;
        private String @Nullable [] authDomains;
        private @Nullable Supplier<ServiceToken> serviceToken;
        private @Nullable TokenProvider tokens;
        private @Nullable OutboundProxy proxy;
        private @Nullable EventLoopGroup group;
        private Duration busyPoll = EventLoops.DEFAULT_BUSY_POLL;
        private boolean separateConnections;
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
         * Lets people log in when an application wants it. Without a service token only.
         *
         * @param loginPrompt how they are asked
         * @return this
         */
        public Builder login(LoginPrompt loginPrompt) {
            prompt = requireNonNull(loginPrompt, "loginPrompt");
            return this;
        }

        /**
         * Keeps tokens here. Without {@link #login} nobody is asked: what is stored is used, and renewed where that takes no person.
         *
         * @param store by default {@link TokenStore#userHome}
         * @return this
         */
        public Builder tokenStore(TokenStore store) {
            tokenStore = requireNonNull(store, "store");
            return this;
        }

        /**
         * Takes logins from another transfer store than the hosted one, e.g. that of a self-hosted edge.
         *
         * @param base its URL
         * @return this
         */
        public Builder transferStore(URI base) {
            transferStore = requireNonNull(base, "base");
            return this;
        }

        /**
         * Takes these auth domains from applications instead of the hosted ones.
         *
         * @param domains as {@link AccessLogin.Builder#authDomains} takes them
         * @return this
         */
        public Builder authDomains(String... domains) {
            authDomains = domains.clone();
            return this;
        }

        /**
         * Gets app tokens from here, instead of by {@link #login}.
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
            caFiles.addAll(List.of(files));
            return this;
        }

        /**
         * Trusts these certificates too.
         *
         * @param roots certificates
         * @return this
         */
        public Builder caPool(X509Certificate... roots) {
            caCertificates.addAll(List.of(roots));
            return this;
        }

        /**
         * Trusts nothing but the pool.
         *
         * @return this
         */
        public Builder onlyCaPool() {
            onlyCaPool = true;
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
         * Sets how long the own event loop looks for something to do before it sleeps. Default 200 µs, which takes most of the time away that an access client adds
         * to a question and its answer. Looking is left off for a while whenever it was in vain; still a loop that carries one question after the other keeps a
         * processor busy. Of no effect on the caller's event loops, and where there is one processor only.
         *
         * @param most zero to sleep at once, up to 10 ms
         * @return this
         */
        public Builder busyPoll(Duration most) {
            busyPoll = EventLoops.checkedBusyPoll(most);
            return this;
        }

        /**
         * Gives every connection to an application a TLS connection of its own. By default they share one from the third on where the edge offers HTTP/2 with
         * extended CONNECT (RFC 8441), which saves the TLS handshakes; the shared one's loss is then the loss of all, and bulk costs more CPU time.
         *
         * @return this
         */
        public Builder separateConnections() {
            separateConnections = true;
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

        private @Nullable AccessLogin ownLogin() {
            if (tokens != null || serviceToken != null || (prompt == null && tokenStore == null)) {
                return null;
            }
            AccessLogin.Builder login = AccessLogin.builder()
                    .prompt(prompt == null ? LoginPrompt.nobody() : prompt)
                    .caPool(caFiles.toArray(Path[]::new))
                    .caPool(caCertificates.toArray(X509Certificate[]::new))
                    .outboundProxy(proxy)
                    .userAgent(userAgent);
            if (onlyCaPool) {
                login.onlyCaPool();
            }
            if (tokenStore != null) {
                login.tokenStore(tokenStore);
            }
            if (transferStore != null) {
                login.transferStore(transferStore);
            }
            if (authDomains != null) {
                login.authDomains(authDomains);
            }
            return login.build();
        }

        private TrustRoots trust() {
            TrustRoots.Builder trust = TrustRoots.builder()
                    .pemFiles(caFiles.toArray(Path[]::new))
                    .certificates(caCertificates.toArray(X509Certificate[]::new));
            return onlyCaPool ? trust.onlyPool().build() : trust.build();
        }

        private RelayConfig relay(@Nullable AccessLogin login) {
            RelayConfig.Builder config = RelayConfig.builder(userAgent, trust());
            if (separateConnections) {
                config.separateConnections();
            }
            return config.tokens(login == null ? tokens : login)
                    .serviceToken(serviceToken)
                    .proxy(proxy)
                    .connectTimeout(connectTimeout)
                    .pingInterval(pingInterval)
                    .halfCloseGrace(halfCloseGrace)
                    .build();
        }
    }
}
