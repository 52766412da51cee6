package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.access.store.CompactJws;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The app token of one application: the proof of a login that travels with each connection.
 *
 * <p>What it says of itself is read, not verified: only the edge can tell whether the token is good. A text that is no JWT is carried like
 * any other and has no claims.
 *
 * <p>Immutable, thread-safe. {@link #toString()} leaves the token out.
 */
public final class AccessToken {
    private final String compact;
    private final @Nullable CompactJws jws;

    private AccessToken(String compact, @Nullable CompactJws jws) {
        this.compact = compact;
        this.jws = jws;
    }

    /**
     * Takes a token as it is.
     *
     * @param compact the JWT in compact form
     * @return the token
     */
    public static AccessToken of(String compact) {
        requireNonNull(compact, "compact");
        return new AccessToken(compact, CompactJws.tryParse(compact));
    }

    /**
     * Returns the token itself, a secret.
     *
     * @return the JWT in compact form
     */
    public String compact() {
        return compact;
    }

    /**
     * Returns when the token ends.
     *
     * @return the claim {@code exp}; null if the token does not say so in the form of a whole number
     */
    public @Nullable Instant expiresAt() {
        return jws == null ? null : jws.instant("exp");
    }

    /**
     * Returns when the token was issued.
     *
     * @return the claim {@code iat}; null if the token does not say
     */
    public @Nullable Instant issuedAt() {
        return jws == null ? null : jws.instant("iat");
    }

    /**
     * Returns the applications the token is for.
     *
     * @return the claim {@code aud}, audience tags; empty if the token does not say
     */
    public List<String> audience() {
        return jws == null ? List.of() : jws.strings("aud");
    }

    /**
     * Returns who issued the token.
     *
     * @return the claim {@code iss}, e.g. {@code https://team.cloudflareaccess.com}; null if the token does not say
     */
    public @Nullable String issuer() {
        return jws == null ? null : jws.string("iss");
    }

    /**
     * Returns the person's address.
     *
     * @return the claim {@code email}; null for a service token's app token
     */
    public @Nullable String email() {
        return jws == null ? null : jws.string("email");
    }

    /**
     * Tells whether the token has ended. One that does not say when it ends has not.
     *
     * @param now the time to judge by
     * @return true when {@code now} is past the end, in whole seconds
     */
    public boolean isExpired(Instant now) {
        Instant end = expiresAt();
        return end != null && now.getEpochSecond() > end.getEpochSecond();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof AccessToken that
                && MessageDigest.isEqual(
                        compact.getBytes(StandardCharsets.UTF_8), that.compact.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public int hashCode() {
        return compact.hashCode();
    }

    /** Tells that this is a token and until when, not which. */
    @Override
    public String toString() {
        Instant end = expiresAt();
        return "AccessToken[" + (end == null ? "" : "expiresAt=" + end) + "]";
    }
}
