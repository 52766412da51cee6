package io.tunnel4j.registration;

import static java.util.Objects.requireNonNull;

import java.net.InetAddress;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A connector's wish to serve a tunnel over the connection that carries the control stream.
 *
 * <p>Immutable, thread-safe. {@link #toString()} leaves the secret out.
 */
public final class ConnectionRequest {
    private final String accountTag;
    private final byte[] tunnelSecret;
    private final UUID tunnelId;
    private final int connectionIndex;
    private final ClientInfo client;
    private final @Nullable InetAddress originLocalIp;
    private final boolean replaceExisting;
    private final int compressionQuality;
    private final int previousAttempts;

    private ConnectionRequest(Builder builder) {
        accountTag = builder.accountTag;
        tunnelSecret = builder.tunnelSecret;
        tunnelId = builder.tunnelId;
        connectionIndex = builder.connectionIndex;
        client = builder.client;
        originLocalIp = builder.originLocalIp;
        replaceExisting = builder.replaceExisting;
        compressionQuality = builder.compressionQuality;
        previousAttempts = builder.previousAttempts;
    }

    /**
     * Starts a request.
     *
     * @param accountTag the account that owns the tunnel
     * @param tunnelSecret the tunnel's secret; copied
     * @param tunnelId the tunnel
     * @param client who asks
     * @return a builder
     */
    public static Builder builder(String accountTag, byte[] tunnelSecret, UUID tunnelId, ClientInfo client) {
        return new Builder(accountTag, tunnelSecret, tunnelId, client);
    }

    /**
     * Returns the account that owns the tunnel.
     *
     * @return the account tag; may be empty in what a peer sent
     */
    public String accountTag() {
        return accountTag;
    }

    /**
     * Returns the tunnel's secret.
     *
     * @return a copy; to be compared in constant time
     */
    public byte[] tunnelSecret() {
        return tunnelSecret.clone();
    }

    /**
     * Returns the tunnel.
     *
     * @return its id
     */
    public UUID tunnelId() {
        return tunnelId;
    }

    /**
     * Returns which of the connector's parallel connections this is.
     *
     * @return 0 to 255
     */
    public int connectionIndex() {
        return connectionIndex;
    }

    /**
     * Returns who asks.
     *
     * @return the connector's description of itself
     */
    public ClientInfo client() {
        return client;
    }

    /**
     * Returns the connector's address as it sees it. For information only.
     *
     * @return the local address, or null
     */
    public @Nullable InetAddress originLocalIp() {
        return originLocalIp;
    }

    /**
     * Tells whether the connection should replace one with the same index.
     *
     * @return false for the reference connector
     */
    public boolean replaceExisting() {
        return replaceExisting;
    }

    /**
     * Returns the compression the connector wishes. Retired; nothing acts on it.
     *
     * @return 0 to 255
     */
    public int compressionQuality() {
        return compressionQuality;
    }

    /**
     * Returns how many attempts of this index failed since the last success.
     *
     * @return 0 to 255
     */
    public int previousAttempts() {
        return previousAttempts;
    }

    /** Returns everything but the secret. */
    @Override
    public String toString() {
        return "ConnectionRequest[accountTag=" + accountTag + ", tunnelId=" + tunnelId + ", connectionIndex="
                + connectionIndex + ", client=" + client + ", originLocalIp=" + originLocalIp + ", replaceExisting="
                + replaceExisting + ", compressionQuality=" + compressionQuality + ", previousAttempts="
                + previousAttempts + "]";
    }

    /** Collects the parts of a {@link ConnectionRequest}. Not thread-safe. */
    public static final class Builder {
        private static final int MAX_BYTE = 255;

        private final String accountTag;
        private final byte[] tunnelSecret;
        private final UUID tunnelId;
        private final ClientInfo client;
        private int connectionIndex;
        private @Nullable InetAddress originLocalIp;
        private boolean replaceExisting;
        private int compressionQuality;
        private int previousAttempts;

        Builder(String accountTag, byte[] tunnelSecret, UUID tunnelId, ClientInfo client) {
            this.accountTag = requireNonNull(accountTag, "accountTag");
            this.tunnelSecret = tunnelSecret.clone();
            this.tunnelId = requireNonNull(tunnelId, "tunnelId");
            this.client = requireNonNull(client, "client");
        }

        /**
         * Sets which of the connector's parallel connections this is. Default 0.
         *
         * @param index 0 to 255
         * @return this
         */
        public Builder connectionIndex(int index) {
            connectionIndex = byteValue("connectionIndex", index);
            return this;
        }

        /**
         * Sets the connector's address as it sees it. Default none.
         *
         * @param address local address, or null
         * @return this
         */
        public Builder originLocalIp(@Nullable InetAddress address) {
            originLocalIp = address;
            return this;
        }

        /**
         * Sets whether the connection should replace one with the same index. Default false.
         *
         * @param replace the wish
         * @return this
         */
        public Builder replaceExisting(boolean replace) {
            replaceExisting = replace;
            return this;
        }

        /**
         * Sets the retired compression wish. Default 0.
         *
         * @param quality 0 to 255
         * @return this
         */
        public Builder compressionQuality(int quality) {
            compressionQuality = byteValue("compressionQuality", quality);
            return this;
        }

        /**
         * Sets how many attempts of this index failed since the last success. Default 0.
         *
         * @param attempts 0 to 255
         * @return this
         */
        public Builder previousAttempts(int attempts) {
            previousAttempts = byteValue("previousAttempts", attempts);
            return this;
        }

        /**
         * Builds the request.
         *
         * @return the request
         */
        public ConnectionRequest build() {
            return new ConnectionRequest(this);
        }

        private static int byteValue(String name, int value) {
            if (value < 0 || value > MAX_BYTE) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: 0 to " + MAX_BYTE + ")");
            }
            return value;
        }
    }
}
