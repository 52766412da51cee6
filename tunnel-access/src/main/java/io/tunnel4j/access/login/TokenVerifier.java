package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.store.CompactJws;
import io.tunnel4j.access.store.StoredToken;
import java.net.URI;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Checks tokens that have just arrived, before anything is stored: kind, audience, issuer, times and signature. Thread-safe. */
final class TokenVerifier {
    private static final Duration MAX_AHEAD = Duration.ofMinutes(5);

    private final SigningKeys keys;
    private final AuthDomains authDomains;
    private final Clock clock;

    TokenVerifier(SigningKeys keys, AuthDomains authDomains, Clock clock) {
        this.keys = keys;
        this.authDomains = authDomains;
        this.clock = clock;
    }

    StoredToken appToken(Application application, String compact, LoginAttempt attempt) {
        StoredToken token = verified("app", application, compact, attempt);
        if (!token.audience().contains(application.audienceTag())) {
            throw failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    application,
                    "the app token received is for another application (expected: audience " + application.audienceTag()
                            + ")");
        }
        return token;
    }

    StoredToken orgToken(Application application, String compact, LoginAttempt attempt) {
        return verified("org", application, compact, attempt);
    }

    private StoredToken verified(String type, Application application, String compact, LoginAttempt attempt) {
        CompactJws jws;
        StoredToken token;
        try {
            jws = CompactJws.parse(compact);
            token = StoredToken.parse(compact);
        } catch (ParseException e) {
            throw failure(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    application,
                    "the " + type + " token received is no token: " + e.getMessage());
        }
        String claimedType = jws.string("type");
        if (claimedType != null && !claimedType.equals(type)) {
            throw failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    application,
                    "the " + type + " token received is of type " + Uris.printable(claimedType));
        }
        checkIssuer(type, application, jws.string("iss"));
        checkTimes(type, application, jws, token);
        try {
            keys.verify(application.authDomain(), jws, attempt);
        } catch (TunnelException e) {
            throw failure(e.code(), application, "the " + type + " token received: " + e.getMessage());
        }
        return token;
    }

    private void checkIssuer(String type, Application application, @Nullable String issuer) {
        URI url = issuer == null ? null : Uris.resolve(application.url(), issuer);
        boolean known = url != null
                && Uris.isHttps(url)
                && (Uris.sameHost(url, application.authDomain().host()) || authDomains.accepts(url.getHost()));
        if (!known) {
            throw failure(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    application,
                    "the " + type + " token received is issued by " + Uris.printable(String.valueOf(issuer))
                            + " (expected: " + application.authDomain().origin() + ")");
        }
    }

    private void checkTimes(String type, Application application, CompactJws jws, StoredToken token) {
        Instant now = clock.instant();
        if (token.isExpired(now)) {
            throw failure(
                    TunnelErrorCode.CLOCK_SKEWED,
                    application,
                    "the " + type + " token just received ended at " + jws.instant("exp")
                            + "; this machine's clock says " + now + " (is it right?)");
        }
        for (String claim : new String[] {"iat", "nbf"}) {
            Instant start = jws.instant(claim);
            if (start != null && start.isAfter(now.plus(MAX_AHEAD))) {
                throw failure(
                        TunnelErrorCode.CLOCK_SKEWED,
                        application,
                        "the " + type + " token just received begins at " + start + "; this machine's clock says " + now
                                + " (is it right?)");
            }
        }
    }

    private static TunnelException failure(TunnelErrorCode code, Application application, String message) {
        return new TunnelException(code, application.name() + ": " + message);
    }
}
