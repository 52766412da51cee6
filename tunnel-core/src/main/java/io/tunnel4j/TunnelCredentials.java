package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a connector proves its right to a tunnel with: account, tunnel and secret.
 *
 * <p>Comes as a token (one base64 string, what {@code --token} takes), or as the JSON of a credentials file. Unknown JSON members
 * are ignored. A secret made here has 32 bytes; one that is read may have any length from 1, because it is the edge that judges it.
 * Input above {@value #MAX_INPUT_BYTES} bytes is refused.
 *
 * <p>Immutable, thread-safe. {@link #toString()} and every exception message leave the secret out.
 */
public final class TunnelCredentials {
    /** Largest token or credentials file; real ones have some 250 bytes. */
    static final int MAX_INPUT_BYTES = 64 * 1024;

    private static final int GENERATED_SECRET_BYTES = 32;

    private final String accountTag;
    private final UUID tunnelId;
    private final byte[] secret;
    private final @Nullable String region;

    TunnelCredentials(String accountTag, UUID tunnelId, byte[] secret, @Nullable String region) {
        this.accountTag = accountTag;
        this.tunnelId = tunnelId;
        this.secret = secret;
        this.region = region;
    }

    /**
     * Reads a tunnel token.
     *
     * @param token standard base64 of a JSON object with {@code a} (account tag), {@code t} (tunnel id), {@code s} (base64 of the
     *     secret) and optionally {@code e} (region); white space around it and line breaks in it are ignored
     * @return the credentials
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CREDENTIALS} that names what is wrong
     */
    public static TunnelCredentials fromToken(String token) {
        return CredentialsJson.TOKEN.readToken(requireNonNull(token, "token"));
    }

    /**
     * Reads a credentials file, {@code <tunnel-id>.json}.
     *
     * @param file the file
     * @return the credentials
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CREDENTIALS} that names the file and what is wrong
     */
    public static TunnelCredentials fromFile(Path file) {
        return CredentialsJson.FILE.readFile(requireNonNull(file, "file"));
    }

    /**
     * Reads the content of a credentials file.
     *
     * @param json a JSON object with {@code AccountTag}, {@code TunnelID}, {@code TunnelSecret} (base64) and optionally
     *     {@code Endpoint} (region)
     * @return the credentials
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CREDENTIALS} that names what is wrong
     */
    public static TunnelCredentials fromJson(String json) {
        return CredentialsJson.FILE.read("credentials", requireNonNull(json, "json"));
    }

    /**
     * Makes credentials for a new tunnel: a random id and a random secret of 32 bytes.
     *
     * @param accountTag the account that owns the tunnel; printable ASCII
     * @return new credentials, which an edge must be told before a connector can use them
     */
    public static TunnelCredentials generate(String accountTag) {
        if (!CredentialsJson.isAccountTag(requireNonNull(accountTag, "accountTag"))) {
            throw new IllegalArgumentException("accountTag: (expected: 1 to 256 printable ASCII characters)");
        }
        byte[] secret = new byte[GENERATED_SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        return new TunnelCredentials(accountTag, UUID.randomUUID(), secret, null);
    }

    /**
     * Puts credentials together from their parts.
     *
     * @param accountTag the account that owns the tunnel; printable ASCII
     * @param tunnelId the tunnel
     * @param secret its secret, at least one byte; copied
     * @return the credentials
     */
    public static TunnelCredentials of(String accountTag, UUID tunnelId, byte[] secret) {
        if (!CredentialsJson.isAccountTag(requireNonNull(accountTag, "accountTag"))) {
            throw new IllegalArgumentException("accountTag: (expected: 1 to 256 printable ASCII characters)");
        }
        if (secret.length == 0) {
            throw new IllegalArgumentException("secret: empty (expected: at least one byte)");
        }
        return new TunnelCredentials(accountTag, requireNonNull(tunnelId, "tunnelId"), secret.clone(), null);
    }

    /**
     * Returns the account that owns the tunnel.
     *
     * @return the account tag
     */
    public String accountTag() {
        return accountTag;
    }

    /**
     * Returns the tunnel.
     *
     * @return the tunnel id
     */
    public UUID tunnelId() {
        return tunnelId;
    }

    /**
     * Returns the tunnel secret.
     *
     * @return a copy of its bytes, at least one
     */
    public byte[] secret() {
        return secret.clone();
    }

    /**
     * Returns the region the tunnel is bound to.
     *
     * @return e.g. {@code us} or {@code fed}; null for the default
     */
    public @Nullable String region() {
        return region;
    }

    /**
     * Writes these credentials as a token. The result is a secret.
     *
     * @return what {@link #fromToken} reads
     */
    public String toToken() {
        return CredentialsJson.TOKEN.writeToken(this);
    }

    /**
     * Writes these credentials as the content of a credentials file. The result is a secret; such a file has mode 0400.
     *
     * @return what {@link #fromJson} reads
     */
    public String toJson() {
        return CredentialsJson.FILE.write(this);
    }

    String secretBase64() {
        return Base64.getEncoder().encodeToString(secret);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TunnelCredentials that
                && accountTag.equals(that.accountTag)
                && tunnelId.equals(that.tunnelId)
                && MessageDigest.isEqual(secret, that.secret)
                && Objects.equals(region, that.region);
    }

    @Override
    public int hashCode() {
        return Objects.hash(accountTag, tunnelId, region);
    }

    /** Returns account and tunnel, not the secret. */
    @Override
    public String toString() {
        return "TunnelCredentials[accountTag=" + accountTag + ", tunnelId=" + tunnelId + ", region=" + region + "]";
    }
}
