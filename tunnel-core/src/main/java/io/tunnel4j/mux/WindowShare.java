package io.tunnel4j.mux;

/**
 * A stream's part of what a connection has consumed of late: so much of the connection's window it needs itself.
 *
 * <p>Whatever a stream is given beyond its need lies unread when its consumer stalls, and takes that from all others. Old bytes count half as much with each
 * period. Pure arithmetic; one object for the connection and one for each stream. Not thread-safe.
 */
final class WindowShare {
    private long bytes;
    private long period;

    /** Counts consumed bytes in a period, which never decreases. */
    void consumed(int newBytes, long inPeriod) {
        age(inPeriod);
        bytes += newBytes;
    }

    private void age(long toPeriod) {
        bytes >>= Math.min(62, toPeriod - period);
        period = toPeriod;
    }

    /**
     * The window of this stream. Twice its share, or a stream that began later would stay at what it got first.
     *
     * @param all the connection's share
     * @param windowBytes what a stream would need that had the connection for itself
     */
    int of(WindowShare all, int windowBytes) {
        age(all.period);
        double share = all.bytes == 0 ? 1 : (double) bytes / all.bytes;
        return (int) Math.min(windowBytes, 2 * share * windowBytes);
    }
}
