package io.tunnel4j.access.login;

import io.tunnel4j.transport.Ticker;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** Time that passes when somebody waits. */
final class FakeTime extends Clock implements Ticker {
    final List<Duration> pauses = new ArrayList<>();
    private Instant now;
    private long nanos;

    FakeTime(Instant now) {
        this.now = now;
    }

    void pass(Duration time) {
        now = now.plus(time);
        nanos += time.toNanos();
    }

    LoginAttempt attempt(Duration limit) {
        return new LoginAttempt(
                this,
                (time, ended) -> {
                    pauses.add(time);
                    pass(time);
                },
                limit);
    }

    @Override
    public long nanos() {
        return nanos;
    }

    @Override
    public Instant instant() {
        return now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
