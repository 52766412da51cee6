package io.tunnel4j.access;

import static java.util.Objects.requireNonNull;

import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One application and how to get to it: its URL, what is said in the upgrade, and the service token if it has one of its own.
 *
 * <p>Immutable, thread-safe. {@link #toString()} leaves header values and tokens out.
 */
public final class AccessTarget {
    private final ApplicationUrl url;
    private final Map<String, List<String>> headers;
    private final @Nullable String destination;
    private final @Nullable Supplier<ServiceToken> serviceToken;
    private final @Nullable InetSocketAddress connectTo;

    private AccessTarget(Builder builder) {
        url = builder.url;
        headers = builder.headers.fields();
        destination = builder.destination;
        serviceToken = builder.serviceToken;
        connectTo = builder.connectTo;
    }

    /**
     * Names an application.
     *
     * @param application {@code host}, {@code host:port}, or a URL with path; the scheme is always https
     * @return the target
     * @throws IllegalArgumentException if it is none of these
     */
    public static AccessTarget of(String application) {
        return builder(application).build();
    }

    /**
     * Names an application and more.
     *
     * @param application {@code host}, {@code host:port}, or a URL with path; the scheme is always https
     * @return a new builder
     * @throws IllegalArgumentException if it is none of these
     */
    public static Builder builder(String application) {
        return new Builder(ApplicationUrl.parse(requireNonNull(application, "application")));
    }

    /**
     * Starts from this target.
     *
     * @return a new builder with this target's values
     */
    public Builder toBuilder() {
        Builder copy = new Builder(url);
        headers.forEach((name, values) -> values.forEach(value -> copy.headers.addLine(name + ":" + value)));
        copy.destination = destination;
        copy.serviceToken = serviceToken;
        copy.connectTo = connectTo;
        return copy;
    }

    /**
     * Returns the application's URL.
     *
     * @return the URL, scheme https
     */
    public URI uri() {
        return url.toUri();
    }

    /**
     * Returns the application's host name.
     *
     * @return the name in punycode, or an address without brackets
     */
    public String host() {
        return url.host();
    }

    /**
     * Returns the port at the edge.
     *
     * @return the port, 443 by default
     */
    public int port() {
        return url.port() < 0 ? 443 : url.port();
    }

    /**
     * Returns host and, if it was given, port.
     *
     * @return what stands in the Host field
     */
    public String authority() {
        return url.authority();
    }

    /**
     * Returns path and query.
     *
     * @return what stands in the request line, at least {@code /}
     */
    public String requestTarget() {
        return url.requestTarget();
    }

    /**
     * Returns the extra header fields.
     *
     * @return values by name, in the spelling on the wire
     */
    public Map<String, List<String>> headers() {
        return headers;
    }

    /**
     * Returns the address behind a bastion.
     *
     * @return the destination, or null for the application itself
     */
    public @Nullable String destination() {
        return destination;
    }

    /**
     * Returns the target's own service token.
     *
     * @return asked before each connection; null when there is none
     */
    public @Nullable Supplier<ServiceToken> serviceToken() {
        return serviceToken;
    }

    /**
     * Returns the address to dial instead of the host's.
     *
     * @return the address, possibly unresolved; null for the host's
     */
    public @Nullable InetSocketAddress connectTo() {
        return connectTo;
    }

    /** Returns the URL and, if any, the destination. */
    @Override
    public String toString() {
        return destination == null ? uri().toString() : uri() + " to " + destination;
    }

    /** Builds an {@link AccessTarget}. Not thread-safe. */
    public static final class Builder {
        private final ApplicationUrl url;
        private final HeaderLines headers = new HeaderLines();
        private @Nullable String destination;
        private @Nullable Supplier<ServiceToken> serviceToken;
        private @Nullable InetSocketAddress connectTo;

        private Builder(ApplicationUrl url) {
            this.url = url;
        }

        /**
         * Sets the address that a bastion application dials.
         *
         * @param hostAndPort e.g. {@code 10.0.0.5:22} or {@code ssh://10.0.0.5:22}, sent as it is
         * @return this
         */
        public Builder destination(String hostAndPort) {
            requireNonNull(hostAndPort, "hostAndPort");
            if (hostAndPort.isEmpty() || !hostAndPort.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
                throw new IllegalArgumentException("destination: " + hostAndPort + " (expected: host:port)");
            }
            destination = hostAndPort;
            return this;
        }

        /**
         * Adds a header field to the upgrade. Fields that the upgrade itself needs are not replaced.
         *
         * @param name an HTTP token
         * @param value without control characters
         * @return this
         * @throws IllegalArgumentException if one is not
         */
        public Builder header(String name, String value) {
            headers.add(requireNonNull(name, "name"), requireNonNull(value, "value"));
            return this;
        }

        /**
         * Adds a header field as the reference's {@code --header} option takes it.
         *
         * @param line {@code Name: value}, split at the first colon; ignored without one
         * @return this
         */
        public Builder headerLine(String line) {
            headers.addLine(requireNonNull(line, "line"));
            return this;
        }

        /**
         * Uses this service token for the target, and never a browser.
         *
         * @param token the token
         * @return this
         */
        public Builder serviceToken(ServiceToken token) {
            requireNonNull(token, "token");
            return serviceToken(() -> token);
        }

        /**
         * Asks for the service token before each connection, so that it may be rotated.
         *
         * @param source thread-safe; may block
         * @return this
         */
        public Builder serviceToken(Supplier<ServiceToken> source) {
            serviceToken = requireNonNull(source, "source");
            return this;
        }

        /**
         * Dials another address than the host's; TLS and the request still name the host.
         *
         * @param address an address; unresolved ones are resolved for each connection
         * @return this
         */
        public Builder connectTo(InetSocketAddress address) {
            connectTo = requireNonNull(address, "address");
            return this;
        }

        /**
         * Builds the target.
         *
         * @return an immutable value
         */
        public AccessTarget build() {
            return new AccessTarget(this);
        }
    }
}
