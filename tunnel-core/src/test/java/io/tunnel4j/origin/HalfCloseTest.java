package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class HalfCloseTest {
    private static final long GRACE = 5;

    private final EmbeddedChannel origin = new EmbeddedChannel();

    private void pass(long seconds) {
        origin.advanceTimeBy(seconds, TimeUnit.SECONDS);
        origin.runScheduledPendingTasks();
    }

    private void answer() {
        origin.writeInbound(Unpooled.wrappedBuffer(new byte[] {1}));
        ((ByteBuf) origin.readInbound()).release();
    }

    @Test
    void silentOrigin_isClosedAfterTheGrace() {
        HalfClose.start(origin, GRACE);

        pass(GRACE - 1);
        assertThat(origin.isActive()).isTrue();
        pass(1);

        assertThat(origin.isActive()).isFalse();
    }

    @Test
    void originThatKeepsAnswering_isReadOn() {
        HalfClose.start(origin, GRACE);

        for (int i = 0; i < 20; i++) {
            pass(GRACE - 1);
            answer();
        }
        assertThat(origin.isActive()).isTrue();
        pass(GRACE);
        pass(GRACE);

        assertThat(origin.isActive()).isFalse();
    }

    @Test
    void originThatIsNotRead_isNotSilent() {
        HalfClose.start(origin, GRACE);
        origin.config().setAutoRead(false);

        pass(10 * GRACE);
        assertThat(origin.isActive()).isTrue();
        origin.config().setAutoRead(true);
        pass(GRACE);
        pass(GRACE);

        assertThat(origin.isActive()).isFalse();
    }
}
