package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A response body as a blocking stream: bytes go on the wire when a buffer is full, at a flush, and at the end; a writer waits while the stream takes no more.
 *
 * <p>Written by the handler, told of progress by the event loop; thread-safe. Owns its buffer until it is posted.
 */
final class HandlerResponseBody extends OutputStream {
    private static final int BUFFER_BYTES = 16 << 10;

    /** Bytes on their way from the handler's thread to the event loop; beyond that the handler waits. */
    private static final int MAX_POSTED_BYTES = 256 << 10;

    private static final long UNKNOWN = -1;

    private final HandlerExchange exchange;
    /** Guards everything below; held for moments only, but for waiting. */
    private final Object lock = new Object();

    private HandlerExchange.@Nullable Answer head;
    private @Nullable ByteBuf buffer;
    private long remaining = UNKNOWN;
    private boolean started;
    private boolean discards;
    private boolean closed;
    private boolean broken;
    private boolean writable = true;
    private int postedBytes;

    HandlerResponseBody(HandlerExchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Starts the response. A head whose body has a known length waits for the body's first bytes: they leave together.
     *
     * @param answer the head
     * @param length bytes that follow; -1 for unknown
     * @param withoutBody true when nothing follows, whatever is written
     */
    void start(HandlerExchange.Answer answer, long length, boolean withoutBody) {
        synchronized (lock) {
            started = true;
            discards = withoutBody;
            remaining = withoutBody ? UNKNOWN : length;
            if (withoutBody) {
                closed = true;
                exchange.post(
                        answer, hasEmptyDataFrame(answer) ? exchange.allocator().buffer(0, 0) : null, true);
            } else if (length == UNKNOWN) {
                exchange.post(answer, null, false);
            } else {
                head = answer;
            }
        }
    }

    /** As the reference does: END_STREAM stands on the head only when there is a length. */
    private static boolean hasEmptyDataFrame(HandlerExchange.Answer answer) {
        return answer.contentLength() == null;
    }

    boolean isStarted() {
        synchronized (lock) {
            return started;
        }
    }

    @Override
    public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        synchronized (lock) {
            checkOpen();
            if (discards) {
                return;
            }
            if (remaining != UNKNOWN) {
                if (length > remaining) {
                    throw new IOException(length - remaining + " bytes more than the Content-Length announced");
                }
                remaining -= length;
            }
            int position = offset;
            int end = offset + length;
            while (position < end) {
                ByteBuf target = buffer;
                if (target == null) {
                    awaitRoom();
                    target = allocator()
                            .directBuffer(Math.min(BUFFER_BYTES, Math.max(512, end - position)), BUFFER_BYTES);
                    buffer = target;
                }
                int part = Math.min(end - position, target.maxWritableBytes());
                target.writeBytes(source, position, part);
                position += part;
                if (target.maxWritableBytes() == 0) {
                    post(false);
                }
            }
        }
    }

    @Override
    public void flush() throws IOException {
        synchronized (lock) {
            if (!closed) {
                checkOpen();
                post(false);
            }
        }
    }

    @Override
    public void close() throws IOException {
        synchronized (lock) {
            if (closed || broken) {
                return;
            }
            closed = true;
            if (remaining > 0) {
                drop();
                exchange.postFailure("the handler closed " + remaining + " bytes before the length it announced");
                throw new IOException(remaining + " bytes fewer than the Content-Length announced");
            }
            post(true);
        }
    }

    private void post(boolean endOfStream) {
        ByteBuf data = buffer;
        if (data == null && head == null && !endOfStream) {
            return;
        }
        buffer = null;
        if (data != null) {
            postedBytes += data.readableBytes();
        } else if (endOfStream) {
            data = allocator().buffer(0, 0);
        }
        HandlerExchange.Answer answer = head;
        head = null;
        exchange.post(answer, data, endOfStream);
    }

    private void awaitRoom() throws IOException {
        while (!broken && (!writable || postedBytes >= MAX_POSTED_BYTES)) {
            exchange.checkMayBlock();
            try {
                lock.wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while writing the response body");
            }
        }
        checkOpen();
    }

    private void checkOpen() throws IOException {
        if (broken) {
            throw new IOException("the stream is gone: the client or the edge ended it");
        }
        if (closed && !discards) {
            throw new IOException("response body closed");
        }
    }

    private ByteBufAllocator allocator() {
        return exchange.allocator();
    }

    private void drop() {
        if (buffer != null) {
            buffer.release();
            buffer = null;
        }
    }

    // --- The event loop's side ---

    void posted(int bytes, boolean isWritable) {
        synchronized (lock) {
            postedBytes -= bytes;
            writable = isWritable;
            lock.notifyAll();
        }
    }

    void writable(boolean isWritable) {
        synchronized (lock) {
            writable = isWritable;
            lock.notifyAll();
        }
    }

    void broken() {
        synchronized (lock) {
            broken = true;
            drop();
            lock.notifyAll();
        }
    }
}
