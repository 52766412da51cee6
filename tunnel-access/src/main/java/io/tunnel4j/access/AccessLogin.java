package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.login.AuthDomains;
import io.tunnel4j.access.login.LoginConfig;
import io.tunnel4j.access.login.SingleSignOn;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import io.tunnel4j.transport.TlsContexts;
import io.tunnel4j.transport.TrustRoots;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Logs people in to applications behind Access, and keeps what that yields.
 *
 * <p>A token is taken from the store; or bought, silently, with the team's org token in the store; or a person is asked through the
 * {@link LoginPrompt}. Received tokens are verified before they are stored. Of all threads and processes that share the store one asks, the
 * others wait for it and go on with its token. A token near its end is renewed in the background where that takes nobody.
 *
 * <p>Thread-safe. {@link #close} ends logins under way, and the threads, all daemons named {@code tunnel…}.
 */
public final class AccessLogin implements TokenProvider, AutoCloseable {
    private static final int MAX_LOGINS = 32;
    private static final int MAX_WAITING = 1024;
    private static final long IDLE_SECONDS = 10;
    private static final long CLOSE_SECONDS = 5;
    private static final int MAX_WAYS = 1024;

    private final SingleSignOn logins;
    private final EventLoops loops;
    private final SslContext tls;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final ThreadPoolExecutor workers;
    private final ThreadPoolExecutor lookups;
    /** Where to dial instead of a host and port; bounded, since targets add to it. */
    private final Map<String, InetSocketAddress> ways = new ConcurrentHashMap<>();

    private AccessLogin(Builder builder) {
        TrustRoots trust = builder.trust.build();
        ways.putAll(builder.ways);
        workers = new ThreadPoolExecutor(
                MAX_LOGINS,
                MAX_LOGINS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MAX_WAITING),
                new DefaultThreadFactory("tunnel-login", true));
        workers.allowCoreThreadTimeOut(true);
        lookups = new ThreadPoolExecutor(
                0,
                MAX_LOGINS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                new DefaultThreadFactory("tunnel-login-names", true));
        loops = EventLoops.start("login-io", 1);
        try {
            tls = SslContextBuilder.forClient()
                    .trustManager(trust.trustManager())
                    .build();
            Dialer dialer = Dialer.builder(loops, new NameResolution(lookups))
                    .proxy(builder.proxy)
                    .build();
            SingleSignOn.Network network = new SingleSignOn.Network(
                    loops, dialer, tls, builder.userAgent, authority -> ways.get(authority.toLowerCase(Locale.ROOT)));
            logins = SingleSignOn.of(builder.config(), network, workers);
        } catch (SSLException e) {
            loops.close();
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "TLS: " + e.getMessage(), e);
        }
    }

    /**
     * Starts with the reference's directory, the system's browser, Cloudflare's auth domains and transfer store, and the system's roots.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    @Override
    public CompletionStage<@Nullable AccessToken> cached(URI application) {
        return typed(logins.cached(checked(application)));
    }

    @Override
    public CompletionStage<AccessToken> obtain(URI application, @Nullable AccessToken refused) {
        return typed(logins.obtain(checked(application), refused));
    }

    /**
     * Logs in as {@code access login} does: gets a token, and asks the edge whether it takes it; if not, gets another one and asks again.
     *
     * @param application the application's URL, scheme {@code https}
     * @return a token that the edge takes; fails with {@link TunnelErrorCode#NOT_AUTHORIZED} if it takes none
     */
    public CompletionStage<AccessToken> login(URI application) {
        checked(application);
        return typed(logins.obtain(application, null)
                .thenCompose(token -> logins.accepts(application, token)
                        .thenCompose(good ->
                                good ? CompletableFuture.completedFuture(token) : loginAgain(application, token))));
    }

    private CompletionStage<AccessToken> loginAgain(URI application, AccessToken refused) {
        return logins.obtain(application, refused)
                .thenCompose(token -> logins.accepts(application, token).thenApply(good -> {
                    if (good) {
                        return token;
                    }
                    throw new TunnelException(
                            TunnelErrorCode.NOT_AUTHORIZED,
                            application.getHost()
                                    + ": failed to verify token: the edge does not take it (is this person allowed to use the application?)");
                }));
    }

    /** {@inheritDoc} Requests to the target's own host take its {@link AccessTarget#connectTo} from then on. */
    @Override
    public CompletionStage<AccessToken> obtain(AccessTarget target, @Nullable AccessToken refused) {
        InetSocketAddress way = target.connectTo();
        if (way != null && ways.size() < MAX_WAYS) {
            ways.put(authority(target.host(), target.port()), way);
        }
        return obtain(target.uri(), refused);
    }

    private static String authority(String host, int port) {
        return host.toLowerCase(Locale.ROOT) + ":" + port;
    }

    /**
     * Finds the stored token as {@code access token} does. Asks the edge which application it is, and nobody to log in.
     *
     * @param application the application's URL, scheme {@code https}
     * @return the token; null if there is none, or it has ended
     */
    public CompletionStage<@Nullable AccessToken> stored(URI application) {
        return typed(logins.stored(checked(application)));
    }

    /**
     * Finds the stored token as {@link #stored} does, but tells one that has ended from none: it is returned a last time, and removed.
     *
     * @param application the application's URL, scheme {@code https}
     * @return the token, see {@link AccessToken#isExpired}; null if there is none
     */
    public CompletionStage<@Nullable AccessToken> lastStored(URI application) {
        return typed(logins.lastStored(checked(application)));
    }

    /**
     * Gets a certificate for a key of the SSH client, as {@code access ssh-gen} does. The key is made once and stays.
     *
     * @param application the application's URL, scheme {@code https}
     * @param directory where the key files are, e.g. {@code ~/.cloudflared}; created if its parent exists
     * @return the files; needs a login if there is no token
     */
    public CompletionStage<ShortLivedCertificate> sshCertificate(URI application, Path directory) {
        SshKeyFiles files = SshKeyFiles.of(requireNonNull(directory, "directory"), checked(application));
        return typed(logins.obtain(application, null)
                .thenComposeAsync(
                        token -> logins.sign(application, token, files.publicKey(), files::withCertificate), workers));
    }

    /** Takes the wrapper off a failure that has gone through dependent stages. */
    private static <T extends @Nullable Object> CompletionStage<T> typed(CompletionStage<T> stage) {
        CompletableFuture<T> result = new CompletableFuture<>();
        stage.whenComplete((value, failure) -> {
            if (failure == null) {
                result.complete(value);
            } else {
                Throwable cause = failure.getCause();
                result.completeExceptionally(failure instanceof CompletionException && cause != null ? cause : failure);
            }
        });
        return result;
    }

    private static URI checked(URI application) {
        if (!"https".equals(application.getScheme()) || application.getHost() == null) {
            throw new IllegalArgumentException("application: " + application.getScheme() + "://" + application.getHost()
                    + " (expected: https://host)");
        }
        return application;
    }

    /** Ends logins under way with {@link TunnelErrorCode#TERMINATED}, frees their locks and ends the threads. Idempotent. */
    @Override
    public void close() {
        logins.close();
        workers.shutdown();
        lookups.shutdownNow();
        boolean interrupted = false;
        try {
            workers.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        workers.shutdownNow();
        loops.close();
        if (closed.compareAndSet(false, true)) {
            TlsContexts.release(tls);
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Builds an {@link AccessLogin}. Not thread-safe. */
    public static final class Builder {
        private static final URI TRANSFER_STORE = URI.create("https://login.cloudflareaccess.org");
        private static final URI FED_TRANSFER_STORE = URI.create("https://login.fed.cloudflareaccess.org");

        private final TrustRoots.Builder trust = TrustRoots.builder();
        private final Map<String, InetSocketAddress> ways = new HashMap<>();
        private @Nullable TokenStore store;
        private LoginPrompt prompt = LoginPrompt.browser();
        private AuthDomains authDomains = AuthDomains.CLOUDFLARE;
        private URI transferStore = TRANSFER_STORE;
        private boolean autoClose;
        private Duration timeout = Duration.ofMinutes(10);
        private @Nullable OutboundProxy proxy;
        private String userAgent = "tunnel4j";

        private Builder() {}

        /**
         * Keeps tokens elsewhere.
         *
         * @param tokens by default {@link TokenStore#userHome()}
         * @return this
         */
        public Builder tokenStore(TokenStore tokens) {
            store = requireNonNull(tokens, "tokens");
            return this;
        }

        /**
         * Asks people otherwise.
         *
         * @param loginPrompt by default {@link LoginPrompt#browser()}
         * @return this
         */
        public Builder prompt(LoginPrompt loginPrompt) {
            prompt = requireNonNull(loginPrompt, "loginPrompt");
            return this;
        }

        /**
         * Sets how long a login may take, waiting for another process's login included.
         *
         * @param limit by default 10 minutes
         * @return this
         */
        public Builder timeout(Duration limit) {
            if (limit.isNegative() || limit.isZero()) {
                throw new IllegalArgumentException("timeout: " + limit + " (expected: > 0)");
            }
            timeout = limit;
            return this;
        }

        /**
         * Accepts the auth domains of other edges, in place of Cloudflare's. The org token goes to no other host.
         *
         * @param domains each {@code .example.com} for every host below, or {@code auth.example.com} for one; with {@code :port} if not 443
         * @return this
         */
        public Builder authDomains(String... domains) {
            authDomains = new AuthDomains(List.of(domains));
            return this;
        }

        /**
         * Fetches the tokens of browser logins from another store.
         *
         * @param base {@code https://host[:port]}, by default Cloudflare's
         * @return this
         */
        public Builder transferStore(URI base) {
            transferStore = withoutSlash(checked(base));
            return this;
        }

        private static URI withoutSlash(URI base) {
            String text = base.toString();
            return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : base;
        }

        /**
         * Uses Cloudflare's FedRAMP transfer store.
         *
         * @return this
         */
        public Builder fedramp() {
            transferStore = FED_TRANSFER_STORE;
            return this;
        }

        /**
         * Asks the page in the browser to close itself after the login.
         *
         * @return this
         */
        public Builder autoClose() {
            autoClose = true;
            return this;
        }

        /**
         * Trusts the certificates of PEM files too.
         *
         * @param files PEM files with roots; read when the login is built, and again when they change
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
         * @param outboundProxy e.g. {@link OutboundProxy#fromEnvironment()}; null for direct connections
         * @return this
         */
        public Builder outboundProxy(@Nullable OutboundProxy outboundProxy) {
            proxy = outboundProxy;
            return this;
        }

        /**
         * Names the client to the edge.
         *
         * @param product value of User-Agent, by default {@code tunnel4j}
         * @return this
         */
        public Builder userAgent(String product) {
            if (product.isEmpty() || !product.chars().allMatch(c -> c >= ' ' && c < 0x7f)) {
                throw new IllegalArgumentException("userAgent: (expected: printable ASCII)");
            }
            userAgent = product;
            return this;
        }

        /**
         * Dials an address for requests to a host instead of the one that its name leads to, e.g. for the team domain of an edge that is not in DNS yet. The host's
         * name is still what the certificate must be for. Repeatable.
         *
         * @param host {@code host} or {@code host:port} of an application, an auth domain or the transfer store; port 443 by default
         * @param address an address; unresolved ones are resolved for each request
         * @return this
         */
        public Builder connectTo(String host, InetSocketAddress address) {
            AccessTarget target = AccessTarget.of(host);
            ways.put(authority(target.host(), target.port()), requireNonNull(address, "address"));
            return this;
        }

        /**
         * Builds the login.
         *
         * @return the login, to be closed
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if a CA file cannot be read
         */
        public AccessLogin build() {
            return new AccessLogin(this);
        }

        private LoginConfig config() {
            return new LoginConfig(
                    store == null ? TokenStore.userHome() : store,
                    prompt,
                    authDomains,
                    transferStore,
                    autoClose,
                    timeout,
                    LoginConfig.Time.SYSTEM);
        }
    }
}
