package io.tunnel4j.access.relay;

import java.time.Duration;

/**
 * The times of a stream.
 *
 * @param pingIntervalNanos idle time after which a ping is sent
 * @param graceNanos how long nothing may come after the local side has ended
 */
record StreamTimes(long pingIntervalNanos, long graceNanos) {
    static StreamTimes of(Duration pingInterval, Duration grace) {
        return new StreamTimes(pingInterval.toNanos(), grace.toNanos());
    }
}
