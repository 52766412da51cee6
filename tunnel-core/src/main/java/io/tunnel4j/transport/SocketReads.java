package io.tunnel4j.transport;

import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * How much is read from a socket at a time: what suits its speed, from 2 KiB to 1 MiB.
 *
 * <p>The largest read is that large because what runs once for each read, from the selector to the flush, then runs so rarely that it costs next to
 * nothing, and that the JVM leaves most of it to its first compiler for the first gigabytes (the performance document has figures).
 *
 * <p>A turn of the event loop reads no more than the largest read, and what fills it up, from one socket. Handles are confined to their channel's event loop.
 */
public abstract class SocketReads extends DefaultMaxMessagesRecvByteBufAllocator {
    private static final int LEAST_BYTES = 2048;
    private static final int MOST_BYTES = 1 << 20;
    private static final int MOST_READS = 16;

    /** For channels whose reads have another bound, too. */
    protected SocketReads() {
        super(MOST_READS);
    }

    /**
     * Returns reads that only the socket's speed bounds.
     *
     * @return may serve any number of channels
     */
    public static SocketReads unlimited() {
        return new Unlimited();
    }

    @Override
    public final ExtendedHandle newHandle() {
        return new Adapting();
    }

    /**
     * Tells how much may be read at a time where more than the least would be.
     *
     * @return bytes, more than 0
     */
    protected abstract int limit();

    private static final class Unlimited extends SocketReads {
        @Override
        protected int limit() {
            return MOST_BYTES;
        }
    }

    /** Grows as soon as a read fills its buffer, shrinks when two turns in a row have needed far less. */
    private final class Adapting extends MaxMessageHandle {
        private static final int GROWTH = 8;

        private int bytes = LEAST_BYTES;
        private boolean neededLess;

        @Override
        public int guess() {
            return bytes == LEAST_BYTES ? bytes : Math.min(bytes, limit());
        }

        @Override
        public void lastBytesRead(int read) {
            super.lastBytesRead(read);
            if (read >= bytes) {
                bytes = Math.min(MOST_BYTES, GROWTH * bytes);
            }
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
            return totalBytesRead() < MOST_BYTES && super.continueReading(maybeMoreData);
        }

        @Override
        public void readComplete() {
            boolean less = totalBytesRead() < bytes / GROWTH;
            if (less && neededLess) {
                bytes = Math.max(LEAST_BYTES, bytes / 2);
            }
            neededLess = less;
        }
    }
}
