package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.store.StoredToken;
import io.tunnel4j.access.store.TokenNames;
import io.tunnel4j.access.store.TokenPlan;
import java.net.URI;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the app token of one application: cached, exchanged for the org token, or by a browser login, in this order.
 *
 * <p>Holds the application's lock for all but the first, and the team's lock for the last, so that of all processes one asks its person; the
 * others wait and read again. Both are freed when the token is there. Thread-safe; blocks its caller.
 */
final class LoginFlow {
    private static final Logger LOG = LoggerFactory.getLogger(LoginFlow.class);

    /** How soon a waiting process notices a token, or that the lock's holder has died. */
    private static final Duration LOOK_AGAIN = Duration.ofMillis(150);

    /** An address that old is not of a login under way. */
    private static final Duration ADDRESS_LIFE = Duration.ofMinutes(10);

    private final LoginConfig config;
    private final StoredTokens tokens;
    private final OrgTokenExchange exchange;
    private final TransferStore transfer;
    private final TokenVerifier verifier;

    LoginFlow(LoginConfig config, StoredTokens tokens, HttpTransport http, SigningKeys keys) {
        this.config = config;
        this.tokens = tokens;
        exchange =
                new OrgTokenExchange(http, config.time().wall(), config.time().ticker());
        transfer = new TransferStore(config.transferStore(), http, config.time().ticker());
        verifier = new TokenVerifier(keys, config.authDomains(), config.time().wall());
    }

    AccessToken obtain(Application application, @Nullable AccessToken refused, LoginAttempt attempt) {
        String name = application.tokenName();
        BooleanSupplier arrived = () -> tokens.usable(application, refused) != null;
        try (TokenStore.Lock lock = take(name, arrived, application, attempt)) {
            AccessToken cached = tokens.usable(application, refused);
            if (cached != null) {
                return cached;
            }
            if (lock != null) {
                tokens.delete(name);
            }
            return fresh(application, refused, attempt);
        }
    }

    /** Renews silently, or finds what another process has renewed; null if it takes a person, or somebody else is at it. */
    @Nullable
    AccessToken renew(Application application, LoginAttempt attempt) {
        try (TokenStore.Lock lock = tokens.tryLock(application.tokenName())) {
            if (lock == null) {
                return null;
            }
            StoredToken app = tokens.app(application);
            StoredToken org = tokens.org(application);
            return switch (TokenPlan.decide(app, org, tokens.now())) {
                case USE -> tokens.usable(application, null);
                case USE_AND_RENEW, EXCHANGE -> exchanged(application, org, attempt);
                case LOGIN -> null;
            };
        }
    }

    private AccessToken fresh(Application application, @Nullable AccessToken refused, LoginAttempt attempt) {
        StoredToken org = tokens.org(application);
        AccessToken exchanged = exchanged(application, org, attempt);
        if (exchanged != null) {
            return exchanged;
        }
        if (config.prompt() == NobodyPrompt.INSTANCE) {
            throw nobodyToAsk(application, refused);
        }
        BooleanSupplier arrived = () -> isNewer(tokens.org(application), org);
        try (TokenStore.Lock lock = take(application.orgTokenName(), arrived, null, attempt)) {
            LOG.debug("{}: {}", application.name(), lock == null ? "another login has arrived" : "asking for a login");
            StoredToken newer = tokens.org(application);
            exchanged = isNewer(newer, org) ? exchanged(application, newer, attempt) : null;
            return exchanged != null ? exchanged : byBrowser(application, attempt);
        }
    }

    private static TunnelException nobodyToAsk(Application application, @Nullable AccessToken refused) {
        return refused == null
                ? new TunnelException(
                        TunnelErrorCode.LOGIN_DECLINED,
                        application.name()
                                + ": needs a login, and there is nobody to ask (expected: a stored login, or a service token)")
                : new TunnelException(
                        TunnelErrorCode.TOKEN_REVOKED,
                        application.name()
                                + ": the edge no longer takes the stored token, and there is nobody to ask (expected: a new login,"
                                + " or a service token)");
    }

