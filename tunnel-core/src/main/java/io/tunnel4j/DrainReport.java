package io.tunnel4j;

import java.time.Duration;

/** What became of the work that was running while a connector drained. Immutable. */
public final class DrainReport {
    private final long finished;
    private final long cut;
    private final Duration elapsed;

    DrainReport(long finished, long cut, Duration elapsed) {
        this.finished = finished;
        this.cut = cut;
        this.elapsed = elapsed;
    }

    /**
     * Returns how many requests and streams ended while draining, by themselves.
     *
     * @return 0 or more; includes those that arrived while draining
     */
    public long finished() {
        return finished;
    }

    /**
     * Returns how many requests and streams were reset at the deadline.
     *
     * @return 0 when the time sufficed
     */
    public long cut() {
        return cut;
    }

    /**
     * Returns how long it took.
     *
     * @return from the call to the end of the last connection
     */
    public Duration elapsed() {
        return elapsed;
    }

    @Override
    public String toString() {
        return "DrainReport[finished=" + finished + ", cut=" + cut + ", elapsed=" + elapsed + "]";
    }
}
