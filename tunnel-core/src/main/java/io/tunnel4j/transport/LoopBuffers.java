package io.tunnel4j.transport;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledUnsafeDirectByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.concurrent.FastThreadLocalThread;

/**
 * The buffers of connections that carry streams: one kind, whose memory is lent out again on the event loop that it came back on.
 *
 * <p>Every stage between two sockets allocates, and the JVM compiles the allocator into each of them. Netty's own is most of that code; this one is so little
 * that the first gigabytes cost a third less compiling, and an idle connector a megabyte less memory (the performance document has figures).
 *
 * <p>A thread keeps at most {@link #MOST_KEPT_BYTES} for later. What is larger than the largest size, asked for by a thread that is no event loop's, or on the
 * heap is Netty's own. Thread-safe; a buffer that is released by another thread than its own is freed.
 */
public final class LoopBuffers extends AbstractByteBufAllocator {
    /** The least read, a record, a read on the way to the largest, what is encrypted at once, the largest read; each with what TLS adds. */
    private static final int[] SIZES = {2304, 20 << 10, 136 << 10, 272 << 10, 1088 << 10};

    /** How many of each a thread keeps. */
    private static final int[] KEPT = {32, 16, 4, 6, 2};

    /** Above what all the sizes together can keep. */
    static final int MOST_KEPT_BYTES = 5 << 20;

    private static final ByteBufAllocator ALLOCATOR = isPossible() ? new LoopBuffers() : ByteBufAllocator.DEFAULT;

    private static final FastThreadLocal<Shelf[]> SHELVES = new FastThreadLocal<>() {
        @Override
        protected Shelf[] initialValue() {
            Shelf[] shelves = new Shelf[SIZES.length];
            for (int i = 0; i < shelves.length; i++) {
                shelves[i] = new Shelf(SIZES[i], KEPT[i]);
            }
            return shelves;
        }

        @Override
        protected void onRemoval(Shelf[] shelves) {
            for (Shelf shelf : shelves) {
                shelf.close();
            }
        }
    };

    private LoopBuffers() {
        super(true);
    }

    /**
     * Returns the allocator.
     *
     * @return for {@code ChannelOption.ALLOCATOR}; Netty's own where that is told not to pool, or may not use addresses
     */
    public static ByteBufAllocator allocator() {
        return ALLOCATOR;
    }

    private static boolean isPossible() {
        ByteBuf probe = Unpooled.directBuffer(1);
        try {
            ByteBuf unwatched = probe.unwrap() == null ? probe : probe.unwrap();
            return ByteBufAllocator.DEFAULT.isDirectBufferPooled() && unwatched instanceof UnpooledUnsafeDirectByteBuf;
        } finally {
            probe.release();
        }
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
        return ByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
        if (initialCapacity > SIZES[SIZES.length - 1] || !(Thread.currentThread() instanceof FastThreadLocalThread)) {
            return ByteBufAllocator.DEFAULT.directBuffer(initialCapacity, maxCapacity);
        }
        int size = 0;
        while (SIZES[size] < initialCapacity) {
            size++;
        }
        return toLeakAwareBuffer(SHELVES.get()[size].lend(this, initialCapacity, maxCapacity));
    }

    /** What the calling thread keeps. */
    static int keptBytes() {
        int bytes = 0;
        for (Shelf shelf : SHELVES.get()) {
            bytes += shelf.count * shelf.size;
        }
        return bytes;
    }

    @Override
    public boolean isDirectBufferPooled() {
        return true;
    }

    /** What one thread keeps of one size. Confined to it. */
    private static final class Shelf {
        private final int size;
        private final Thread owner = Thread.currentThread();
        private final LentBuffer[] kept;
        private int count;
        private boolean closed;

        Shelf(int size, int most) {
            this.size = size;
            this.kept = new LentBuffer[most];
        }

        LentBuffer lend(LoopBuffers allocator, int capacity, int maxCapacity) {
            LentBuffer buffer = count > 0 ? kept[--count] : new LentBuffer(allocator, this);
            buffer.lend(capacity, maxCapacity);
            return buffer;
        }

        /** Takes a buffer back; false if there is no place for it. */
        boolean take(LentBuffer buffer) {
            if (Thread.currentThread() != owner || closed || count == kept.length) {
                return false;
            }
            kept[count++] = buffer;
            return true;
        }

        void close() {
            closed = true;
            while (count > 0) {
                kept[--count].free();
            }
        }
    }

    /** A buffer of a shelf's size that shows as much of its memory as was asked for. */
    private static final class LentBuffer extends UnpooledUnsafeDirectByteBuf {
        private final Shelf shelf;
        private int capacity;
        private boolean grown;

        LentBuffer(LoopBuffers allocator, Shelf shelf) {
            super(allocator, shelf.size, Integer.MAX_VALUE);
            this.shelf = shelf;
        }

        void lend(int newCapacity, int maxCapacity) {
            capacity = newCapacity;
            maxCapacity(maxCapacity);
            clear();
            resetRefCnt();
        }

        @Override
        public int capacity() {
            return capacity;
        }

        @Override
        public ByteBuf capacity(int newCapacity) {
            checkNewCapacity(newCapacity);
            if (newCapacity > super.capacity()) {
                super.capacity(newCapacity);
                grown = true;
            } else if (newCapacity < capacity) {
                setIndex(Math.min(readerIndex(), newCapacity), Math.min(writerIndex(), newCapacity));
            }
            capacity = newCapacity;
            return this;
        }

        @Override
        protected void deallocate() {
            if (grown || !shelf.take(this)) {
                free();
            }
        }

        void free() {
            super.deallocate();
        }
    }
}
