package io.tunnel4j.mux;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Role, windows and limits of a {@link MuxConnection}.
 *
 * <p>Immutable, thread-safe. Start from {@link #builder(Role)}; the defaults suit a tunnel connection of either side.
 */
public final class MuxConfig {
    /** First stream window: what one stream may have in flight towards us before growth (1 MiB, as the reference connector). */
    public static final int DEFAULT_STREAM_WINDOW_BYTES = 1 << 20;

    /** First connection window (1 MiB, as the reference connector). */
    public static final int DEFAULT_CONNECTION_WINDOW_BYTES = 1 << 20;

    /** Bound to which windows grow with bandwidth × round trip (16 MiB). */
    public static final int DEFAULT_MAX_WINDOW_BYTES = 16 << 20;

    /** Largest frame payload accepted (1 MiB, as the reference connector); DATA is handed on as it arrives, not collected. */
    public static final int DEFAULT_MAX_FRAME_BYTES = 1 << 20;

    /** Largest header list accepted, counted as in RFC 9113 §6.5.2; larger ones reset the stream. The reference's value. */
    public static final int DEFAULT_MAX_HEADER_LIST_BYTES = 1_048_896;

    /** Outbound bytes a stream may queue before {@link MuxStream#isWritable()} turns false (256 KiB). */
    public static final int DEFAULT_STREAM_QUEUE_BYTES = 256 << 10;

    final Role role;
    final int streamWindowBytes;
    final int connectionWindowBytes;
    final int maxWindowBytes;
    final @Nullable WindowReserve reserve;
    final int maxFrameBytes;
    final long maxHeaderListBytes;
    final long maxHeaderBlockBytes;
    final long maxConcurrentStreams;
    final int streamQueueBytes;
    final int maxResetsPer30Seconds;
    final boolean extendedConnect;
    final Duration pingInterval;
    final Duration pingTimeout;
    final Duration helloTimeout;

    private MuxConfig(Builder b) {
        role = b.role;
        streamWindowBytes = b.streamWindowBytes;
        connectionWindowBytes = b.connectionWindowBytes;
        maxWindowBytes = Math.max(b.maxWindowBytes, Math.max(b.connectionWindowBytes, b.streamWindowBytes));
        reserve = b.reserve;
        maxFrameBytes = b.maxFrameBytes;
        maxHeaderListBytes = b.maxHeaderListBytes;
        maxHeaderBlockBytes = b.maxHeaderBlockBytes == 0 ? b.maxHeaderListBytes * 5 / 4 : b.maxHeaderBlockBytes;
        maxConcurrentStreams = b.maxConcurrentStreams;
        streamQueueBytes = b.streamQueueBytes;
        maxResetsPer30Seconds = b.maxResetsPer30Seconds;
        extendedConnect = b.extendedConnect;
        pingInterval = b.pingInterval;
        pingTimeout = b.pingTimeout;
        helloTimeout = b.helloTimeout;
    }

    /**
     * Returns a builder with the defaults of a tunnel connection.
     *
     * @param role HTTP/2 role of this side
     * @return a new builder
     */
    public static Builder builder(Role role) {
        return new Builder(requireNonNull(role, "role"));
    }

    /** Builds a {@link MuxConfig}. Not thread-safe. */
    public static final class Builder {
        private final Role role;
        private int streamWindowBytes = DEFAULT_STREAM_WINDOW_BYTES;
        private int connectionWindowBytes = DEFAULT_CONNECTION_WINDOW_BYTES;
        private int maxWindowBytes = DEFAULT_MAX_WINDOW_BYTES;
        private @Nullable WindowReserve reserve;
        private int maxFrameBytes = DEFAULT_MAX_FRAME_BYTES;
        private long maxHeaderListBytes = DEFAULT_MAX_HEADER_LIST_BYTES;
        private long maxHeaderBlockBytes;
        private long maxConcurrentStreams = 0xffff_ffffL;
        private int streamQueueBytes = DEFAULT_STREAM_QUEUE_BYTES;
        private int maxResetsPer30Seconds;
        private boolean extendedConnect;
        private Duration pingInterval = Duration.ofSeconds(15);
        private Duration pingTimeout = Duration.ofSeconds(15);
        private Duration helloTimeout = Duration.ofSeconds(10);

        private Builder(Role role) {
            this.role = role;
        }

        /**
         * Sets the first window of every stream.
         *
         * @param bytes 65535 to 2^31-1
         * @return this
         */
        public Builder streamWindowBytes(int bytes) {
            streamWindowBytes = atLeast(bytes, 65_535, "streamWindowBytes");
            return this;
        }

        /**
         * Sets the first window of the connection.
         *
         * @param bytes 65535 to 2^31-1
         * @return this
         */
        public Builder connectionWindowBytes(int bytes) {
            connectionWindowBytes = atLeast(bytes, 65_535, "connectionWindowBytes");
            return this;
        }

        /**
         * Sets the bound to which windows grow; at or below the first windows they stay fixed.
         *
         * @param bytes 65535 to 2^31-1
         * @return this
         */
        public Builder maxWindowBytes(int bytes) {
            maxWindowBytes = atLeast(bytes, 65_535, "maxWindowBytes");
            return this;
        }

        /**
         * Widens the connection's window while streams are not read, so that the others need not wait for them. Without it (the default) a few such streams hold up all:
         * right where all streams are of one user.
         *
         * @param shared what the connections of one owner may be widened by, all together
         * @return this
         */
        public Builder reserve(WindowReserve shared) {
            reserve = requireNonNull(shared, "shared");
            return this;
        }

        /**
         * Sets the largest frame payload accepted.
         *
         * @param bytes 16384 to 16777215
         * @return this
         */
        public Builder maxFrameBytes(int bytes) {
            if (bytes < 16_384 || bytes > 16_777_215) {
                throw new IllegalArgumentException("maxFrameBytes: " + bytes + " (expected: 16384..16777215)");
            }
            maxFrameBytes = bytes;
            return this;
        }

        /**
         * Sets the largest header list accepted.
         *
         * @param bytes counted as in RFC 9113 §6.5.2, at least 4096
         * @return this
         */
        public Builder maxHeaderListBytes(int bytes) {
            maxHeaderListBytes = atLeast(bytes, 4096, "maxHeaderListBytes");
            return this;
        }

        /**
         * Sets the largest header block that is collected from several frames, so that what is too large as a list resets its stream; a larger one ends the connection.
         * By default a quarter more than the header list.
         *
         * @param bytes as on the wire, at least 4096
         * @return this
         */
        public Builder maxHeaderBlockBytes(int bytes) {
            maxHeaderBlockBytes = atLeast(bytes, 4096, "maxHeaderBlockBytes");
            return this;
        }

        /**
         * Sets how many streams the peer may have open.
         *
         * @param streams 1 to 2^32-1, where the latter means no limit
         * @return this
         */
        public Builder maxConcurrentStreams(long streams) {
            if (streams < 1 || streams > 0xffff_ffffL) {
                throw new IllegalArgumentException("maxConcurrentStreams: " + streams + " (expected: 1..4294967295)");
            }
            maxConcurrentStreams = streams;
            return this;
        }

        /**
         * Sets how many outbound bytes a stream may queue.
         *
         * @param bytes at least 16384
         * @return this
         */
        public Builder streamQueueBytes(int bytes) {
            streamQueueBytes = atLeast(bytes, 16_384, "streamQueueBytes");
            return this;
        }

        /**
         * Sets how many streams the peer may reset in 30 seconds before the connection is closed with ENHANCE_YOUR_CALM.
         *
         * @param resets 0 for no limit (the default: an edge resets one stream per impatient eyeball)
         * @return this
         */
        public Builder maxResetsPer30Seconds(int resets) {
            maxResetsPer30Seconds = atLeast(resets, 0, "maxResetsPer30Seconds");
            return this;
        }

        /**
         * Announces extended CONNECT (RFC 8441) in server role.
         *
         * @return this
         */
        public Builder extendedConnect() {
            extendedConnect = true;
            return this;
        }

        /**
         * Sets the time without a frame after which a PING is sent, and how long its answer may take.
         *
         * @param interval zero for never
         * @param timeout after which the connection counts as dead
         * @return this
         */
        public Builder ping(Duration interval, Duration timeout) {
            pingInterval = requireNonNull(interval, "interval");
            pingTimeout = requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * Sets how long the peer's first words may take: its SETTINGS, and a client's preface before them. Default: 10 s.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder helloTimeout(Duration timeout) {
            helloTimeout = requireNonNull(timeout, "timeout");
            return this;
        }

        /**
         * Builds the configuration.
         *
         * @return an immutable value
         */
        public MuxConfig build() {
            return new MuxConfig(this);
        }

        private static int atLeast(int value, int min, String name) {
            if (value < min) {
                throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + min + ")");
            }
            return value;
        }
    }
}
