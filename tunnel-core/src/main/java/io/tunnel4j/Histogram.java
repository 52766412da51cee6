package io.tunnel4j;

import java.util.concurrent.atomic.LongAdder;

/** How often a duration fell below each of some bounds. Thread-safe, without locks. */
final class Histogram {
    private final double[] bounds;
    private final double nanosPerUnit;
    private final LongAdder[] counts;
    private final LongAdder sumNanos = new LongAdder();

    /**
     * Creates an empty one.
     *
     * @param nanosPerUnit the unit of the bounds
     * @param bounds upper bounds, inclusive, ascending
     */
    Histogram(double nanosPerUnit, double... bounds) {
        this.nanosPerUnit = nanosPerUnit;
        this.bounds = bounds;
        counts = new LongAdder[bounds.length + 1];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new LongAdder();
        }
    }

    void add(long nanos) {
        double value = nanos / nanosPerUnit;
        int bucket = 0;
        while (bucket < bounds.length && value > bounds[bucket]) {
            bucket++;
        }
        counts[bucket].increment();
        sumNanos.add(nanos);
    }

    int buckets() {
        return bounds.length;
    }

    double bound(int bucket) {
        return bounds[bucket];
    }

    /** How many are at or below the bound of the bucket; all for the one after the last. */
    long cumulative(int bucket) {
        long sum = 0;
        for (int i = 0; i <= bucket; i++) {
            sum += counts[i].sum();
        }
        return sum;
    }

    /** The sum of all, in the unit of the bounds. */
    double sum() {
        return sumNanos.sum() / nanosPerUnit;
    }
}
