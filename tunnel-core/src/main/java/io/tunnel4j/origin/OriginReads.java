package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.util.UncheckedBooleanSupplier;
import io.tunnel4j.mux.MuxStream;
import org.jspecify.annotations.Nullable;

/**
 * How much is read from one origin at a time: what suits the origin's speed, but while the edge's connection is full no more than the stream may pass on
 * at once. Thousands of streams would otherwise hold a buffer each. Confined to the event loop, one per channel.
 */
final class OriginReads extends AdaptiveRecvByteBufAllocator {
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
    public ExtendedHandle newHandle() {
        return new Limited((ExtendedHandle) super.newHandle());
    }

    private final class Limited implements ExtendedHandle {
        private final ExtendedHandle suited;

        Limited(ExtendedHandle suited) {
            this.suited = suited;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            return allocator.ioBuffer(guess());
        }

        @Override
        public int guess() {
            MuxStream reader = stream;
            int suits = suited.guess();
            return reader == null ? suits : Math.min(suits, Math.max(LEAST_BYTES, reader.allowance()));
        }

        @Override
        public void reset(ChannelConfig config) {
            suited.reset(config);
        }

        @Override
        public void incMessagesRead(int messages) {
            suited.incMessagesRead(messages);
        }

        @Override
        public void lastBytesRead(int bytes) {
            suited.lastBytesRead(bytes);
        }

        @Override
        public int lastBytesRead() {
            return suited.lastBytesRead();
        }

        @Override
        public void attemptedBytesRead(int bytes) {
            suited.attemptedBytesRead(bytes);
        }

        @Override
        public int attemptedBytesRead() {
            return suited.attemptedBytesRead();
        }

        @Override
        public boolean continueReading() {
            return suited.continueReading();
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return suited.continueReading(maybeMoreData);
        }

        @Override
        public void readComplete() {
            suited.readComplete();
        }
    }
}
