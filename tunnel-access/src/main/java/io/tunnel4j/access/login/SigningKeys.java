package io.tunnel4j.access.login;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.store.CompactJws;
import io.tunnel4j.access.store.TokenNames;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signing keys of auth domains, cached in the token store.
 *
 * <p>A cached set serves for a day, and for ever if it is dated in the future. A signature that it does not explain makes it be fetched again,
 * unless it is younger than a minute: so keys may rotate, and forged tokens cause at most a request a minute. Thread-safe.
 */
final class SigningKeys {
    private static final Logger LOG = LoggerFactory.getLogger(SigningKeys.class);

    private static final Duration MAX_AGE = Duration.ofHours(24);
    private static final Duration MIN_AGE = Duration.ofSeconds(60);
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final TokenStore store;
    private final HttpTransport http;
    private final Clock clock;

    SigningKeys(TokenStore store, HttpTransport http, Clock clock) {
        this.store = store;
        this.http = http;
        this.clock = clock;
    }

    /** Keys with their age. */
    private record Cached(KeySet keys, Duration age) {}

    /** Verifies a token's signature; the failure says what is wrong, as the reference does after its name for the token. */
    void verify(AuthDomain domain, CompactJws jws, LoginAttempt attempt) {
        Cached cached = cached(domain);
        KeySet keys = cached == null ? fetch(domain, attempt) : cached.keys();
        String fault = keys.fault(jws);
        if (fault != null && cached != null && cached.age().compareTo(MIN_AGE) >= 0) {
            fault = fetch(domain, attempt).fault(jws);
        }
        if (fault != null) {
            throw new TunnelException(
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    "failed to verify signature with the keys of " + domain.host() + ": " + fault);
        }
    }

    private @Nullable Cached cached(AuthDomain domain) {
        try {
            TokenStore.Entry entry = store.read(TokenNames.signingKeys(domain.host()));
            Duration age = entry == null ? MAX_AGE : Duration.between(entry.modified(), clock.instant());
            KeySet keys = entry == null || age.compareTo(MAX_AGE) > 0 ? null : KeySet.parse(entry.value());
            return keys == null ? null : new Cached(keys, age);
        } catch (TunnelException unreadable) {
            LOG.debug("signing keys: {}", unreadable.getMessage());
            return null;
        }
    }

    private KeySet fetch(AuthDomain domain, LoginAttempt attempt) {
        URI url = domain.certificates();
        HttpAnswer answer = http.send(HttpCall.get(url, TIMEOUT), attempt);
        if (answer.status() != 200) {
            throw new TunnelException(
                    TunnelErrorCode.EDGE_PROTOCOL, "JWKS endpoint " + url + " returned status " + answer.status());
        }
        KeySet keys = KeySet.parse(answer.text());
        if (keys == null) {
            throw new TunnelException(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    "JWKS endpoint " + url + " returned no key (expected: RSA keys with ids)");
        }
        try {
            store.write(TokenNames.signingKeys(domain.host()), keys.text());
        } catch (TunnelException e) {
            LOG.warn("signing keys of {} are not cached: {}", domain.host(), e.getMessage());
        }
        return keys;
    }
}
