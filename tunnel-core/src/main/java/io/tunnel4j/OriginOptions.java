package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one rule talks to its origin. A value that was not set is taken from the next wider scope: the rule's options, then the
 * options of the whole {@link Ingress}, then the default. Immutable.
 */
public final class OriginOptions {
    private static final Duration MAX_DURATION = Duration.ofHours(24);
    private static final int MAX_TEXT = 4096;
    private static final int MAX_IP_RULES = 10_000;
    private static final OriginOptions UNSET = new OriginOptions(Map.of());

    private static final AccessRequirement NO_ACCESS = new AccessRequirement(false, "", List.of(), "");

    private enum Key {
        CONNECT_TIMEOUT,
        TLS_TIMEOUT,
        TCP_KEEP_ALIVE,
        NO_HAPPY_EYEBALLS,
        KEEP_ALIVE_CONNECTIONS,
        KEEP_ALIVE_TIMEOUT,
        HTTP_HOST_HEADER,
        ORIGIN_SERVER_NAME,
        MATCH_SNI_TO_HOST,
        CA_POOL,
        NO_TLS_VERIFY,
        DISABLE_CHUNKED_ENCODING,
        BASTION_MODE,
        PROXY_ADDRESS,
        PROXY_PORT,
        PROXY_TYPE,
        IP_RULES,
        HTTP2_ORIGIN,
        ACCESS
    }

    /** Only what was set: absence is what lets a wider scope decide. */
    private final Map<Key, Object> values;

    private OriginOptions(Map<Key, Object> values) {
        this.values = values;
    }

    /**
     * Starts with nothing set.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Returns the options with nothing set.
     *
     * @return the defaults
     */
    public static OriginOptions defaults() {
        return UNSET;
    }

    /**
     * Fills what is not set here from a wider scope.
     *
     * @param wider the wider scope
     * @return options where values set here win over those of the wider scope
     */
    public OriginOptions orElse(OriginOptions wider) {
        if (wider.values.isEmpty()) {
            return this;
        }
        Map<Key, Object> merged = new EnumMap<>(Key.class);
        merged.putAll(wider.values);
        merged.putAll(values);
        return new OriginOptions(merged);
    }

