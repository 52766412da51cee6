package io.tunnel4j.origin;

import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import java.net.URI;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of one Access team: fetched when first needed, again in the background every hour, and at once for a key id not seen before, which is how a rotation shows, but
 * no more than twice a minute, as anybody can make up a key id. Thread-safe: the lock guards all fields, nothing is fetched under it.
 */
final class AccessKeys {
    static final Duration MIN_INTERVAL = Duration.ofSeconds(30);
    static final Duration REFRESH = Duration.ofHours(1);

    private static final Logger log = LoggerFactory.getLogger(AccessKeys.class);

    private final URI address;
    private final AccessKeySource source;
    private final InstantSource clock;
    private JWKSet keys = new JWKSet();
    private @Nullable Instant fetchedAt;
    private @Nullable Instant triedAt;
    private @Nullable CompletableFuture<JWKSet> fetching;

    AccessKeys(URI address, AccessKeySource source, InstantSource clock) {
        this.address = address;
        this.source = source;
        this.clock = clock;
    }

    /**
     * Finds a key.
     *
     * @param keyId as the token's header names it
     * @return the key, or null if the team has none of this id; fails when the team's keys cannot be had
     */
    CompletableFuture<@Nullable RSAKey> find(String keyId) {
        CompletableFuture<JWKSet> fetch;
        synchronized (this) {
            RSAKey known = rsa(keys, keyId);
            Instant now = clock.instant();
            boolean mayTry = triedAt == null || !now.isBefore(triedAt.plus(MIN_INTERVAL));
            boolean stale = fetchedAt == null || !now.isBefore(fetchedAt.plus(REFRESH));
            if (known != null) {
                if (stale && mayTry && fetching == null) {
                    begin(now);
                }
                return CompletableFuture.completedFuture(known);
            }
            if (fetching == null && !mayTry) {
                return fetchedAt == null
                        ? CompletableFuture.failedFuture(
                                new IllegalStateException("keys could not be fetched just now"))
                        : CompletableFuture.completedFuture(null);
            }
            fetch = fetching == null ? begin(now) : fetching;
        }
        return fetch.thenApply(set -> rsa(set, keyId));
    }

    private CompletableFuture<JWKSet> begin(Instant now) {
        triedAt = now;
        CompletableFuture<JWKSet> fetch =
                source.fetch(address).toCompletableFuture().thenApply(AccessKeys::parse);
        fetching = fetch;
        fetch.whenComplete(this::fetched);
        return fetch;
    }

    private synchronized void fetched(@Nullable JWKSet set, @Nullable Throwable failure) {
        fetching = null;
        if (set != null) {
            keys = set;
            fetchedAt = clock.instant();
        } else {
            log.warn("keys of {} cannot be fetched, those known stay in use: {}", address, String.valueOf(failure));
        }
    }

    private static JWKSet parse(String json) {
        try {
            return JWKSet.parse(json);
        } catch (ParseException e) {
            throw new CompletionException(e);
        }
    }

    private static @Nullable RSAKey rsa(JWKSet set, String keyId) {
        JWK key = set.getKeyByKeyId(keyId);
        return key instanceof RSAKey rsa ? rsa : null;
    }
}
