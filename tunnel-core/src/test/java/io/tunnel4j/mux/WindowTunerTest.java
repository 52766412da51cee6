package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class WindowTunerTest {
    private static final int FIRST = 1 << 20;
    private static final int LARGEST = 16 << 20;
    private static final long RTT = TimeUnit.MILLISECONDS.toNanos(100);

    private final WindowTuner tuner = new WindowTuner(FIRST, LARGEST, 0);
    private long now = RTT;

    /** One round trip in which so much arrives. */
    private boolean sample(int bytes, long roundTrip) {
        assertThat(tuner.consumed(tuner.windowBytes(), now)).isTrue();
        tuner.sampleStarted(now);
        tuner.consumed(bytes, now + roundTrip / 2);
        now += roundTrip;
        boolean grew = tuner.sampleEnded(now);
        now += RTT;
        return grew;
    }

    @Test
    void windowThatLimits_growsUpToTheBound() {
        for (int expected = 4 * FIRST; expected <= LARGEST; expected *= 4) {
            assertThat(sample(tuner.windowBytes(), RTT)).isTrue();
            assertThat(tuner.windowBytes()).isEqualTo(expected);
        }

        assertThat(tuner.consumed(LARGEST, now))
                .as("no more PINGs at the bound")
                .isFalse();
    }

    @Test
    void linkThatLimits_windowStays() {
        int product = 1_500_000;
        sample(product, RTT);
        int grown = tuner.windowBytes();

        assertThat(grown).isEqualTo(4 * FIRST);
        assertThat(sample(product, RTT)).isFalse();
        // The surplus queues on the way: twice as much in twice the time.
        assertThat(sample(2 * product, 2 * RTT)).isFalse();
        assertThat(tuner.windowBytes()).isEqualTo(grown);
    }

    @Test
    void slowSample_doesNotKeepLaterOnesFromGrowing() {
        sample(FIRST / 2, 10 * RTT);
        assertThat(tuner.windowBytes()).isEqualTo(FIRST);

        assertThat(sample(FIRST, RTT)).isTrue();
    }

    @Test
    void quietTime_windowFallsBack() {
        sample(FIRST, RTT);

        assertThat(tuner.idleCheck(now + TimeUnit.SECONDS.toNanos(29))).isFalse();
        assertThat(tuner.idleCheck(now + TimeUnit.SECONDS.toNanos(31))).isTrue();
        assertThat(tuner.windowBytes()).isEqualTo(FIRST);
    }
}