    /**
     * Continues from these options.
     *
     * @return a builder that holds what is set here
     */
    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.values.putAll(values);
        return builder;
    }

    private <T> T value(Key key, Class<T> type, T defaultValue) {
        Object value = values.get(key);
        return value == null ? defaultValue : type.cast(value);
    }

    /**
     * Returns the limit of a TCP connect, TLS not included; zero for none ({@code connectTimeout}).
     *
     * @return the value set, or the default
     */
    public Duration connectTimeout() {
        return value(Key.CONNECT_TIMEOUT, Duration.class, Duration.ofSeconds(30));
    }

    /**
     * Returns the limit of a TLS handshake; zero for none ({@code tlsTimeout}).
     *
     * @return the value set, or the default
     */
    public Duration tlsTimeout() {
        return value(Key.TLS_TIMEOUT, Duration.class, Duration.ofSeconds(10));
    }

    /**
     * Returns the TCP keep-alive interval; zero switches it off ({@code tcpKeepAlive}).
     *
     * @return the value set, or the default
     */
    public Duration tcpKeepAlive() {
        return value(Key.TCP_KEEP_ALIVE, Duration.class, Duration.ofSeconds(30));
    }

    /**
     * Returns whether IPv4 and IPv6 are not tried in parallel ({@code noHappyEyeballs}).
     *
     * @return the value set, or the default
     */
    public boolean noHappyEyeballs() {
        return value(Key.NO_HAPPY_EYEBALLS, Boolean.class, false);
    }

    /**
     * Returns how many idle connections to the origin the connector keeps ({@code keepAliveConnections}).
     *
     * @return the value set, or the default
     */
    public int keepAliveConnections() {
        return value(Key.KEEP_ALIVE_CONNECTIONS, Integer.class, 100);
    }

    /**
     * Returns how long an idle connection is kept ({@code keepAliveTimeout}).
     *
     * @return the value set, or the default
     */
    public Duration keepAliveTimeout() {
        return value(Key.KEEP_ALIVE_TIMEOUT, Duration.class, Duration.ofSeconds(90));
    }

    /**
     * Returns what replaces the request's Host; empty to leave it ({@code httpHostHeader}).
     *
     * @return the value set, or the default
     */
    public String httpHostHeader() {
        return value(Key.HTTP_HOST_HEADER, String.class, "");
    }

    /**
     * Returns the name sent as SNI and verified; empty for the origin's host ({@code originServerName}).
     *
     * @return the value set, or the default
     */
    public String originServerName() {
        return value(Key.ORIGIN_SERVER_NAME, String.class, "");
    }

    /**
     * Returns whether SNI is the request's Host ({@code matchSNItoHost}).
     *
     * @return the value set, or the default
     */
    public boolean matchSniToHost() {
        return value(Key.MATCH_SNI_TO_HOST, Boolean.class, false);
    }

    /**
     * Returns a PEM file added to the trusted roots; empty for none ({@code caPool}).
     *
     * @return the value set, or the default
     */
    public String caPool() {
        return value(Key.CA_POOL, String.class, "");
    }

    /**
     * Returns whether any certificate is accepted ({@code noTLSVerify}).
     *
     * @return the value set, or the default
     */
    public boolean noTlsVerify() {
        return value(Key.NO_TLS_VERIFY, Boolean.class, false);
    }

    /**
     * Returns whether requests without length are buffered to get one ({@code disableChunkedEncoding}).
     *
     * @return the value set, or the default
     */
    public boolean disableChunkedEncoding() {
        return value(Key.DISABLE_CHUNKED_ENCODING, Boolean.class, false);
    }

    /**
     * Returns whether the rule acts as service {@code bastion} ({@code bastionMode}).
     *
     * @return the value set, or the default
     */
    public boolean bastionMode() {
        return value(Key.BASTION_MODE, Boolean.class, false);
    }

    /**
     * Returns read for compatibility, without effect ({@code proxyAddress}).
     *
     * @return the value set, or the default
     */
    public String proxyAddress() {
        return value(Key.PROXY_ADDRESS, String.class, "127.0.0.1");
    }

    /**
     * Returns read for compatibility, without effect ({@code proxyPort}).
     *
     * @return the value set, or the default
     */
    public int proxyPort() {
        return value(Key.PROXY_PORT, Integer.class, 0);
    }

    /**
     * Returns {@code socks} if a TCP service speaks SOCKS5 to its peer, else empty ({@code proxyType}).
     *
     * @return the value set, or the default
     */
    public String proxyType() {
        return value(Key.PROXY_TYPE, String.class, "");
    }

    /**
     * Returns where a SOCKS origin may connect to; none for nowhere ({@code ipRules}).
     *
     * @return the value set, or the default
     */
    public List<IpRule> ipRules() {
        return ipRulesOf(values.getOrDefault(Key.IP_RULES, List.of()));
    }

    /**
     * Returns whether HTTP/2 is offered to https origins ({@code http2Origin}).
     *
     * @return the value set, or the default
     */
    public boolean http2Origin() {
        return value(Key.HTTP2_ORIGIN, Boolean.class, false);
    }

    /**
     * Returns the Access token that requests must carry ({@code access}).
     *
     * @return the value set, or the default
     */
    public AccessRequirement access() {
        return value(Key.ACCESS, AccessRequirement.class, NO_ACCESS);
    }

    @SuppressWarnings("unchecked") // only the builder's ipRules puts a value there
    private static List<IpRule> ipRulesOf(Object value) {
        return (List<IpRule>) value;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof OriginOptions that && values.equals(that.values);
    }

    @Override
    public int hashCode() {
        return values.hashCode();
    }

    @Override
    public String toString() {
        return "OriginOptions" + values;
    }

    /** Builds {@link OriginOptions}. Not thread-safe. */
    public static final class Builder {
        private final Map<Key, Object> values = new EnumMap<>(Key.class);

        private Builder() {}

        /**
         * Sets the limit of a TCP connect, TLS not included; zero for none ({@code connectTimeout}). Default: 30 s. Range: 0 to 24 hours.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder connectTimeout(Duration value) {
            checkDuration("connectTimeout", value);
            values.put(Key.CONNECT_TIMEOUT, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets the limit of a TLS handshake; zero for none ({@code tlsTimeout}). Default: 10 s. Range: 0 to 24 hours.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder tlsTimeout(Duration value) {
            checkDuration("tlsTimeout", value);
            values.put(Key.TLS_TIMEOUT, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets the TCP keep-alive interval; zero switches it off ({@code tcpKeepAlive}). Default: 30 s. Range: 0 to 24 hours.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder tcpKeepAlive(Duration value) {
            checkDuration("tcpKeepAlive", value);
            values.put(Key.TCP_KEEP_ALIVE, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets whether IPv4 and IPv6 are not tried in parallel ({@code noHappyEyeballs}). Default: false.
         *
         * @param value the value
         * @return this
         */
        public Builder noHappyEyeballs(boolean value) {
            values.put(Key.NO_HAPPY_EYEBALLS, value);
            return this;
        }

        /**
         * Sets how many idle connections to the origin the connector keeps ({@code keepAliveConnections}); what a burst leaves above that is closed a second
         * later. Default: 100. Range: 0 or more, 0 for none.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder keepAliveConnections(int value) {
            check(value >= 0, "keepAliveConnections", value, "0 or more");
            values.put(Key.KEEP_ALIVE_CONNECTIONS, value);
            return this;
        }

        /**
         * Sets how long an idle connection is kept ({@code keepAliveTimeout}). Default: 90 s. Range: 0 to 24 hours.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder keepAliveTimeout(Duration value) {
            checkDuration("keepAliveTimeout", value);
            values.put(Key.KEEP_ALIVE_TIMEOUT, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets what replaces the request's Host; empty to leave it ({@code httpHostHeader}). Default: empty.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder httpHostHeader(String value) {
            check(
                    value.length() <= MAX_TEXT && isPlain(value),
                    "httpHostHeader",
                    value.length() + " characters",
                    "up to " + MAX_TEXT + " without controls");
            values.put(Key.HTTP_HOST_HEADER, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets the name sent as SNI and verified; empty for the origin's host ({@code originServerName}). Default: empty.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder originServerName(String value) {
            check(
                    value.length() <= MAX_TEXT && isPlain(value),
                    "originServerName",
                    value.length() + " characters",
                    "up to " + MAX_TEXT + " without controls");
            values.put(Key.ORIGIN_SERVER_NAME, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets whether SNI is the request's Host ({@code matchSNItoHost}). Default: false.
         *
         * @param value the value
         * @return this
         */
        public Builder matchSniToHost(boolean value) {
            values.put(Key.MATCH_SNI_TO_HOST, value);
            return this;
        }

        /**
         * Sets a PEM file added to the trusted roots; empty for none ({@code caPool}). Default: empty.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder caPool(String value) {
            check(
                    value.length() <= MAX_TEXT && isPlain(value),
                    "caPool",
                    value.length() + " characters",
                    "up to " + MAX_TEXT + " without controls");
            values.put(Key.CA_POOL, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets whether any certificate is accepted ({@code noTLSVerify}). Default: false.
         *
         * @param value the value
         * @return this
         */
        public Builder noTlsVerify(boolean value) {
            values.put(Key.NO_TLS_VERIFY, value);
            return this;
        }

        /**
         * Sets whether requests without length are buffered to get one ({@code disableChunkedEncoding}). Default: false.
         *
         * @param value the value
         * @return this
         */
        public Builder disableChunkedEncoding(boolean value) {
            values.put(Key.DISABLE_CHUNKED_ENCODING, value);
            return this;
        }

        /**
         * Sets whether the rule acts as service {@code bastion} ({@code bastionMode}). Default: false.
         *
         * @param value the value
         * @return this
         */
        public Builder bastionMode(boolean value) {
            values.put(Key.BASTION_MODE, value);
            return this;
        }

        /**
         * Sets read for compatibility, without effect ({@code proxyAddress}). Default: 127.0.0.1.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder proxyAddress(String value) {
            check(
                    value.length() <= MAX_TEXT && isPlain(value),
                    "proxyAddress",
                    value.length() + " characters",
                    "up to " + MAX_TEXT + " without controls");
            values.put(Key.PROXY_ADDRESS, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets read for compatibility, without effect ({@code proxyPort}). Default: 0. Range: 0 to 65535.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder proxyPort(int value) {
            check(value >= 0 && value <= 65535, "proxyPort", value, "0 to 65535");
            values.put(Key.PROXY_PORT, value);
            return this;
        }

        /**
         * Sets {@code socks} if a TCP service speaks SOCKS5 to its peer, else empty ({@code proxyType}). Default: empty.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder proxyType(String value) {
            check(value.isEmpty() || value.equals("socks"), "proxyType", value, "empty or \"socks\"");
            values.put(Key.PROXY_TYPE, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Sets where a SOCKS origin may connect to; none for nowhere ({@code ipRules}). Default: none.
         *
         * @param value the value
         * @return this
         * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} outside the range
         */
        public Builder ipRules(List<IpRule> value) {
            check(value.size() <= MAX_IP_RULES, "ipRules", value.size() + " rules", "up to " + MAX_IP_RULES);
            values.put(Key.IP_RULES, List.copyOf(value));
            return this;
        }

        /**
         * Sets whether HTTP/2 is offered to https origins ({@code http2Origin}). Default: false.
         *
         * @param value the value
         * @return this
         */
        public Builder http2Origin(boolean value) {
            values.put(Key.HTTP2_ORIGIN, value);
            return this;
        }

        /**
         * Sets the Access token that requests must carry ({@code access}). Default: not required.
         *
         * @param value the value
         * @return this
         */
        public Builder access(AccessRequirement value) {
            values.put(Key.ACCESS, requireNonNull(value, "value"));
            return this;
        }

        /**
         * Builds the options.
         *
         * @return an immutable value
         */
        public OriginOptions build() {
            return new OriginOptions(new EnumMap<>(values));
        }

        private static void checkDuration(String name, Duration value) {
            check(!value.isNegative() && value.compareTo(MAX_DURATION) <= 0, name, value, "0 to 24 hours");
        }

        private static boolean isPlain(String value) {
            return value.chars().noneMatch(c -> c < 0x20 || c == 0x7f);
        }

        private static void check(boolean valid, String name, Object value, String expected) {
            if (!valid) {
                throw new TunnelException(
                        TunnelErrorCode.INVALID_CONFIGURATION, name + ": " + value + " (expected: " + expected + ")");
            }
        }
    }
}
