package io.tunnel4j.supervisor;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long a connection index waits before its next attempt: at once with a small jitter after the first failure, then a random
 * time below 2, 4, 8, 16, 32 s. Not thread-safe.
 */
final class Backoff {
    /** Keeps connectors that lost the same edge from coming back in the same instant. */
    static final Duration FIRST = Duration.ofMillis(250);

    /** After a refusal: the edge is there and has said no, so that nothing is gained by haste. */
    static final Duration REFUSED = Duration.ofSeconds(1);

    static final int MAX_EXPONENT = 5;

    /** The longest wait an edge may ask for. */
    static final Duration MAX_RETRY_AFTER = Duration.ofMinutes(5);

    private final RandomGenerator random;
    private int failures;

    Backoff(RandomGenerator random) {
        this.random = random;
    }

    /** Returns how many attempts failed since the last success, at most 5; told to the edge. */
    int failures() {
        return Math.min(failures, MAX_EXPONENT);
    }

    /** Counts a failure and says how long to wait. */
    Duration next(boolean refused, Duration retryAfter) {
        Duration limit = failures == 0 ? FIRST : Duration.ofSeconds(1L << Math.min(failures, MAX_EXPONENT));
        failures++;
        Duration wait = Duration.ofNanos(random.nextLong(limit.toNanos()));
        if (refused) {
            wait = wait.plus(REFUSED);
        }
        Duration asked = retryAfter.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : retryAfter;
        return wait.compareTo(asked) < 0 ? asked : wait;
    }

    void reset() {
        failures = 0;
    }
}
