package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who consumes gets window, who consumes little gets little. */
class WindowShareTest {
    private static final int WINDOW = 16 << 20;

    private final WindowShare all = new WindowShare();

    private WindowShare consumed(WindowShare share, int bytes, long period) {
        all.consumed(bytes, period);
        share.consumed(bytes, period);
        return share;
    }

    @Test
    void stream_alone_getsTheWindow() {
        assertThat(consumed(new WindowShare(), 100, 7).of(all, WINDOW)).isEqualTo(WINDOW);
    }

    @Test
    void streams_many_getTwiceTheirShare() {
        WindowShare[] streams = new WindowShare[64];
        for (int i = 0; i < streams.length; i++) {
            streams[i] = consumed(new WindowShare(), 1 << 16, 1);
        }

        for (WindowShare stream : streams) {
            assertThat(stream.of(all, WINDOW)).isEqualTo(WINDOW / 32);
        }
    }

    @Test
    void stream_besideOneThatWasThereBefore_comesToHalf() {
        WindowShare old = new WindowShare();
        WindowShare young = new WindowShare();
        for (int period = 0; period < 20; period++) {
            consumed(old, 1 << 20, period);
        }
        long link = 1 << 20;
        int oldWindow = WINDOW;
        int youngWindow = WINDOW / 16;
        for (int period = 20; period < 60; period++) {
            long both = (long) oldWindow + youngWindow;
            consumed(old, (int) (link * oldWindow / both), period);
            consumed(young, (int) (link * youngWindow / both), period);
            oldWindow = old.of(all, WINDOW);
            youngWindow = Math.max(WINDOW / 16, young.of(all, WINDOW));
        }

        assertThat(youngWindow).isGreaterThan(WINDOW * 9 / 10);
    }

    @Test
    void stream_quietWhileOthersGoOn_losesItsShare() {
        WindowShare quiet = consumed(new WindowShare(), 1 << 20, 0);
        WindowShare busy = new WindowShare();
        for (int period = 1; period < 10; period++) {
            consumed(busy, 1 << 20, period);
        }

        assertThat(quiet.of(all, WINDOW)).isLessThan(WINDOW / 64);
        assertThat(busy.of(all, WINDOW)).isEqualTo(WINDOW);
    }

    @Test
    void connection_quietForLong_nothingIsKept() {
        WindowShare stream = consumed(new WindowShare(), Integer.MAX_VALUE, 0);

        assertThat(consumed(stream, 1, 1_000_000_000L).of(all, WINDOW)).isEqualTo(WINDOW);
    }
}
