package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator.ExtendedHandle;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

/** How read sizes follow a socket's speed, and where a turn of the event loop ends. */
class SocketReadsTest {
    private static final int MIB = 1 << 20;

    private final EmbeddedChannel channel = new EmbeddedChannel();

    /** One turn of the event loop: reads until the handle has enough or nothing is left; returns the bytes read. */
    private int turn(ExtendedHandle handle, int available) {
        handle.reset(channel.config());
        int left = available;
        do {
            ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
            int room = buffer.writableBytes();
            int read = Math.min(room, left);
            buffer.release();
            handle.attemptedBytesRead(room);
            handle.lastBytesRead(read);
            handle.incMessagesRead(1);
            left -= read;
        } while (handle.continueReading());
        handle.readComplete();
        return available - left;
    }

    @Test
    void read_fromASlowSocket_takesTwoKiB() {
        ExtendedHandle handle = SocketReads.unlimited().newHandle();

        for (int i = 0; i < 10; i++) {
            turn(handle, 300);
        }

        assertThat(handle.guess()).isEqualTo(2048);
    }

    @Test
    void read_fromAFastSocket_growsToAMiBAndNoFurther() {
        ExtendedHandle handle = SocketReads.unlimited().newHandle();

        turn(handle, 64 * MIB);
        turn(handle, 64 * MIB);

        assertThat(handle.guess()).isEqualTo(MIB);
    }

    @Test
    void turn_ofAFastSocket_endsAfterAMiBAndWhatFillsTheLastRead() {
        ExtendedHandle handle = SocketReads.unlimited().newHandle();

        for (int i = 0; i < 5; i++) {
            assertThat(turn(handle, 64 * MIB)).isLessThan(2 * MIB);
        }

        assertThat(turn(handle, 64 * MIB)).isEqualTo(MIB);
    }

    @Test
    void read_ofASocketThatHasBecomeSlow_shrinksAgain() {
        ExtendedHandle handle = SocketReads.unlimited().newHandle();
        turn(handle, 64 * MIB);
        turn(handle, 64 * MIB);

        turn(handle, 100);
        assertThat(handle.guess()).as("one quiet turn changes nothing").isEqualTo(MIB);
        for (int i = 0; i < 20; i++) {
            turn(handle, 100);
        }

        assertThat(handle.guess()).isEqualTo(2048);
    }

    @Test
    void read_limited_staysWithinTheLimitButForTheLeast() {
        ExtendedHandle handle = new SocketReads() {
            @Override
            protected int limit() {
                return 5000;
            }
        }.newHandle();
        assertThat(handle.guess()).isEqualTo(2048);

        turn(handle, 64 * MIB);

        assertThat(handle.guess()).isEqualTo(5000);
    }
}
