package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.util.IllegalReferenceCountException;
import io.netty.util.concurrent.FastThreadLocalThread;
import io.tunnel4j.testing.LeakCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Buffers whose memory comes back: to their own thread only, as much as may be kept, and never with what they held before. */
@ExtendWith(LeakCheck.class)
class LoopBuffersTest {
    private static final int MIB = 1 << 20;

    private final ByteBufAllocator buffers = LoopBuffers.allocator();

    /** Runs something as an event loop would. */
    private static <T> T onLoop(Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        new FastThreadLocalThread(future).start();
        return future.get();
    }

    private long lendAndRelease(int bytes) {
        ByteBuf buffer = buffers.directBuffer(bytes);
        long address = buffer.memoryAddress();
        buffer.release();
        return address;
    }

    @Test
    void buffer_released_isLentAgainToItsThread() throws Exception {
        onLoop(() -> {
            long first = lendAndRelease(1000);

            assertThat(lendAndRelease(2000)).as("of the same size").isEqualTo(first);
            assertThat(lendAndRelease(20_000)).as("of another size").isNotEqualTo(first);
            return null;
        });
    }

    @Test
    void buffer_releasedByAnotherThread_isNotKept() throws Exception {
        onLoop(() -> {
            ByteBuf buffer = buffers.directBuffer(1000);
            Thread other = new FastThreadLocalThread(buffer::release);
            other.start();
            other.join();

            assertThat(buffer.refCnt()).isZero();
            assertThat(LoopBuffers.keptBytes()).isZero();
            return null;
        });
    }

    @Test
    void buffers_manyReleased_onlySomeAreKept() throws Exception {
        onLoop(() -> {
            List<ByteBuf> lent = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                for (int bytes : new int[] {2000, 16_384, 131_072, 262_144, MIB}) {
                    lent.add(buffers.directBuffer(bytes));
                }
            }
            lent.forEach(ByteBuf::release);

            assertThat(LoopBuffers.keptBytes()).isBetween(4 * MIB, LoopBuffers.MOST_KEPT_BYTES);
            return null;
        });
    }

    @Test
    void buffer_lent_showsWhatWasAskedForAndNothingElse() throws Exception {
        onLoop(() -> {
            ByteBuf first = buffers.directBuffer(100, 200);
            first.writeZero(100).readByte();
            first.release();

            ByteBuf buffer = buffers.directBuffer(10, 20);

            assertThat(buffer.capacity()).isEqualTo(10);
            assertThat(buffer.maxCapacity()).isEqualTo(20);
            assertThat(buffer.isReadable()).isFalse();
            assertThatThrownBy(() -> buffer.getByte(10)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> buffer.writeZero(21)).isInstanceOf(IndexOutOfBoundsException.class);
            buffer.release();
            return null;
        });
    }

    @Test
    void buffer_released_isOutOfReach() throws Exception {
        onLoop(() -> {
            ByteBuf buffer = buffers.directBuffer(100);
            buffer.release();

            assertThatThrownBy(() -> buffer.writeByte(1)).isInstanceOf(IllegalReferenceCountException.class);
            assertThatThrownBy(buffer::release).isInstanceOf(IllegalReferenceCountException.class);
            return null;
        });
    }

    @Test
    void buffer_grownBeyondItsSize_keepsItsBytesAndIsNotKept() throws Exception {
        onLoop(() -> {
            ByteBuf buffer = buffers.directBuffer(1000);
            buffer.writeLong(42).writeZero(100_000);

            assertThat(buffer.readLong()).isEqualTo(42);
            assertThat(buffer.readableBytes()).isEqualTo(100_000);
            buffer.release();
            assertThat(LoopBuffers.keptBytes()).isZero();
            return null;
        });
    }

    @Test
    void buffer_largerThanAllSizes_isNettysOwn() throws Exception {
        onLoop(() -> {
            ByteBuf buffer = buffers.directBuffer(2 * MIB);

            assertThat(buffer.alloc()).isNotSameAs(buffers);
            buffer.release();
            return null;
        });
    }

    @Test
    void buffer_outsideEventLoops_isNettysOwn() {
        ByteBuf buffer = buffers.directBuffer(100);

        assertThat(buffer.alloc()).isNotSameAs(buffers);
        buffer.release();
    }

    @Test
    void buffer_releasedAfterItsThreadHasEnded_isFreed() throws Exception {
        ByteBuf buffer = onLoop(() -> buffers.directBuffer(100));

        assertThat(buffer.release()).isTrue();
    }

    @Test
    void buffers_usedAtRandom_holdWhatOrdinaryOnesHold() throws Exception {
        onLoop(() -> {
            Random random = new Random(4);
            List<ByteBuf> tested = new ArrayList<>();
            List<ByteBuf> expected = new ArrayList<>();
            for (int i = 0; i < 20_000; i++) {
                if (tested.isEmpty() || (tested.size() < 20 && random.nextBoolean())) {
                    int bytes = 1 << random.nextInt(18);
                    tested.add(buffers.directBuffer(bytes));
                    expected.add(Unpooled.buffer(bytes));
                    continue;
                }
                int at = random.nextInt(tested.size());
                ByteBuf buffer = tested.get(at);
                ByteBuf model = expected.get(at);
                switch (random.nextInt(5)) {
                    case 0 -> {
                        byte[] bytes = new byte[random.nextInt(5000)];
                        random.nextBytes(bytes);
                        buffer.writeBytes(bytes);
                        model.writeBytes(bytes);
                    }
                    case 1 -> {
                        int n = random.nextInt(buffer.readableBytes() + 1);
                        ByteBuf slice = buffer.readRetainedSlice(n);
                        assertThat(slice).isEqualTo(model.readSlice(n));
                        slice.release();
                    }
                    case 2 -> {
                        int capacity = random.nextInt(200_000);
                        buffer.capacity(capacity);
                        model.capacity(capacity);
                    }
                    case 3 -> {
                        buffer.discardReadBytes();
                        model.discardReadBytes();
                    }
                    default -> {
                        assertThat(buffer).isEqualTo(model);
                        tested.remove(at).release();
                        expected.remove(at).release();
                    }
                }
                assertThat(buffer.refCnt() == 0 || buffer.readableBytes() == model.readableBytes())
                        .isTrue();
            }
            tested.forEach(ByteBuf::release);
            expected.forEach(ByteBuf::release);
            return null;
        });
    }
}
