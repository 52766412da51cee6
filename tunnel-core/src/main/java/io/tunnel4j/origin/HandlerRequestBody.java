package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request body as a blocking stream. What waits here is bounded by the stream's window: credit goes back when the handler has read.
 *
 * <p>Filled on the event loop, read by the handler; thread-safe. Owns the buffers until they are read.
 */
final class HandlerRequestBody extends InputStream {
    private final HandlerExchange exchange;
    /** Guards everything below; held for moments only. */
    private final Object lock = new Object();

    private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
    private boolean ended;
    private boolean broken;
    private boolean asked;

    HandlerRequestBody(HandlerExchange exchange, boolean empty) {
        this.exchange = exchange;
        this.ended = empty;
    }

    /** Takes the buffer over. */
    void arrived(ByteBuf data, boolean endOfStream) {
        synchronized (lock) {
            ended |= endOfStream;
            if (data.isReadable() && !broken) {
                waiting.add(data);
            } else {
                data.release();
            }
            lock.notifyAll();
        }
    }

    void ended() {
        synchronized (lock) {
            ended = true;
            lock.notifyAll();
        }
    }

    /** The stream is over in both directions: what the handler has not read by now it will not get. */
    void streamClosed() {
        synchronized (lock) {
            broken = !ended || !waiting.isEmpty();
            waiting.forEach(ByteBuf::release);
            waiting.clear();
            lock.notifyAll();
        }
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, target.length);
        if (length == 0) {
            return 0;
        }
        int read;
        synchronized (lock) {
            ByteBuf data = next();
            if (data == null) {
                return -1;
            }
            read = Math.min(length, data.readableBytes());
            data.readBytes(target, offset, read);
            if (!data.isReadable()) {
                waiting.remove().release();
            }
        }
        exchange.postConsumed(read);
        return read;
    }

    /** Waits for data; null at the end. The lock is held by the caller. */
    private @Nullable ByteBuf next() throws IOException {
        while (true) {
            if (broken) {
                throw new IOException("request ended early: the stream was reset");
            }
            ByteBuf data = waiting.peek();
            if (data != null || ended) {
                return data;
            }
            exchange.checkMayBlock();
            if (!asked) {
                asked = true;
                exchange.postContinue();
            }
            try {
                lock.wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while reading the request body");
            }
        }
    }

    @Override
    public int available() {
        synchronized (lock) {
            ByteBuf data = waiting.peek();
            return data == null ? 0 : data.readableBytes();
        }
    }

    /** Drops what waits; the peer may go on sending, which is then credited and dropped too. */
    @Override
    public void close() {
        int dropped = 0;
        synchronized (lock) {
            for (ByteBuf data : waiting) {
                dropped += data.readableBytes();
                data.release();
            }
            waiting.clear();
        }
        if (dropped > 0) {
            exchange.postConsumed(dropped);
        }
    }
}
