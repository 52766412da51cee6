package io.tunnel4j.mux;

import java.util.concurrent.atomic.AtomicLong;

/** How far the windows of all connections of one owner may be widened for streams that are not read. Thread-safe. */
public final class WindowReserve {
    private static final long MAX_DEFAULT_BYTES = 256 << 20;

    private final AtomicLong left;

    /**
     * Makes a reserve.
     *
     * @param bytes what may be taken in all
     */
    public WindowReserve(long bytes) {
        left = new AtomicLong(bytes);
    }

    /**
     * Makes a reserve that fits the process: a quarter of the heap, at most 256 MiB.
     *
     * @return a new reserve
     */
    public static WindowReserve ofProcess() {
        return new WindowReserve(
                Math.min(MAX_DEFAULT_BYTES, Runtime.getRuntime().maxMemory() / 4));
    }

    /** Takes all of it or nothing; a negative number gives back. */
    boolean take(long bytes) {
        if (left.addAndGet(-bytes) >= 0 || bytes <= 0) {
            return true;
        }
        left.addAndGet(bytes);
        return false;
    }

    long left() {
        return left.get();
    }
}
