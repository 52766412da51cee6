package io.tunnel4j.origin;

import java.util.concurrent.atomic.AtomicInteger;

/** How many streams of the tcp kind are open, and how many may be. Thread-safe. */
final class FlowCount {
    private final int max;
    private final AtomicInteger active = new AtomicInteger();

    /**
     * Creates the count.
     *
     * @param max the connector's own limit, before which no other counts; 0 for none
     */
    FlowCount(int max) {
        this.max = max;
    }

    /**
     * Takes a place; false when there is none.
     *
     * @param maxInForce the limit of the configuration in force; 0 for none
     */
    boolean begin(int maxInForce) {
        int limit = max == 0 ? maxInForce : max;
        if (active.incrementAndGet() <= limit || limit == 0) {
            return true;
        }
        active.decrementAndGet();
        return false;
    }

    void end() {
        active.decrementAndGet();
    }
}
