package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.time.Instant;

/**
 * A new service token. Immutable.
 *
 * <p>The only object that ever holds the secret: the edge keeps a hash.
 */
public final class IssuedServiceToken {
    private final String id;
    private final String clientId;
    private final String clientSecret;
    private final Instant expiresAt;

    /**
     * Creates the value.
     *
     * @param id what {@link Rule#serviceToken} names
     * @param clientId sent as {@code Cf-Access-Client-Id}
     * @param clientSecret sent as {@code Cf-Access-Client-Secret}
     * @param expiresAt end of validity
     */
    public IssuedServiceToken(String id, String clientId, String clientSecret, Instant expiresAt) {
        this.id = requireNonNull(id, "id");
        this.clientId = requireNonNull(clientId, "clientId");
        this.clientSecret = requireNonNull(clientSecret, "clientSecret");
        this.expiresAt = requireNonNull(expiresAt, "expiresAt");
    }

    /**
     * Returns what {@link Rule#serviceToken} names.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * Returns the public half.
     *
     * @return e.g. {@code 88bf3b6d86161464f6509f7219099e57.access}
     */
    public String clientId() {
        return clientId;
    }

    /**
     * Returns the secret half.
     *
     * @return show it once, keep it safe
     */
    public String clientSecret() {
        return clientSecret;
    }

    /**
     * Returns when it ends.
     *
     * @return end of validity
     */
    public Instant expiresAt() {
        return expiresAt;
    }

    /** Shows the client id, not the secret. */
    @Override
    public String toString() {
        return "IssuedServiceToken[" + clientId + ", until " + expiresAt + "]";
    }
}
