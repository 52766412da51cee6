package io.tunnel4j.origin;

import java.util.concurrent.atomic.AtomicInteger;

/** How many streams of the tcp kind are open, and how many may be. Thread-safe. */
final class FlowCount {
    private final int max;
    private final AtomicInteger active = new AtomicInteger();

    /**
     * Creates the count.
     *
     * @param max 0 for no limit
     */
    FlowCount(int max) {
        this.max = max;
    }

    /** Takes a place; false when there is none. */
    boolean begin() {
        if (active.incrementAndGet() <= max || max == 0) {
            return true;
        }
        active.decrementAndGet();
        return false;
    }

    void end() {
        active.decrementAndGet();
    }
}
