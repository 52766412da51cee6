package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a program proves its right to an application with, instead of a person's login: a client id and its secret.
 *
 * <p>Immutable, thread-safe. {@link #toString()} leaves the secret out.
 */
public final class ServiceToken {
    /** The environment variable that holds the client id. */
    public static final String ID_VARIABLE = "TUNNEL_SERVICE_TOKEN_ID";

    /** The environment variable that holds the secret. */
    public static final String SECRET_VARIABLE = "TUNNEL_SERVICE_TOKEN_SECRET";

    /** The header that carries the client id. */
    public static final String ID_HEADER = "Cf-Access-Client-Id";

    /** The header that carries the secret. */
    public static final String SECRET_HEADER = "Cf-Access-Client-Secret";

    private static final int MAX_LENGTH = 1024;

    private final String id;
    private final String secret;

    private ServiceToken(String id, String secret) {
        this.id = id;
        this.secret = secret;
    }

    /**
     * Takes a service token.
     *
     * @param id the client id, e.g. 32 hex digits and {@code .access}
     * @param secret the secret
     * @return the token
     * @throws IllegalArgumentException if either is not 1 to 1024 visible ASCII characters
     */
    public static ServiceToken of(String id, String secret) {
        return new ServiceToken(checked("id", id), checked("secret", secret));
    }

    /**
     * Reads a service token from {@value #ID_VARIABLE} and {@value #SECRET_VARIABLE}.
     *
     * @param environment e.g. {@link System#getenv()}
     * @return the token; null if neither variable is set
     * @throws IllegalArgumentException if only one is set, or one is malformed
     */
    public static @Nullable ServiceToken fromEnvironment(Map<String, String> environment) {
        String id = environment.getOrDefault(ID_VARIABLE, "");
        String secret = environment.getOrDefault(SECRET_VARIABLE, "");
        if (id.isEmpty() && secret.isEmpty()) {
            return null;
        }
        if (id.isEmpty() || secret.isEmpty()) {
            throw new IllegalArgumentException((id.isEmpty() ? ID_VARIABLE : SECRET_VARIABLE)
                    + ": not set (expected: both " + ID_VARIABLE + " and " + SECRET_VARIABLE + ", or neither)");
        }
        return of(id, secret);
    }

    private static String checked(String name, String value) {
        requireNonNull(value, name);
        boolean visible = value.chars().allMatch(c -> c > ' ' && c < 0x7f);
        if (value.isEmpty() || value.length() > MAX_LENGTH || !visible) {
            throw new IllegalArgumentException(
                    "service token " + name + ": (expected: 1 to " + MAX_LENGTH + " visible ASCII characters)");
        }
        return value;
    }

    /**
     * Returns the client id.
     *
     * @return what goes into {@value #ID_HEADER}
     */
    public String id() {
        return id;
    }

    /**
     * Returns the secret.
     *
     * @return what goes into {@value #SECRET_HEADER}
     */
    public String secret() {
        return secret;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof ServiceToken that
                && id.equals(that.id)
                && MessageDigest.isEqual(
                        secret.getBytes(StandardCharsets.US_ASCII), that.secret.getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Returns the client id, not the secret. */
    @Override
    public String toString() {
        return "ServiceToken[id=" + id + "]";
    }
}
