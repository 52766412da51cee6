package io.tunnel4j.edge;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Where people log in before they reach a protected host, and where programs pick up their tokens. Immutable.
 *
 * <p>The team domain is a hostname served by the edge itself, on its HTTPS listener: its certificate and DNS must cover it.
 */
public final class AccessSettings {
    private static final Duration SHORTEST_SESSION = Duration.ofMinutes(15);
    private static final Duration LONGEST_SESSION = Duration.ofDays(31);

    private final String teamDomain;
    private final List<String> teamDomainAliases;
    private final List<String> transferHosts;
    private final Duration sessionDuration;
    private final MailSender mail;
    private final @Nullable HttpClient httpClient;

    private AccessSettings(Builder builder) {
        this.teamDomain = builder.teamDomain;
        this.teamDomainAliases = List.copyOf(builder.teamDomainAliases);
        this.transferHosts = List.copyOf(builder.transferHosts);
        this.sessionDuration = builder.sessionDuration;
        this.mail = builder.mail;
        this.httpClient = builder.httpClient;
    }

    /**
     * Starts the settings.
     *
     * @param teamDomain host, and port unless it is 443, under which this edge is reached for logging in, e.g. {@code team.example.com}
     * @return a builder
     */
    public static Builder builder(String teamDomain) {
        return new Builder(teamDomain);
    }

    /**
     * Returns where people log in.
     *
     * @return host, and port unless it is 443
     */
    public String teamDomain() {
        return teamDomain;
    }

    /**
     * Returns further names of the team domain.
     *
     * @return lower case
     */
    public List<String> teamDomainAliases() {
        return teamDomainAliases;
    }

    /**
     * Returns where programs pick up their tokens, besides the team domain.
     *
     * @return lower case
     */
    public List<String> transferHosts() {
        return transferHosts;
    }

    /**
     * Returns how long people stay logged in.
     *
     * @return 15 minutes to 31 days
     */
    public Duration sessionDuration() {
        return sessionDuration;
    }

    /**
     * Returns what sends one-time PINs.
     *
     * @return the sender
     */
    public MailSender mail() {
        return mail;
    }

    /**
     * Returns what asks identity providers.
     *
     * @return null for the edge's own client
     */
    public @Nullable HttpClient httpClient() {
        return httpClient;
    }

    /** Shows the team domain. */
    @Override
    public String toString() {
        return "AccessSettings[" + teamDomain + "]";
    }

    /** Builds {@link AccessSettings}. Not thread-safe. */
    public static final class Builder {
        private final String teamDomain;
        private final List<String> teamDomainAliases = new ArrayList<>();
        private final List<String> transferHosts = new ArrayList<>();
        private Duration sessionDuration = Duration.ofHours(24);
        private MailSender mail = (recipient, subject, text) -> CompletableFuture.failedFuture(
                new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "mail: no sender is set"));
        private @Nullable HttpClient httpClient;

        private Builder(String teamDomain) {
            this.teamDomain = requireNonNull(teamDomain, "teamDomain");
        }

        /**
         * Adds a name under which the team domain also answers; the first one is announced to clients that accept only certain names.
         *
         * @param host e.g. {@code team.cloudflareaccess.com}, if the clients' DNS leads here
         * @return this
         */
        public Builder teamDomainAlias(String host) {
            teamDomainAliases.add(host.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Adds a host under which programs pick up their tokens, besides the team domain.
         *
         * @param host e.g. {@code login.cloudflareaccess.org}, if the clients' DNS leads here
         * @return this
         */
        public Builder transferHost(String host) {
            transferHosts.add(host.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Sets how long people stay logged in at the team domain. Default: 24 hours.
         *
         * @param duration 15 minutes to 31 days
         * @return this
         */
        public Builder sessionDuration(Duration duration) {
            if (duration.compareTo(SHORTEST_SESSION) < 0 || duration.compareTo(LONGEST_SESSION) > 0) {
                throw new IllegalArgumentException("sessionDuration: " + duration + " (expected: " + SHORTEST_SESSION
                        + " to " + LONGEST_SESSION + ")");
            }
            this.sessionDuration = duration;
            return this;
        }

        /**
         * Sets what sends one-time PINs. Default: nothing, and such logins fail.
         *
         * @param sender owned by the caller
         * @return this
         */
        public Builder mail(MailSender sender) {
            this.mail = requireNonNull(sender, "sender");
            return this;
        }

        /**
         * Sets what asks identity providers. Default: a client with the JVM's trust and no proxy.
         *
         * @param client owned by the caller
         * @return this
         */
        public Builder httpClient(HttpClient client) {
            this.httpClient = requireNonNull(client, "client");
            return this;
        }

        /**
         * Builds the settings.
         *
         * @return the settings
         */
        public AccessSettings build() {
            return new AccessSettings(this);
        }
    }
}
