package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import java.net.IDN;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A protected hostname, or part of one, and who may pass. Immutable.
 *
 * <p>A destination is a host with an optional path, e.g. {@code wiki.example.com/admin}. A star in the host stands for one label, a star
 * in the path for anything. The most specific destination wins and inherits nothing from the others. Nobody passes unless a policy
 * says so.
 */
public final class Application {
    /** How long a token is valid unless the application or the policy says otherwise. */
    public static final Duration DEFAULT_SESSION = Duration.ofHours(24);

    private static final Pattern HOST = Pattern.compile("(\\*|[a-z0-9_*-]+)(\\.[a-z0-9_*-]+)*");
    private static final Duration LONGEST_SESSION = Duration.ofDays(31);

    private final String id;
    private final String name;
    private final String audience;
    private final List<String> destinations;
    private final List<Policy> policies;
    private final Duration sessionDuration;
    private final List<String> identityProviders;
    private final Cookies cookies;
    private final @Nullable String serviceTokenHeader;
    private final boolean autoRedirectToIdentity;
    private final boolean optionsPreflightBypass;
    private final boolean unauthorizedForServices;
    private final String denyMessage;

    private Application(Builder builder) {
        this.id = builder.id;
        this.audience = builder.audience;
        this.destinations = List.copyOf(builder.destinations);
        this.name = builder.name.isEmpty() ? destinations.get(0) : builder.name;
        this.policies = List.copyOf(builder.policies);
        this.sessionDuration = builder.sessionDuration;
        this.identityProviders = List.copyOf(builder.identityProviders);
        this.cookies = new Cookies(builder.httpOnlyCookie, builder.sameSite, builder.pathCookie);
        this.serviceTokenHeader = builder.serviceTokenHeader;
        this.autoRedirectToIdentity = builder.autoRedirectToIdentity;
        this.optionsPreflightBypass = builder.optionsPreflightBypass;
        this.unauthorizedForServices = builder.unauthorizedForServices;
        this.denyMessage = builder.denyMessage;
    }

    /**
     * Starts an application.
     *
     * @param destination host with an optional path, without scheme and port, e.g. {@code *.example.com}
     * @return a builder without policies, which lets nobody in
     * @throws IllegalArgumentException if the destination is malformed
     */
    public static Builder builder(String destination) {
        return new Builder().destination(destination);
    }

    /**
     * Starts from this application.
     *
     * @return a builder with the same values
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.id = id;
        builder.name = name;
        builder.audience = audience;
        builder.destinations.addAll(destinations);
        builder.policies.addAll(policies);
        builder.sessionDuration = sessionDuration;
        builder.identityProviders.addAll(identityProviders);
        builder.httpOnlyCookie = cookies.httpOnly;
        builder.sameSite = cookies.sameSite;
        builder.pathCookie = cookies.path;
        builder.serviceTokenHeader = serviceTokenHeader;
        builder.autoRedirectToIdentity = autoRedirectToIdentity;
        builder.optionsPreflightBypass = optionsPreflightBypass;
        builder.unauthorizedForServices = unauthorizedForServices;
        builder.denyMessage = denyMessage;
        return builder;
    }

    /**
     * Returns how the application is known to the management interface.
     *
     * @return a UUID
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
     * Returns the audience tag: the {@code aud} of its tokens.
     *
     * @return 64 hexadecimal digits
     */
    public String audience() {
        return audience;
    }

    /**
     * Returns what is protected.
     *
     * @return hosts with optional paths, the main one first
     */
    public List<String> destinations() {
        return destinations;
    }

    /**
     * Returns who may pass.
     *
     * @return in order of precedence
     */
    public List<Policy> policies() {
        return policies;
    }

    /**
     * Returns how long a token is valid.
     *
     * @return zero for one request at a time
     */
    public Duration sessionDuration() {
        return sessionDuration;
    }

    /**
     * Returns where people may log in.
     *
     * @return ids; empty for all
     */
    public List<String> identityProviders() {
        return identityProviders;
    }

    /**
     * Tells whether scripts of the application can not read its cookie.
     *
     * @return true unless switched off
     */
    public boolean httpOnlyCookie() {
        return cookies.httpOnly;
    }

    /**
     * Returns whether the cookie goes with requests from other sites.
     *
     * @return {@code None}, {@code Lax} or {@code Strict}
     */
    public String sameSite() {
        return cookies.sameSite;
    }

