package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SelectStrategy;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When an event loop looks for work, and when it sleeps. */
class BusyPollTest {
    private static final long LONG = TimeUnit.MINUTES.toNanos(1);

    private final SingleThreadEventExecutor loop = new DefaultEventExecutor();
    private int looks;

    @AfterEach
    void end() {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
    }

    private int ready(int atLook, int channels) {
        return ++looks < atLook ? 0 : channels;
    }

    @Test
    void tasksWaiting_looksOnceAndDoesNotSleep() throws Exception {
        assertThat(new BusyPoll(loop, LONG).calculateStrategy(() -> ready(100, 1), true))
                .isZero();
        assertThat(looks).isOne();
    }

    @Test
    void workComesWhileItLooks_isTakenWithoutSleep() throws Exception {
        assertThat(new BusyPoll(loop, LONG).calculateStrategy(() -> ready(20, 1), false))
                .isOne();
        assertThat(looks).isEqualTo(20);
    }

    @Test
    void lookedInVain_sleepsAtOnceForTwiceAsManyTurnsEachTime_untilWorkComesWhileItLooks() throws Exception {
        BusyPoll poll = new BusyPoll(loop, 1);
        List<Integer> rests = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            assertThat(poll.calculateStrategy(() -> ready(Integer.MAX_VALUE, 0), false))
                    .isEqualTo(SelectStrategy.SELECT);
            rests.add(rest(poll));
        }
        assertThat(rests).containsExactly(8, 16, 32, 64, 128, 256, 512, 1024, 1024);

        assertThat(poll.calculateStrategy(() -> 1, false)).isOne();
        assertThat(poll.calculateStrategy(() -> 0, false)).isEqualTo(SelectStrategy.SELECT);
        assertThat(rest(poll)).isEqualTo(8);
    }

    @Test
    void manyChannelsAreReadyAtOnce_theNextTurnsSleepAtOnce() throws Exception {
        BusyPoll poll = new BusyPoll(loop, LONG);

        assertThat(poll.calculateStrategy(() -> 2, false)).isEqualTo(2);
        assertThat(poll.isResting()).isFalse();
        assertThat(poll.calculateStrategy(() -> 3, false)).isEqualTo(3);
        assertThat(rest(poll)).isEqualTo(8);
    }

    /** Turns that sleep without a look; ends before the one that looks. */
    private int rest(BusyPoll poll) throws Exception {
        int turns = 0;
        while (poll.isResting()) {
            assertThat(poll.calculateStrategy(
                            () -> {
                                throw new AssertionError("looked");
                            },
                            false))
                    .isEqualTo(SelectStrategy.SELECT);
            turns++;
        }
        return turns;
    }

    @Test
    void anotherThreadsTask_doesNotWaitForTheEndOfTheLook() throws Exception {
        MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, BusyPoll.loops(LONG));
        try {
            group.submit(() -> {}).get(10, TimeUnit.SECONDS);
            for (int i = 0; i < 50; i++) {
                assertThat(group.submit(() -> "done").get(10, TimeUnit.SECONDS)).isEqualTo("done");
            }
        } finally {
            assertThat(group.shutdownGracefully(0, 0, TimeUnit.SECONDS).await(10, TimeUnit.SECONDS))
                    .isTrue();
        }
    }
}
