package io.tunnel4j.origin;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many idle connections an origin has on all event loops together, and how many it may have.
 *
 * <p>Thread-safe without a lock: each loop keeps its own connections and only counts here. Whoever lifts the count above the bound has an idle connection to
 * close, so that the loops need not know each other.
 */
final class IdleCount {
    private final int max;
    private final AtomicInteger idle = new AtomicInteger();

    IdleCount(int max) {
        this.max = max;
    }

    /** False if none may be kept at all. */
    boolean keepsAny() {
        return max > 0;
    }

    /** Counts a connection that has become idle; true if there are more than there may be now. */
    boolean add() {
        return idle.incrementAndGet() > max;
    }

    /** A connection is no longer idle. */
    void remove() {
        idle.decrementAndGet();
    }

    boolean isAbove() {
        return idle.get() > max;
    }

    /** Takes one from the count if it is above the bound: two loops never close a connection for the same surplus. */
    boolean removeSurplus() {
        int now = idle.get();
        while (now > max) {
            if (idle.compareAndSet(now, now - 1)) {
                return true;
            }
            now = idle.get();
        }
        return false;
    }
}
