package io.tunnel4j.ingress;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.OutboundProxy;
import io.tunnel4j.origin.AccessKeySource;
import io.tunnel4j.origin.OriginSettings;
import java.time.InstantSource;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** How a {@link StreamRouter} behaves: who the connector is, what it may hold, whom it tells. Immutable. */
public final class RouterConfig {
    private final OriginSettings settings;
    private final RouterListener listener;

    private RouterConfig(Builder builder) {
        settings = builder.settings.build();
        listener = builder.listener;
    }

    /**
     * Starts with the defaults.
     *
     * @param connectorId the connector's id, told to origins as {@code Cf-Warp-Tag-Id}
     * @return a new builder
     */
    public static Builder builder(UUID connectorId) {
        return new Builder(connectorId);
    }

    OriginSettings settings() {
        return settings;
    }

    RouterListener listener() {
        return listener;
    }

    /** Builds a {@link RouterConfig}. Not thread-safe. */
    public static final class Builder {
        private final OriginSettings.Builder settings;
        private RouterListener listener = RouterListener.NONE;

        private Builder(UUID connectorId) {
            settings = OriginSettings.builder(connectorId);
        }

        /**
         * Adds a tag, told to origins as {@code Cf-Warp-Tag-<name>}.
         *
         * @param name a header token
         * @param value text without controls
         * @return this
         */
        public Builder tag(String name, String value) {
            settings.tag(name, value);
            return this;
        }

        /**
         * Sets how much of a request body may be collected when an origin needs its length ({@code disableChunkedEncoding}). Default: 1 MiB.
         *
         * @param bytes 0 or more
         * @return this
         */
        public Builder maxBufferedRequestBytes(int bytes) {
            settings.maxBufferedRequestBytes(bytes);
            return this;
        }

        /**
         * Sets how many bytes all streams may hold before new requests are answered with 503. Default: a quarter of the heap limit, at most 256 MiB.
         *
         * @param bytes at least 1 MiB
         * @return this
         */
        public Builder maxProcessBytes(long bytes) {
            settings.maxProcessBytes(bytes);
            return this;
        }

        /**
         * Sets how many streams of the tcp kind may be open. Default: 0, no limit.
         *
         * @param flows 0 for no limit
         * @return this
         */
        public Builder maxActiveFlows(int flows) {
            settings.maxActiveFlows(flows);
            return this;
        }

        /**
         * Sets what runs handlers that name no executor of their own. Default: a bounded pool of the router's.
         *
         * @param executor never shut down by the router
         * @return this
         */
        public Builder executor(Executor executor) {
            settings.executor(executor);
            return this;
        }

        /**
         * Sets where the keys of Access teams come from. Default: HTTPS.
         *
         * @param source the source
         * @return this
         */
        public Builder accessKeys(AccessKeySource source) {
            settings.accessKeys(source);
            return this;
        }

        /**
         * Sets what time it is, for the validity of Access tokens. Default: the system's clock.
         *
         * @param source the clock
         * @return this
         */
        public Builder clock(InstantSource source) {
            settings.clock(source);
            return this;
        }

        /**
         * Sets the proxies on the way to HTTP origins. Default: none.
         *
         * @param forHttp for origins without TLS, or null
         * @param forHttps for origins with TLS, or null
         * @return this
         */
        public Builder proxies(@Nullable OutboundProxy forHttp, @Nullable OutboundProxy forHttps) {
            settings.proxies(forHttp, forHttps);
            return this;
        }

        /**
         * Sets who hears of requests. Default: nobody.
         *
         * @param listener called on event loops
         * @return this
         */
        public Builder listener(RouterListener listener) {
            this.listener = requireNonNull(listener, "listener");
            return this;
        }

        /**
         * Builds the configuration.
         *
         * @return an immutable value
         */
        public RouterConfig build() {
            return new RouterConfig(this);
        }
    }
}
