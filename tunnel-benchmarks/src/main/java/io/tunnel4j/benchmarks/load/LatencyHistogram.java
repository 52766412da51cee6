package io.tunnel4j.benchmarks.load;

/** Counts durations in buckets that are about 1.5 % wide. Not thread-safe. */
public final class LatencyHistogram {
    private static final int SUB_BITS = 6;
    private static final int SUB_BUCKETS = 1 << SUB_BITS;

    private final long[] counts = new long[SUB_BUCKETS * (64 - SUB_BITS)];
    private long total;

    /**
     * Counts one duration.
     *
     * @param nanos 0 or more
     */
    public void record(long nanos) {
        counts[index(Math.max(0, nanos))]++;
        total++;
    }

    /**
     * Counts what another histogram has counted.
     *
     * @param other is left as it is
     */
    public void add(LatencyHistogram other) {
        for (int i = 0; i < counts.length; i++) {
            counts[i] += other.counts[i];
        }
        total += other.total;
    }

    /**
     * Returns how many durations were counted.
     *
     * @return the count
     */
    public long total() {
        return total;
    }

    /**
     * Returns a quantile.
     *
     * @param quantile 0 to 1
     * @return upper end of the bucket in nanoseconds; 0 when nothing was counted
     */
    public long quantile(double quantile) {
        long wanted = Math.max(1, (long) Math.ceil(quantile * total));
        long seen = 0;
        for (int i = 0; i < counts.length; i++) {
            seen += counts[i];
            if (seen >= wanted) {
                return upperEnd(i);
            }
        }
        return 0;
    }

    private static int index(long nanos) {
        if (nanos < SUB_BUCKETS) {
            return (int) nanos;
        }
        int shift = 63 - Long.numberOfLeadingZeros(nanos) - SUB_BITS;
        return (shift + 1) * SUB_BUCKETS + (int) ((nanos >>> shift) - SUB_BUCKETS);
    }

    private static long upperEnd(int index) {
        if (index < SUB_BUCKETS) {
            return index;
        }
        int shift = index / SUB_BUCKETS - 1;
        return ((long) (index % SUB_BUCKETS) + SUB_BUCKETS + 1 << shift) - 1;
    }
}
