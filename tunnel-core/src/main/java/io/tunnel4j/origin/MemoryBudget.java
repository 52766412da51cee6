package io.tunnel4j.origin;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What all streams of a connector may hold together, besides what windows and queue limits bound already: the exchanges themselves, and bodies collected to learn their
 * length. Over it, new requests are answered with 503. Thread-safe.
 */
public final class MemoryBudget {
    /** What an open exchange is reckoned to cost: its objects and those of the connection to its origin. */
    public static final int EXCHANGE_BYTES = 2048;

    private final long max;
    private final AtomicLong used = new AtomicLong();

    MemoryBudget(long maxBytes) {
        max = maxBytes;
    }

    /**
     * Takes bytes.
     *
     * @param bytes how many
     * @return false if there are not that many left; then none are taken
     */
    public boolean reserve(long bytes) {
        if (used.addAndGet(bytes) <= max) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    /**
     * Gives bytes back.
     *
     * @param bytes as many as were taken
     */
    public void release(long bytes) {
        used.addAndGet(-bytes);
    }

    /**
     * Returns what is taken.
     *
     * @return bytes
     */
    public long used() {
        return used.get();
    }
}