    private static boolean isNewer(@Nullable StoredToken token, @Nullable StoredToken than) {
        return token != null && (than == null || !token.text().equals(than.text()));
    }

    private @Nullable AccessToken exchanged(Application application, @Nullable StoredToken org, LoginAttempt attempt) {
        if (org == null || TokenPlan.decide(null, org, tokens.now()) != TokenPlan.EXCHANGE) {
            return null;
        }
        try {
            String compact = exchange.exchange(application, org.text(), attempt);
            if (compact == null) {
                return null;
            }
            verifier.appToken(application, compact, attempt);
            tokens.write(application.tokenName(), compact);
            return AccessToken.of(compact);
        } catch (TunnelException e) {
            attempt.check("login to " + application.name());
            LOG.debug("{}: no exchange of the org token: {}", application.name(), e.getMessage());
            return null;
        }
    }

    private AccessToken byBrowser(Application application, LoginAttempt attempt) {
        TransferKeys keys = TransferKeys.generate();
        URI address = LoginUrl.of(
                application.url(), application.audienceTag(), keys.id(), new LoginUrl.Wish(false, config.autoClose()));
        String addressName = TokenNames.loginUrl(application.tokenName());
        tokens.write(addressName, address.toString());
        try {
            show(new LoginPrompt.Request(application.url(), address, () -> attempt.end(declined(application))));
            attempt.check("login to " + application.name());
            TransferStore.Tokens arrived = transfer.await(keys, application.name(), attempt);
            verifier.appToken(application, arrived.app(), attempt);
            keepOrg(application, arrived.org(), attempt);
            tokens.write(application.tokenName(), arrived.app());
            return AccessToken.of(arrived.app());
        } finally {
            tokens.delete(addressName);
        }
    }

    private void show(LoginPrompt.Request request) {
        try {
            config.prompt().show(request);
        } catch (TunnelException e) {
            throw e;
        } catch (RuntimeException e) {
            throw new TunnelException(
                    TunnelErrorCode.LOGIN_DECLINED,
                    "login to " + Uris.name(request.application()) + ": the prompt failed: " + e,
                    e);
        }
    }

    private void keepOrg(Application application, @Nullable String org, LoginAttempt attempt) {
        if (org == null) {
            return;
        }
        try {
            verifier.orgToken(application, org, attempt);
            tokens.write(application.orgTokenName(), org);
        } catch (TunnelException e) {
            attempt.check("login to " + application.name());
            LOG.warn("{}: the next application will ask for a login again: {}", application.name(), e.getMessage());
        }
    }

    /** Waits for a lock, or for what it is wanted for; null if that came first. */
    private TokenStore.@Nullable Lock take(
            String name, BooleanSupplier arrived, @Nullable Application announce, LoginAttempt attempt) {
        Application waiting = announce;
        while (true) {
            if (arrived.getAsBoolean()) {
                return null;
            }
            TokenStore.Lock lock = tokens.tryLock(name);
            if (lock != null) {
                return lock;
            }
            if (waiting != null && announced(waiting, attempt)) {
                waiting = null;
            }
            attempt.pause(LOOK_AGAIN, "login to " + (announce == null ? "the team" : announce.name()));
        }
    }

    /** Shows the address that another process waits at, once it is known. */
    private boolean announced(Application application, LoginAttempt attempt) {
        TokenStore.Entry entry = tokens.entry(TokenNames.loginUrl(application.tokenName()));
        if (entry == null || entry.modified().plus(ADDRESS_LIFE).isBefore(tokens.now())) {
            return false;
        }
        URI address = Uris.resolve(application.url(), entry.value());
        if (address == null || !Uris.isHttps(address)) {
            return false;
        }
        try {
            Runnable giveUp = () -> attempt.end(declined(application));
            config.prompt().alreadyShown(new LoginPrompt.Request(application.url(), address, giveUp));
        } catch (RuntimeException e) {
            LOG.warn("{}: the prompt failed for a login of another process: {}", application.name(), e.toString());
        }
        return true;
    }

    private static TunnelException declined(Application application) {
        return new TunnelException(TunnelErrorCode.LOGIN_DECLINED, "login to " + application.name() + ": given up");
    }
}
