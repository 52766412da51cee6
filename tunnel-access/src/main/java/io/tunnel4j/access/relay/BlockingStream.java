package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A {@link WebSocketStream} for threads that block: what a socket's streams are made of.
 *
 * <p>Holds at most {@value #MAX_QUEUED_BYTES} bytes in each direction beyond the stream's own marks (and one frame's worth of overshoot inwards). Ends
 * like a TCP connection: a reader gets the end, or a reset if the stream broke; a writer gets an exception once the far side is
 * gone. An interrupt closes it. Thread-safe.
 */
public final class BlockingStream {
    /** Bytes queued in one direction before its source has to wait. */
    static final int MAX_QUEUED_BYTES = 256 << 10;

    private static final int MAX_CHUNK_BYTES = 64 << 10;
    private static final long CLOSE_LINGER_SECONDS = 5;

    private final WebSocketStream stream;
    private final EventLoop loop;

    /** Guards everything below; nothing is called under it but the JDK and buffers. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition readable = lock.newCondition();
    private final Condition writable = lock.newCondition();
    private final ArrayDeque<ByteBuf> inbound = new ArrayDeque<>();
    private final ArrayDeque<ByteBuf> outbound = new ArrayDeque<>();
    private int inboundBytes;
    private int outboundBytes;
    private boolean paused;
    private boolean drainScheduled;
    private boolean outputEnding;
    private boolean outputEnded;
    private boolean inputShutdown;
    private boolean closed;
    private boolean ended;
    private @Nullable TunnelException cause;

    /** Confined to the event loop. */
    private @Nullable ScheduledFuture<?> lingering;

    private BlockingStream(WebSocketStream stream) {
        this.stream = stream;
        this.loop = stream.eventLoop();
    }

    /**
     * Takes over a stream that has not been started.
     *
     * @param stream just opened
     * @return its blocking face, which the caller closes
     */
    public static BlockingStream of(WebSocketStream stream) {
        BlockingStream blocking = new BlockingStream(stream);
        if (blocking.loop.inEventLoop()) {
            stream.start(blocking.new Inbound());
        } else {
            blocking.loop.execute(() -> stream.start(blocking.new Inbound()));
        }
        return blocking;
    }

    /**
     * Reads at least one byte.
     *
     * @param target receives the bytes
     * @param offset where
     * @param length how many at most
     * @param timeoutMillis how long to wait; 0 for ever
     * @return number of bytes; -1 at the end
     * @throws SocketTimeoutException if nothing came in time; the stream stays usable
     * @throws SocketException if the stream is closed or broken
     */
    public int read(byte[] target, int offset, int length, int timeoutMillis) throws IOException {
        if (length == 0) {
            return 0;
        }
        lock.lock();
        try {
            long left = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
            while (inbound.isEmpty() || closed || inputShutdown) {
                if (closed) {
                    throw new SocketException("Socket closed");
                }
                if (inputShutdown) {
                    return -1;
                }
                if (ended) {
                    return endOfInput();
                }
                if (timeoutMillis == 0) {
                    await(readable);
                } else if (left <= 0) {
                    throw new SocketTimeoutException("Read timed out");
                } else {
                    left = awaitNanos(readable, left);
                }
            }
            return take(target, offset, length);
        } finally {
            lock.unlock();
        }
    }

    private int endOfInput() throws SocketException {
        if (cause != null) {
            throw broken("Connection reset", cause);
        }
        return -1;
    }

    private int take(byte[] target, int offset, int length) {
        int taken = 0;
        while (taken < length && !inbound.isEmpty()) {
            ByteBuf first = inbound.element();
            int n = Math.min(length - taken, first.readableBytes());
            first.readBytes(target, offset + taken, n);
            taken += n;
            if (!first.isReadable()) {
                inbound.remove().release();
            }
        }
        inboundBytes -= taken;
        if (paused && inboundBytes <= MAX_QUEUED_BYTES / 2) {
            paused = false;
            post(this::resume);
        }
        return taken;
    }

    /**
     * Writes all bytes; waits while the edge is slower.
     *
     * @param source the bytes, copied
     * @param offset where they start
     * @param length how many
     * @throws SocketException if the output has ended, or the stream is closed or broken
     */
    public void write(byte[] source, int offset, int length) throws IOException {
        int end = offset + length;
        for (int at = offset; at < end; at += MAX_CHUNK_BYTES) {
            writeChunk(source, at, Math.min(MAX_CHUNK_BYTES, end - at));
        }
    }

    private void writeChunk(byte[] source, int offset, int length) throws IOException {
        lock.lock();
        try {
            checkWritable();
            while (outboundBytes > 0 && outboundBytes + length > MAX_QUEUED_BYTES) {
                await(writable);
                checkWritable();
            }
            outbound.add(ByteBufAllocator.DEFAULT.directBuffer(length).writeBytes(source, offset, length));
            outboundBytes += length;
            scheduleDrain();
        } finally {
            lock.unlock();
        }
    }

    private void checkWritable() throws SocketException {
        if (closed) {
            throw new SocketException("Socket closed");
        }
        if (outputEnding) {
            throw new SocketException("Socket output is shutdown");
        }
        if (ended) {
            throw broken("Broken pipe", cause);
        }
    }

    /**
     * Returns what can be read without waiting.
     *
     * @return bytes
     * @throws SocketException if the stream is closed
     */
    public int available() throws SocketException {
        lock.lock();
        try {
            if (closed) {
                throw new SocketException("Socket closed");
            }
            return inputShutdown ? 0 : inboundBytes;
        } finally {
            lock.unlock();
        }
    }

    /** Ends the output after what was written; the far side may still send. */
    public void shutdownOutput() {
        lock.lock();
        try {
            outputEnding = true;
            scheduleDrain();
        } finally {
            lock.unlock();
        }
    }

    /** Drops what arrives from now on; readers get the end. */
    public void shutdownInput() {
        lock.lock();
        try {
            inputShutdown = true;
            dropInbound();
            readable.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Closes: waiting threads get an exception; what was written is still sent. Idempotent. */
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                outputEnding = true;
                dropInbound();
                readable.signalAll();
                writable.signalAll();
                scheduleDrain();
                if (!ended) {
                    post(this::linger);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Closes at once; what was written may be lost. */
    public void abort() {
        close();
        lock.lock();
        try {
            post(stream::abort);
            ended = true;
            dropOutbound();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns why the stream is over.
     *
     * @return null while it is open, and after an orderly end
     */
    public @Nullable TunnelException cause() {
        lock.lock();
        try {
            return cause;
        } finally {
            lock.unlock();
        }
    }

    // --- Called with the lock held ---

    @SuppressWarnings("WaitNotInLoop") // The callers loop.
    private void await(Condition condition) throws SocketException {
        try {
            condition.await();
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    @SuppressWarnings("WaitNotInLoop") // The callers loop.
    private long awaitNanos(Condition condition, long nanos) throws SocketException {
        try {
            return condition.awaitNanos(nanos);
        } catch (InterruptedException e) {
            throw interrupted();
        }
    }

    private SocketException interrupted() {
        close();
        Thread.currentThread().interrupt();
        return new SocketException("Closed by interrupt");
    }

    private static SocketException broken(String what, @Nullable TunnelException cause) {
        SocketException broken = new SocketException(cause == null ? what : what + ": " + cause.getMessage());
        broken.initCause(cause);
        return broken;
    }

    private void dropInbound() {
        inbound.forEach(ByteBuf::release);
        inbound.clear();
        inboundBytes = 0;
        if (paused) {
            paused = false;
            post(this::resume);
        }
    }

    private void dropOutbound() {
        outbound.forEach(ByteBuf::release);
        outbound.clear();
        outboundBytes = 0;
        writable.signalAll();
    }

    private void scheduleDrain() {
        if (!drainScheduled && !ended) {
            drainScheduled = true;
            post(this::drain);
        }
    }

    /** Without its event loop the stream is gone anyway. */
    private void post(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            ended = true;
            dropOutbound();
        }
    }

    // --- On the event loop ---

    /** Between the reader's wish and now, more may have come than fits. */
    private void resume() {
        lock.lock();
        try {
            if (!paused) {
                stream.autoRead(true);
            }
        } finally {
            lock.unlock();
        }
    }

    private void linger() {
        if (!ended) {
            lingering = loop.schedule(stream::abort, CLOSE_LINGER_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void drain() {
        while (true) {
            ByteBuf next = null;
            boolean end = false;
            lock.lock();
            try {
                drainScheduled = false;
                if (stream.isWritable() || ended) {
                    next = outbound.poll();
                }
                if (next != null) {
                    outboundBytes -= next.readableBytes();
                    writable.signalAll();
                } else {
                    end = outputEnding && !outputEnded && outbound.isEmpty();
                    outputEnded |= end;
                }
            } finally {
                lock.unlock();
            }
            if (next != null) {
                stream.write(next);
            } else {
                if (end) {
                    stream.endOutput();
                }
                stream.flush();
                return;
            }
        }
    }

    /** What the stream reports. */
    private final class Inbound implements WebSocketStream.Listener {
        @Override
        public void data(ByteBuf data) {
            lock.lock();
            try {
                if (closed || inputShutdown) {
                    data.release();
                    return;
                }
                inbound.add(data);
                inboundBytes += data.readableBytes();
                readable.signalAll();
                if (!paused && inboundBytes > MAX_QUEUED_BYTES) {
                    paused = true;
                    stream.autoRead(false);
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void readComplete() {}

        @Override
        public void writabilityChanged() {
            // Not at once: this may be the middle of a write of ours.
            lock.lock();
            try {
                scheduleDrain();
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void ended(@Nullable TunnelException why) {
            lock.lock();
            try {
                ended = true;
                cause = why;
                if (lingering != null) {
                    lingering.cancel(false);
                }
                dropOutbound();
                readable.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }
}
