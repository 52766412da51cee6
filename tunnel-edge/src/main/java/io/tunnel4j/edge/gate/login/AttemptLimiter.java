package io.tunnel4j.edge.gate.login;

import io.tunnel4j.edge.gate.session.ExpiringTable;
import java.time.Duration;
import java.time.InstantSource;

/** Counts attempts by user and by address, and says when it is too many. Thread-safe, bounded. */
public final class AttemptLimiter {
    private static final int MAX_COUNTED = 100_000;

    private final int most;
    private final Duration window;
    private final ExpiringTable<String, Integer> counts;

    /**
     * Creates a limiter.
     *
     * @param most attempts within the window
     * @param window after so long without an attempt all is forgotten
     * @param clock the time
     */
    public AttemptLimiter(int most, Duration window, InstantSource clock) {
        this.most = most;
        this.window = window;
        this.counts = new ExpiringTable<>(MAX_COUNTED, clock);
    }

    /**
     * Counts an attempt.
     *
     * @param key who or from where
     * @return false if it is one too many
     */
    public synchronized boolean tryAcquire(String key) {
        Integer count = counts.get(key);
        int next = count == null ? 1 : count + 1;
        counts.put(key, Math.min(next, most + 1), window);
        return next <= most;
    }

    /**
     * Forgets the attempts, after a success.
     *
     * @param key whose
     */
    public void reset(String key) {
        counts.take(key);
    }
}
