package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/**
 * What a WebSocket travels over: a TLS connection of its own after an HTTP/1.1 upgrade, or a stream of a shared HTTP/2 connection.
 *
 * <p>Confined to its event loop. Reads nothing until {@link #start}.
 */
interface Carrier {
    /** What arrives. */
    interface Receiver {
        /** Bytes; the receiver releases them. */
        void bytes(ByteBuf bytes);

        /** The current batch of reads is over. */
        void readComplete();

        /** {@link #isWritable()} changed. */
        void writabilityChanged();

        /**
         * The edge sends no more; called once, and nothing after it.
         *
         * @param orderly false when the connection broke or was cut
         * @param cause what broke it, if known
         */
        void ended(boolean orderly, @Nullable Throwable cause);
    }

    /** Returns the event loop. */
    EventLoop eventLoop();

    /** Delivers what arrives from now on, and what arrived already. */
    void start(Receiver receiver);

    /** Queues bytes, which are consumed. */
    void write(ByteBuf bytes);

    /** Sends what is queued. */
    void flush();

    /** Tells whether more may be queued within bounds. */
    boolean isWritable();

    /** Stops or resumes reading. */
    void autoRead(boolean on);

    /** Sends what is queued and ends in an orderly way. */
    void finish();

    /** Ends at once; what is queued is lost. */
    void abort();
}
