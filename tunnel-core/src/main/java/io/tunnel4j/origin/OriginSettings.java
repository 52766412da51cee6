package io.tunnel4j.origin;

import static java.util.Objects.requireNonNull;

import io.netty.util.AsciiString;
import io.tunnel4j.OutboundProxy;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** What all origins of a connector share: identity told to them, limits, executor. Immutable. */
public final class OriginSettings {
    private static final long MAX_DEFAULT_PROCESS_BYTES = 256L << 20;
    private static final String TAG_PREFIX = "Cf-Warp-Tag-";

    final AsciiString connectorId;
    final List<Tag> tags;
    final int maxBufferedRequestBytes;
    final long maxProcessBytes;
    final int maxActiveFlows;
    final @Nullable Executor executor;
    final @Nullable AccessKeySource accessKeys;
    final InstantSource clock;
    final @Nullable OutboundProxy httpProxy;
    final @Nullable OutboundProxy httpsProxy;

    private OriginSettings(Builder builder) {
        connectorId = builder.connectorId;
        tags = List.copyOf(builder.tags);
        maxBufferedRequestBytes = builder.maxBufferedRequestBytes;
        maxProcessBytes = builder.maxProcessBytes;
        maxActiveFlows = builder.maxActiveFlows;
        executor = builder.executor;
        accessKeys = builder.accessKeys;
        clock = builder.clock;
        httpProxy = builder.httpProxy;
        httpsProxy = builder.httpsProxy;
    }

    /** A header field added to every request. */
    record Tag(AsciiString name, AsciiString value) {}

    /**
     * Starts with the defaults.
     *
     * @param connectorId the connector's id
     * @return a new builder
     */
    public static Builder builder(UUID connectorId) {
        return new Builder(connectorId);
    }

    /** Builds {@link OriginSettings}. Not thread-safe. */
    public static final class Builder {
        private final AsciiString connectorId;
        private final List<Tag> tags = new ArrayList<>();
        private int maxBufferedRequestBytes = 1 << 20;
        private long maxProcessBytes =
                Math.min(MAX_DEFAULT_PROCESS_BYTES, Runtime.getRuntime().maxMemory() / 4);
        private int maxActiveFlows;
        private @Nullable Executor executor;
        private @Nullable AccessKeySource accessKeys;
        private InstantSource clock = InstantSource.system();
        private @Nullable OutboundProxy httpProxy;
        private @Nullable OutboundProxy httpsProxy;

        private Builder(UUID connectorId) {
            this.connectorId = AsciiString.of(connectorId.toString());
        }

        /**
         * Adds a tag.
         *
         * @param name a header token
         * @param value text without controls
         * @return this
         */
        public Builder tag(String name, String value) {
            if (!name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}")) {
                throw new IllegalArgumentException("tag: \"" + name + "\" (expected: a header token)");
            }
            if (value.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
                throw new IllegalArgumentException("tag " + name + ": a control character (expected: none)");
            }
            tags.add(new Tag(AsciiString.of(TAG_PREFIX + name), AsciiString.of(value)));
            return this;
        }

        /**
         * Sets how much of a request body may be collected when an origin needs its length. Default: 1 MiB.
         *
         * @param bytes 0 or more
         * @return this
         */
        public Builder maxBufferedRequestBytes(int bytes) {
            maxBufferedRequestBytes = (int) atLeast(bytes, 0, "maxBufferedRequestBytes");
            return this;
        }

        /**
         * Sets how many bytes all streams may hold before new requests are refused. Default: a quarter of the heap limit, at most 256 MiB.
         *
         * @param bytes at least 1 MiB
         * @return this
         */
        public Builder maxProcessBytes(long bytes) {
            maxProcessBytes = atLeast(bytes, 1 << 20, "maxProcessBytes");
            return this;
        }

        /**
         * Sets how many streams of the tcp kind may be open. Default: 0, no limit.
         *
         * @param flows 0 for no limit
         * @return this
         */
        public Builder maxActiveFlows(int flows) {
            maxActiveFlows = (int) atLeast(flows, 0, "maxActiveFlows");
            return this;
        }

        /**
         * Sets what runs handlers that name no executor of their own. Default: a bounded pool made for the purpose.
         *
         * @param value the executor
         * @return this
         */
        public Builder executor(Executor value) {
            executor = requireNonNull(value, "value");
            return this;
        }

        /**
         * Sets where the keys of Access teams come from. Default: HTTPS.
         *
         * @param source the source
         * @return this
         */
        public Builder accessKeys(AccessKeySource source) {
            accessKeys = requireNonNull(source, "source");
            return this;
        }

        /**
         * Sets what time it is, for the validity of Access tokens. Default: the system's clock.
         *
         * @param source the clock
         * @return this
         */
        public Builder clock(InstantSource source) {
            clock = requireNonNull(source, "source");
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
            httpProxy = forHttp;
            httpsProxy = forHttps;
            return this;
        }

        /**
         * Builds the settings.
         *
         * @return an immutable value
         */
        public OriginSettings build() {
            return new OriginSettings(this);
        }

        private static long atLeast(long value, long min, String name) {
            if (value < min) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + min + ")");
            }
            return value;
        }
    }
}
