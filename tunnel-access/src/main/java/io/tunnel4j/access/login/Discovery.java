package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a URL belongs to an Access application, and to which: by signed metadata, or from an edge that does not know them, by where
 * it sends people to log in. Thread-safe.
 */
final class Discovery {
    static final String LOGIN_PATH = "/cdn-cgi/access/login";

    private static final Duration TIMEOUT = Duration.ofSeconds(7);
    private static final int MAX_REDIRECTS = 10;
    private static final int MAX_TRIES = 3;

    private final HttpTransport http;
    private final SigningKeys keys;
    private final AuthDomains authDomains;
    private final Clock clock;

    Discovery(HttpTransport http, SigningKeys keys, AuthDomains authDomains, Clock clock) {
        this.http = http;
        this.keys = keys;
        this.authDomains = authDomains;
        this.clock = clock;
    }

    /** Discovers; an edge that does not answer in time is asked again, since a machine that starts many programs at once is slow. */
    Application discover(URI url, LoginAttempt attempt) {
        for (int tries = 1; ; tries++) {
            try {
                return ask(url, attempt);
            } catch (TunnelException e) {
                if (e.code() != TunnelErrorCode.TIMEOUT || tries == MAX_TRIES) {
                    throw e;
                }
            }
        }
    }

    private Application ask(URI url, LoginAttempt attempt) {
        HttpAnswer answer = http.send(HttpCall.head(url, TIMEOUT).with("Cf-Access-Metadata-Request", "true"), attempt);
        String metadata = answer.field("cf-access-metadata");
        return metadata == null ? byLoginPage(url, answer, attempt) : byMetadata(url, metadata, attempt);
    }

    private Application byMetadata(URI url, String compact, LoginAttempt attempt) {
        try {
            SignedMetadata metadata = SignedMetadata.decode(compact);
            AuthDomain domain = metadata.authDomain(authDomains);
            try {
                keys.verify(domain, metadata.jws(), attempt);
            } catch (TunnelException e) {
                throw new TunnelException(e.code(), "metadata JWT verification failed: " + e.getMessage(), e);
            }
            return metadata.application(url, domain, clock.instant());
        } catch (TunnelException e) {
            throw new TunnelException(e.code(), Uris.name(url) + ": " + e.getMessage(), e);
        }
    }

    /** The reference's way before 2026.8: follow redirects until the login page has been asked for. */
    private Application byLoginPage(URI url, HttpAnswer first, LoginAttempt attempt) {
        URI at = url;
        HttpAnswer answer = first;
        for (int i = 0; !isLoginPage(at); i++) {
            URI next = answer.redirect(at);
            if (next == null) {
                break;
            }
            if (i == MAX_REDIRECTS || !Uris.isHttps(next)) {
                throw notAnApplication(url, "it redirects without end or away from https");
            }
            answer = http.send(HttpCall.head(next, TIMEOUT).with("Referer", at.toString()), attempt);
            at = next;
        }
        return fromFinalAnswer(url, at, answer);
    }

    private Application fromFinalAnswer(URI url, URI at, HttpAnswer answer) {
        boolean login = isLoginPage(at);
        String audienceTag = login ? FormQuery.parse(at.getRawQuery()).first("kid") : answer.field("cf-access-aud");
        if (!login && audienceTag == null) {
            throw notAnApplication(url, "the edge names neither signed metadata nor a login page");
        }
        if (audienceTag == null || audienceTag.isEmpty()) {
            throw notAnApplication(url, "Empty app aud");
        }
        String appDomain = answer.field("cf-access-domain");
        if (appDomain == null || appDomain.isEmpty()) {
            throw notAnApplication(url, "Empty app domain");
        }
        return new Application(url, authDomain(url, at), audienceTag, appDomain);
    }

    /** A refusal by the application itself names no team; then the application's own host answers for it. */
    private AuthDomain authDomain(URI url, URI at) {
        if (Uris.sameHost(at, url.getHost())) {
            return new AuthDomain(at.getHost().toLowerCase(Locale.ROOT), Uris.port(at));
        }
        return authDomains.accept(at.getHost());
    }

    static boolean isLoginPage(URI url) {
        String path = url.getPath();
        return path != null && path.contains(LOGIN_PATH);
    }

    private static TunnelException notAnApplication(URI url, @Nullable String detail) {
        return new TunnelException(
                TunnelErrorCode.NOT_AN_ACCESS_APPLICATION,
                "failed to find Access application at https://" + Uris.name(url) + ": " + detail
                        + " (expected: a host name that is protected by Access)");
    }
}