    /**
     * Tells whether the cookie is bound to the destination's path.
     *
     * @return false for the whole host
     */
    public boolean pathCookie() {
        return cookies.path;
    }

    /**
     * Returns the field that may hold both halves of a service token.
     *
     * @return its name, or null for none
     */
    public @Nullable String serviceTokenHeader() {
        return serviceTokenHeader;
    }

    /**
     * Tells whether the page for choosing a login method is left out when there is only one.
     *
     * @return false unless switched on
     */
    public boolean autoRedirectToIdentity() {
        return autoRedirectToIdentity;
    }

    /**
     * Tells whether CORS preflight requests pass.
     *
     * @return false unless switched on
     */
    public boolean optionsPreflightBypass() {
        return optionsPreflightBypass;
    }

    /**
     * Tells whether a program without credentials is answered 401 instead of being sent to the login page.
     *
     * @return false unless switched on
     */
    public boolean unauthorizedForServices() {
        return unauthorizedForServices;
    }

    /**
     * Returns what people read who are refused.
     *
     * @return empty for a general text
     */
    public String denyMessage() {
        return denyMessage;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Application app
                && app.id.equals(id)
                && app.name.equals(name)
                && app.audience.equals(audience)
                && app.destinations.equals(destinations)
                && app.policies.equals(policies)
                && app.sessionDuration.equals(sessionDuration)
                && app.identityProviders.equals(identityProviders)
                && app.cookies.equals(cookies)
                && Objects.equals(app.serviceTokenHeader, serviceTokenHeader)
                && app.autoRedirectToIdentity == autoRedirectToIdentity
                && app.optionsPreflightBypass == optionsPreflightBypass
                && app.unauthorizedForServices == unauthorizedForServices
                && app.denyMessage.equals(denyMessage);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    /** Shows destinations and policies. */
    @Override
    public String toString() {
        return "Application[" + name + " " + destinations + " policies=" + policies + "]";
    }

    private record Cookies(boolean httpOnly, String sameSite, boolean path) {}

    /** Builds an {@link Application}. Not thread-safe. */
    public static final class Builder {
        private String id = UUID.randomUUID().toString();
        private String name = "";
        private String audience = newAudience();
        private final List<String> destinations = new ArrayList<>();
        private final List<Policy> policies = new ArrayList<>();
        private Duration sessionDuration = DEFAULT_SESSION;
        private final List<String> identityProviders = new ArrayList<>();
        private boolean httpOnlyCookie = true;
        private String sameSite = "None";
        private boolean pathCookie;
        private @Nullable String serviceTokenHeader;
        private boolean autoRedirectToIdentity;
        private boolean optionsPreflightBypass;
        private boolean unauthorizedForServices;
        private String denyMessage = "";

        private Builder() {}

        /**
         * Sets how the management interface knows the application. Default: random.
         *
         * @param id an opaque text
         * @return this
         */
        public Builder id(String id) {
            this.id = requireNonNull(id, "id");
            return this;
        }

        /**
         * Sets what people see. Default: the first destination.
         *
         * @param name a text
         * @return this
         */
        public Builder name(String name) {
            this.name = requireNonNull(name, "name");
            return this;
        }

        /**
         * Sets the audience tag. Default: random.
         *
         * @param audience 64 hexadecimal digits
         * @return this
         */
        public Builder audience(String audience) {
            if (!audience.matches("[0-9a-f]{64}")) {
                throw new IllegalArgumentException("audience: " + audience + " (expected: 64 hexadecimal digits)");
            }
            this.audience = audience;
            return this;
        }

        /**
         * Adds something to protect.
         *
         * @param destination host with an optional path
         * @return this
         * @throws IllegalArgumentException if the destination is malformed
         */
        public Builder destination(String destination) {
            destinations.add(canonical(destination));
            return this;
        }

        /**
         * Adds policies behind those that are there.
         *
         * @param added in order of precedence
         * @return this
         */
        public Builder policy(Policy... added) {
            policies.addAll(List.of(added));
            return this;
        }

        /**
         * Replaces the policies.
         *
         * @param all in order of precedence
         * @return this
         */
        public Builder policies(List<Policy> all) {
            policies.clear();
            policies.addAll(all);
            return this;
        }

        /**
         * Sets how long a token is valid. Default: {@link #DEFAULT_SESSION}.
         *
         * @param duration zero to 31 days
         * @return this
         */
        public Builder sessionDuration(Duration duration) {
            if (duration.isNegative() || duration.compareTo(LONGEST_SESSION) > 0) {
                throw new IllegalArgumentException(
                        "sessionDuration: " + duration + " (expected: 0 to " + LONGEST_SESSION + ")");
            }
            this.sessionDuration = duration;
            return this;
        }

        /**
         * Limits where people may log in. Default: everywhere.
         *
         * @param ids {@link IdentityProvider#id()}
         * @return this
         */
        public Builder identityProviders(String... ids) {
            identityProviders.clear();
            identityProviders.addAll(List.of(ids));
            return this;
        }

        /**
         * Sets whether scripts of the application are kept from reading its cookie. Default: true.
         *
         * @param httpOnly the setting
         * @return this
         */
        public Builder httpOnlyCookie(boolean httpOnly) {
            this.httpOnlyCookie = httpOnly;
            return this;
        }

        /**
         * Sets whether the cookie goes with requests from other sites. Default: {@code None}.
         *
         * @param policy {@code none}, {@code lax} or {@code strict}
         * @return this
         */
        public Builder sameSite(String policy) {
            this.sameSite = switch (policy.toLowerCase(Locale.ROOT)) {
                case "", "none" -> "None";
                case "lax" -> "Lax";
                case "strict" -> "Strict";
                default ->
                    throw new IllegalArgumentException("sameSite: " + policy + " (expected: none, lax or strict)");
            };
            return this;
        }

        /**
         * Binds the cookie to the destination's path. Default: false.
         *
         * @param bound the setting
         * @return this
         */
        public Builder pathCookie(boolean bound) {
            this.pathCookie = bound;
            return this;
        }

        /**
         * Names a field that may hold both halves of a service token as JSON. Default: none.
         *
         * @param fieldName e.g. {@code Authorization}; null for none
         * @return this
         */
        public Builder serviceTokenHeader(@Nullable String fieldName) {
            this.serviceTokenHeader = fieldName == null || fieldName.isEmpty() ? null : fieldName;
            return this;
        }

        /**
         * Leaves out the page for choosing a login method when there is only one. Default: false.
         *
         * @param direct the setting
         * @return this
         */
        public Builder autoRedirectToIdentity(boolean direct) {
            this.autoRedirectToIdentity = direct;
            return this;
        }

        /**
         * Lets CORS preflight requests pass. Default: false.
         *
         * @param pass the setting
         * @return this
         */
        public Builder optionsPreflightBypass(boolean pass) {
            this.optionsPreflightBypass = pass;
            return this;
        }

        /**
         * Answers 401 instead of sending to the login page when there is a service auth policy. Default: false.
         *
         * @param unauthorized the setting
         * @return this
         */
        public Builder unauthorizedForServices(boolean unauthorized) {
            this.unauthorizedForServices = unauthorized;
            return this;
        }

        /**
         * Sets what people read who are refused. Default: a general text.
         *
         * @param message plain text
         * @return this
         */
        public Builder denyMessage(String message) {
            this.denyMessage = requireNonNull(message, "message");
            return this;
        }

        /**
         * Builds the application.
         *
         * @return the application
         */
        public Application build() {
            return new Application(this);
        }

        private static String newAudience() {
            byte[] random = new byte[32];
            new SecureRandom().nextBytes(random);
            return HexFormat.of().formatHex(random);
        }

        private static String canonical(String destination) {
            int slash = destination.indexOf('/');
            String host = slash < 0 ? destination : destination.substring(0, slash);
            String path = slash < 0 ? "" : destination.substring(slash);
            String ascii = host.indexOf('*') >= 0 ? host : IDN.toASCII(host, IDN.ALLOW_UNASSIGNED);
            String lower = ascii.toLowerCase(Locale.ROOT);
            if (!HOST.matcher(lower).matches() || path.indexOf('?') >= 0 || path.indexOf('#') >= 0) {
                throw new IllegalArgumentException(
                        "destination: " + destination + " (expected: host or host/path, e.g. wiki.example.com/admin)");
            }
            return lower + (path.equals("/") ? "" : path);
        }
    }
}
