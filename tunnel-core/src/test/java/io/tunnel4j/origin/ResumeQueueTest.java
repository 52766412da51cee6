package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ResumeQueueTest {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final EventLoop loop = channel.eventLoop();
    private final ResumeQueue queue = new ResumeQueue(loop);
    private int resumed;

    private final class CountingReader implements ResumeQueue.Reader {
        private boolean waiting;

        @Override
        public void resumeReading() {
            waiting = false;
            resumed++;
        }

        @Override
        public boolean markWaiting() {
            boolean first = !waiting;
            waiting = true;
            return first;
        }
    }

    private void turn() {
        channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
    }

    @Test
    void resume_few_isImmediate() {
        queue.resume(new CountingReader());

        assertThat(resumed).isEqualTo(1);
        channel.finish();
    }

    @Test
    void resume_many_isSpreadOverTurns() {
        for (int i = 0; i < 3 * ResumeQueue.PER_TURN; i++) {
            queue.resume(new CountingReader());
        }

        assertThat(resumed).isEqualTo(ResumeQueue.PER_TURN);
        for (int i = 0; i < 5; i++) {
            turn();
        }
        assertThat(resumed).isEqualTo(3 * ResumeQueue.PER_TURN);
        channel.finish();
    }

    @Test
    void resume_twiceWhileWaiting_countsOnce() {
        for (int i = 0; i < ResumeQueue.PER_TURN; i++) {
            queue.resume(new CountingReader());
        }
        CountingReader late = new CountingReader();

        queue.resume(late);
        queue.resume(late);
        for (int i = 0; i < 3; i++) {
            turn();
        }

        assertThat(resumed).isEqualTo(ResumeQueue.PER_TURN + 1);
        channel.finish();
    }
}
