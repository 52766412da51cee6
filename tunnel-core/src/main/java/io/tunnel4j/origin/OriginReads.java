package io.tunnel4j.origin;

import io.netty.channel.Channel;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.transport.SocketReads;
import org.jspecify.annotations.Nullable;

/**
 * How much is read from one origin at a time: what suits the origin's speed, but no more than the stream may pass on or queue. Thousands of streams would
 * otherwise hold a buffer each. Confined to the event loop, one per channel.
 */
final class OriginReads extends SocketReads {
    /** Less is not worth a system call: what goes beyond the stream's credit by it is the price. */
    private static final int LEAST_BYTES = 1024;

    private @Nullable MuxStream stream;

    /** Returns that of a channel which {@link OriginDialer} has opened. */
    static OriginReads of(Channel channel) {
        return channel.config().getRecvByteBufAllocator();
    }

    /** Names the stream that what is read is for; null for none. */
    void readFor(@Nullable MuxStream reader) {
        stream = reader;
    }

    @Override
    protected int limit() {
        MuxStream reader = stream;
        return reader == null ? Integer.MAX_VALUE : Math.max(LEAST_BYTES, reader.allowance());
    }
}
