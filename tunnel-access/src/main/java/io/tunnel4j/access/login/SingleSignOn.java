package io.tunnel4j.access.login;

import io.netty.handler.ssl.SslContext;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.store.StoredToken;
import io.tunnel4j.access.store.TokenPlan;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All logins of one client: remembers tokens, and keeps one attempt in flight for each application. Thread-safe; what it does is done on the
 * executor it is given.
 */
public final class SingleSignOn {
    private static final Logger LOG = LoggerFactory.getLogger(SingleSignOn.class);

    private static final int MAX_REMEMBERED = 1024;
    private static final Duration COMMAND_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration RENEWAL_PACE = Duration.ofMinutes(1);

    private final LoginConfig config;
    private final Executor executor;
    private final StoredTokens tokens;
    private final Discovery discovery;
    private final LoginFlow flow;
    private final TokenRequests requests;
    private final Set<LoginAttempt> attempts = ConcurrentHashMap.newKeySet();
    private final Map<String, CompletableFuture<AccessToken>> flights = new ConcurrentHashMap<>();
    private final Map<String, Remembered> remembered = Collections.synchronizedMap(new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Remembered> eldest) {
            return size() > MAX_REMEMBERED;
        }
    });
    private volatile boolean closed;

    /** A token, and how often its silent renewal is tried. */
    private record Remembered(AccessToken token, Instant nextRenewal) {}

    SingleSignOn(LoginConfig config, HttpTransport http, Executor executor) {
        this.config = config;
        this.executor = executor;
        tokens = new StoredTokens(config.store(), config.time().wall());
        SigningKeys keys = new SigningKeys(config.store(), http, config.time().wall());
        discovery =
                new Discovery(http, keys, config.authDomains(), config.time().wall());
        flow = new LoginFlow(config, tokens, http, keys);
        requests = new TokenRequests(http);
    }

    /**
     * Whence the requests go.
     *
     * @param loops where connections live
     * @param dialer opens them
     * @param tls whom to trust
     * @param userAgent how the client calls itself
     * @param ways where to dial instead of a {@code host:port}; null for the host itself
     */
    public record Network(
            EventLoops loops,
            Dialer dialer,
            SslContext tls,
            String userAgent,
            Function<String, @Nullable InetSocketAddress> ways) {}

    /**
     * Creates the logins of a client.
     *
     * @param config stores, prompts, rules
     * @param network whence requests go
     * @param executor its threads may block, for as long as a login takes
     * @return the logins, to be closed
     */
    public static SingleSignOn of(LoginConfig config, Network network, Executor executor) {
        HttpTransport http = new NettyHttp(network);
        return new SingleSignOn(config, http, executor);
    }

    /**
     * Looks for a token without any request.
     *
     * @param application the URL
     * @return a token, or null
     */
    public CompletableFuture<@Nullable AccessToken> cached(URI application) {
        Remembered known = remembered.get(key(application));
        if (known != null && !known.token().isExpired(tokens.now())) {
            renewIfSoon(application, known);
            return CompletableFuture.completedFuture(known.token());
        }
        return onExecutor(() -> {
            StoredToken stored = tokens.guess(application);
            if (stored == null) {
                return null;
            }
            Remembered found = new Remembered(AccessToken.of(stored.text()), Instant.EPOCH);
            remembered.put(key(application), found);
            renewIfSoon(application, found);
            return found.token();
        });
    }

    /**
     * Gets a token, if need be by asking the person.
     *
     * @param application the URL
     * @param refused a token that will not do, or null
     * @return the token
     */
    public CompletableFuture<AccessToken> obtain(URI application, @Nullable AccessToken refused) {
        String key = key(application);
        if (refused != null) {
            remembered.computeIfPresent(key, (k, known) -> known.token().equals(refused) ? null : known);
        }
        CompletableFuture<AccessToken> started = new CompletableFuture<>();
        CompletableFuture<AccessToken> flight = flights.putIfAbsent(key, started);
        if (flight != null) {
            // Whoever is at it may find the very token that has been refused here.
            return flight.thenCompose(token ->
                    token.equals(refused) ? obtain(application, refused) : CompletableFuture.completedFuture(token));
        }
        return attempt(config.timeout(), attempt -> {
                    Application found = discovery.discover(application, attempt);
                    AccessToken token = flow.obtain(found, refused, attempt);
                    remembered.put(key, new Remembered(token, Instant.EPOCH));
                    return token;
                })
                .whenComplete((token, failure) -> {
                    flights.remove(key, started);
                    if (failure == null) {
                        started.complete(token);
                    } else {
                        started.completeExceptionally(failure);
                    }
                });
    }

    /**
     * Asks the edge whether it takes a token.
     *
     * @param application the URL
     * @param token the token
     * @return true unless the edge wants a login
     */
    public CompletableFuture<Boolean> accepts(URI application, AccessToken token) {
        return attempt(COMMAND_TIMEOUT, attempt -> requests.accepts(application, token, attempt));
    }

    /**
     * Finds the stored token of an application, and never asks anybody.
     *
     * @param application the URL
     * @return the token; null if there is none that is good, and what there was has been removed
     */
    public CompletableFuture<@Nullable AccessToken> stored(URI application) {
        return lastStored(application)
                .thenApply(token -> token == null || token.isExpired(tokens.now()) ? null : token);
    }

    /**
     * Finds the stored token of an application, and never asks anybody; one that has ended is removed and returned a last time.
     *
     * @param application the URL
     * @return the token, good or ended; null if there is none of this application
     */
    public CompletableFuture<@Nullable AccessToken> lastStored(URI application) {
        return attempt(COMMAND_TIMEOUT, attempt -> {
            Application found = discovery.discover(application, attempt);
            AccessToken token = tokens.usable(found, null);
            if (token != null) {
                return token;
            }
            StoredToken ended = tokens.app(found);
            if (tokens.entry(found.tokenName()) != null) {
                removeUnusable(found);
            }
            AccessToken last = ended == null ? null : AccessToken.of(ended.text());
            return last == null || last.expiresAt() == null ? null : last;
        });
    }

    private void removeUnusable(Application application) {
        try (TokenStore.Lock lock = tokens.tryLock(application.tokenName())) {
            if (lock != null && tokens.usable(application, null) == null) {
                tokens.delete(application.tokenName());
            }
        }
    }

    /**
     * Has an SSH key signed.
     *
     * @param application the URL
     * @param token whose issuer signs
     * @param publicKey a line of {@code authorized_keys} with its line break
     * @param use what to do with certificate and end
     * @param <T> what comes of it
     * @return what {@code use} made of it
     */
    public <T> CompletableFuture<T> sign(URI application, AccessToken token, String publicKey, SignedKeyUse<T> use) {
        return attempt(COMMAND_TIMEOUT, attempt -> {
            TokenRequests.SignedKey signed = requests.sign(application, token, publicKey, attempt);
            return use.apply(signed.text(), signed.expiresAt());
        });
    }

    /**
     * Takes a certificate.
     *
     * @param <T> what it makes of it
     */
    @FunctionalInterface
    public interface SignedKeyUse<T> {
        /**
         * Takes a certificate.
         *
         * @param certificate in the form of a public key file
         * @param expiresAt its end, or null
         * @return whatever comes of it
         */
        T apply(String certificate, @Nullable Instant expiresAt);
    }

    /** Ends every attempt. */
    public void close() {
        closed = true;
        attempts.forEach(attempt -> attempt.end(terminated()));
    }

    private void renewIfSoon(URI application, Remembered known) {
        StoredToken app = StoredToken.tryParse(known.token().compact());
        Instant now = tokens.now();
        if (app == null || now.isBefore(known.nextRenewal()) || !TokenPlan.endsSoon(app, now)) {
            return;
        }
        String key = key(application);
        if (!remembered.replace(key, known, new Remembered(known.token(), now.plus(RENEWAL_PACE)))) {
            return;
        }
        attempt(COMMAND_TIMEOUT, attempt -> {
                    AccessToken renewed = flow.renew(discovery.discover(application, attempt), attempt);
                    if (renewed != null && !renewed.equals(known.token())) {
                        remembered.put(key, new Remembered(renewed, Instant.EPOCH));
                    }
                    return renewed;
                })
                .whenComplete((renewed, failure) -> LOG.debug(
                        "{}: renewed {}{}", Uris.name(application), renewed, failure == null ? "" : ", " + failure));
    }

    private <T extends @Nullable Object> CompletableFuture<T> attempt(Duration limit, Function<LoginAttempt, T> work) {
        LoginAttempt attempt = new LoginAttempt(config.time().ticker(), LoginAttempt.Pacer.SYSTEM, limit);
        attempts.add(attempt);
        if (closed) {
            attempt.end(terminated());
        }
        return onExecutor(() -> work.apply(attempt)).whenComplete((result, failure) -> attempts.remove(attempt));
    }

    private <T extends @Nullable Object> CompletableFuture<T> onExecutor(Supplier<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            executor.execute(() -> {
                try {
                    result.complete(work.get());
                } catch (TunnelException e) {
                    result.completeExceptionally(e);
                } catch (RuntimeException | Error e) {
                    LOG.warn("login: unexpected failure", e);
                    result.completeExceptionally(
                            new TunnelException(TunnelErrorCode.EDGE_PROTOCOL, "login: unexpected failure: " + e, e));
                }
            });
        } catch (RejectedExecutionException e) {
            result.completeExceptionally(closed ? terminated() : tooMany(e));
        }
        return result;
    }

    private static TunnelException terminated() {
        return new TunnelException(TunnelErrorCode.TERMINATED, "login: the client has been closed");
    }

    private static TunnelException tooMany(Throwable cause) {
        return new TunnelException(
                TunnelErrorCode.TIMEOUT,
                "login: too many applications wait for one (expected: fewer at a time)",
                cause);
    }

    private static String key(URI application) {
        return application.getRawAuthority() + application.getRawPath();
    }
}
