package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

/**
 * The app token of one application: the proof of a login that travels with each connection.
 *
 * <p>Immutable, thread-safe. {@link #toString()} leaves the token out.
 */
public final class AccessToken {
    private final String compact;

    private AccessToken(String compact) {
        this.compact = compact;
    }

    /**
     * Takes a token as it is.
     *
     * @param compact the JWT in compact form
     * @return the token
     */
    public static AccessToken of(String compact) {
        return new AccessToken(requireNonNull(compact, "compact"));
    }

    /**
     * Returns the token itself, a secret.
     *
     * @return the JWT in compact form
     */
    public String compact() {
        return compact;
    }

    /** Tells that this is a token, not which. */
    @Override
    public String toString() {
        return "AccessToken[]";
    }
}
