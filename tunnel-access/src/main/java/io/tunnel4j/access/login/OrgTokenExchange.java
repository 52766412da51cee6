package io.tunnel4j.access.login;

import io.netty.handler.codec.DateFormatter;
import io.netty.handler.codec.http.cookie.ClientCookieDecoder;
import io.netty.handler.codec.http.cookie.Cookie;
import io.tunnel4j.transport.Ticker;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Date;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Buys an app token with the team's org token, without asking anybody, by going where a browser would be sent.
 *
 * <p>Unlike the reference's, the org token goes to the verified auth domain only, the session cookie to the application only, and the chain is
 * bounded by count. Thread-safe.
 */
final class OrgTokenExchange {
    private static final Duration TIMEOUT = Duration.ofSeconds(7);
    private static final int MAX_REQUESTS = 10;
    private static final String AUTHORIZED_PATH = "/cdn-cgi/access/authorized";
    private static final String TOKEN_COOKIE = "CF_Authorization";
    private static final String SESSION_COOKIE = "CF_AppSession";
    private static final String EXPIRES = "expires=";

    private final HttpTransport http;
    private final Clock clock;
    private final Ticker ticker;

    OrgTokenExchange(HttpTransport http, Clock clock, Ticker ticker) {
        this.http = http;
        this.clock = clock;
        this.ticker = ticker;
    }

    /** Returns the app token, not verified; null if the edge gives none, which means that a person has to log in. */
    @Nullable
    String exchange(Application application, String orgToken, LoginAttempt attempt) {
        long started = ticker.nanos();
        URI at = application.url();
        URI previous = null;
        String session = null;
        for (int i = 0; i < MAX_REQUESTS; i++) {
            Duration left = TIMEOUT.minusNanos(ticker.nanos() - started);
            if (left.isNegative() || left.isZero() || !Uris.isHttps(at)) {
                return null;
            }
            HttpCall call = HttpCall.head(at, left);
            String cookie = previous == null ? null : cookie(application, at, orgToken, session);
            call = cookie == null ? call : call.with("Cookie", cookie);
            HttpAnswer answer = http.send(previous == null ? call : call.with("Referer", previous.toString()), attempt);
            if (isAuthorized(application, at)) {
                return appToken(answer);
            }
            if (Uris.sameHost(at, application.url().getHost())) {
                String offered = value(answer, SESSION_COOKIE);
                session = offered == null ? session : offered;
            }
            URI next = answer.redirect(at);
            if (next == null) {
                return null;
            }
            previous = at;
            at = next;
        }
        return null;
    }

    private static @Nullable String cookie(Application application, URI at, String orgToken, @Nullable String session) {
        if (Discovery.isLoginPage(at) && application.authDomain().is(at)) {
            return TOKEN_COOKIE + "=" + orgToken;
        }
        return isAuthorized(application, at) && session != null ? SESSION_COOKIE + "=" + session : null;
    }

    private static boolean isAuthorized(Application application, URI at) {
        return at.getPath().contains(AUTHORIZED_PATH)
                && Uris.sameHost(at, application.url().getHost());
    }

    private @Nullable String appToken(HttpAnswer answer) {
        for (String line : answer.all("set-cookie")) {
            Cookie cookie = ClientCookieDecoder.LAX.decode(line);
            if (cookie != null && cookie.name().equals(TOKEN_COOKIE) && isInFuture(expires(line))) {
                return cookie.value();
            }
        }
        return null;
    }

    /** Max-Age does not count, as it does not for the reference. */
    private static @Nullable Date expires(String setCookie) {
        for (String attribute : List.of(setCookie.split(";"))) {
            String text = attribute.strip();
            if (text.toLowerCase(Locale.ROOT).startsWith(EXPIRES)) {
                return DateFormatter.parseHttpDate(text.substring(EXPIRES.length()));
            }
        }
        return null;
    }

    private boolean isInFuture(@Nullable Date expires) {
        return expires != null && expires.toInstant().isAfter(clock.instant());
    }

    private static @Nullable String value(HttpAnswer answer, String name) {
        for (String line : answer.all("set-cookie")) {
            Cookie cookie = ClientCookieDecoder.LAX.decode(line);
            if (cookie != null && cookie.name().equals(name)) {
                return cookie.value();
            }
        }
        return null;
    }
}
