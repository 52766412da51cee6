package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Where people log in. Immutable. */
public final class IdentityProvider {
    private final String id;
    private final String name;
    private final Type type;
    private final @Nullable URI issuer;
    private final String clientId;
    private final String clientSecret;
    private final List<String> scopes;
    private final List<String> claims;
    private final String emailClaim;

    private IdentityProvider(Builder builder) {
        this.id = builder.id;
        this.name = builder.name;
        this.type = builder.type;
        this.issuer = builder.issuer;
        this.clientId = builder.clientId;
        this.clientSecret = builder.clientSecret;
        this.scopes = List.copyOf(builder.scopes);
        this.claims = List.copyOf(builder.claims);
        this.emailClaim = builder.emailClaim;
    }

    /**
     * Starts an OpenID Connect provider, found by its discovery document.
     *
     * @param name shown on the login page
     * @param issuer e.g. {@code https://sso.example.com/realms/staff}
     * @param clientId as registered with the provider
     * @return a builder
     */
    public static Builder openIdConnect(String name, URI issuer, String clientId) {
        Builder builder = new Builder(Type.OPENID_CONNECT, name);
        builder.issuer = requireNonNull(issuer, "issuer");
        builder.clientId = requireNonNull(clientId, "clientId");
        return builder;
    }

    /**
     * Makes the edge's own list of users with passwords.
     *
     * @param name shown on the login page
     * @return a builder
     */
    public static Builder localUsers(String name) {
        return new Builder(Type.LOCAL_USERS, name);
    }

    /**
     * Makes the login by a one-time PIN sent by e-mail.
     *
     * @param name shown on the login page
     * @return a builder
     */
    public static Builder oneTimePin(String name) {
        return new Builder(Type.ONE_TIME_PIN, name);
    }

    /**
     * Starts from this provider.
     *
     * @return a builder with the same values
     */
    public Builder toBuilder() {
        Builder builder = new Builder(type, name);
        builder.id = id;
        builder.issuer = issuer;
        builder.clientId = clientId;
        builder.clientSecret = clientSecret;
        builder.scopes = scopes;
        builder.claims = claims;
        builder.emailClaim = emailClaim;
        return builder;
    }

    /**
     * Returns what {@link Rule#loginMethod} names.
     *
     * @return the id
     */
    public String id() {
        return id;
    }

    /**
     * Returns what people see.
     *
     * @return the name
     */
    public String name() {
        return name;
    }

    /**
     * Returns how the login works.
     *
     * @return the type
     */
    public Type type() {
        return type;
    }

    /**
     * Returns the issuer of an OpenID Connect provider.
     *
     * @return null for other types
     */
    public @Nullable URI issuer() {
        return issuer;
    }

    /**
     * Returns how the edge is known to the provider.
     *
     * @return empty for other types
     */
    public String clientId() {
        return clientId;
    }

    /**
     * Returns what the edge proves itself with.
     *
     * @return a secret; empty for a public client
     */
    public String clientSecret() {
        return clientSecret;
    }

    /**
     * Returns what is asked for.
     *
     * @return scopes
     */
    public List<String> scopes() {
        return scopes;
    }

    /**
     * Returns the claims copied into the application token.
     *
     * @return names; empty for none
     */
    public List<String> claims() {
        return claims;
    }

    /**
     * Returns which claim holds the e-mail address.
     *
     * @return its name
     */
    public String emailClaim() {
        return emailClaim;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof IdentityProvider provider
                && provider.id.equals(id)
                && provider.name.equals(name)
                && provider.type == type
                && Objects.equals(provider.issuer, issuer)
                && provider.clientId.equals(clientId)
                && provider.clientSecret.equals(clientSecret)
                && provider.scopes.equals(scopes)
                && provider.claims.equals(claims)
                && provider.emailClaim.equals(emailClaim);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Shows name and type, not the secret. */
    @Override
    public String toString() {
        return "IdentityProvider[" + name + " " + type.wireName() + "]";
    }

    /** How a login works. */
    public enum Type {
        /** Another site says who it is. */
        OPENID_CONNECT("oidc"),
        /** Password known to the edge. */
        LOCAL_USERS("local"),
        /** Number sent by e-mail. */
        ONE_TIME_PIN("onetimepin");

        private final String wireName;

        Type(String wireName) {
            this.wireName = wireName;
        }

        /**
         * Returns the name in the hosted API, which has no local users.
         *
         * @return e.g. {@code onetimepin}
         */
        public String wireName() {
            return wireName;
        }

        /**
         * Finds a type by its name in the hosted API.
         *
         * @param wireName e.g. {@code onetimepin}
         * @return the type
         * @throws IllegalArgumentException if there is none
         */
        public static Type named(String wireName) {
            String wanted = wireName.toLowerCase(Locale.ROOT);
            for (Type type : values()) {
                if (type.wireName.equals(wanted)) {
                    return type;
                }
            }
            throw new IllegalArgumentException("type: " + wireName + " (expected: oidc, local or onetimepin)");
        }
    }

    /** Builds an {@link IdentityProvider}. Not thread-safe. */
    public static final class Builder {
        private final Type type;
        private String name;
        private String id = UUID.randomUUID().toString();
        private @Nullable URI issuer;
        private String clientId = "";
        private String clientSecret = "";
        private List<String> scopes = List.of("openid", "email", "profile");
        private List<String> claims = List.of();
        private String emailClaim = "email";

        private Builder(Type type, String name) {
            this.type = type;
            this.name = requireNonNull(name, "name");
        }

        /**
         * Sets the id. Default: random.
         *
         * @param id what {@link Rule#loginMethod} names
         * @return this
         */
        public Builder id(String id) {
            this.id = requireNonNull(id, "id");
            return this;
        }

        /**
         * Sets the name.
         *
         * @param name shown on the login page
         * @return this
         */
        public Builder name(String name) {
            this.name = requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets what the edge proves itself with. Default: nothing, a public client.
         *
         * @param secret as registered with the provider
         * @return this
         */
        public Builder clientSecret(String secret) {
            this.clientSecret = requireNonNull(secret, "secret");
            return this;
        }

        /**
         * Sets what is asked for. Default: {@code openid email profile}.
         *
         * @param scopes {@code openid} is added if absent
         * @return this
         */
        public Builder scopes(List<String> scopes) {
            List<String> all = new ArrayList<>(scopes);
            if (!all.contains("openid")) {
                all.add(0, "openid");
            }
            this.scopes = all;
            return this;
        }

        /**
         * Sets which claims are copied into the application token. Default: none.
         *
         * @param claims their names
         * @return this
         */
        public Builder claims(List<String> claims) {
            this.claims = List.copyOf(claims);
            return this;
        }

        /**
         * Sets which claim holds the e-mail address. Default: {@code email}.
         *
         * @param claim its name
         * @return this
         */
        public Builder emailClaim(String claim) {
            this.emailClaim = claim.isEmpty() ? "email" : claim;
            return this;
        }

        /**
         * Builds the provider.
         *
         * @return the provider
         */
        public IdentityProvider build() {
            return new IdentityProvider(this);
        }
    }
}
