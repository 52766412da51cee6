package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * {@link MuxStream} over one of Netty's streams.
 *
 * <pre>
 *            local end written            peer's end read
 *   OPEN ───────────────► LOCAL_ENDED ───────────────► CLOSED
 *     └──────► REMOTE_ENDED ──────────────────────────────┘     reset: any ─► CLOSED
 * </pre>
 *
 * The two ends are two flags here because each is asked on its own; the codec closes the stream when it has seen both.
 * Confined to the connection's event loop.
 */
final class Http2MuxStream implements MuxStream {
    private static final long NO_RESET = -1;

    /** A consumer that has read nothing for so long may be given up, when it holds up others. */
    static final long STALLED_SECONDS = 30;

    private final Http2Mux mux;
    private final Http2Stream stream;
    private final WindowShare share = new WindowShare();
    private StreamListener listener = NoListener.INSTANCE;

    private boolean localOpen = true;
    private boolean remoteOpen = true;
    private boolean closed;
    private boolean readMarked;
    private boolean writable;
    private boolean toldWritable;
    private boolean waitsForSocket;
    private boolean endSaid;
    private boolean endUnderWay;
    private boolean finalHeadReceived;
    private boolean watched;
    private boolean unreadWhenAsked;
    private long watchedSinceNanos;
    private int queuedBytes;
    private int queuedWrites;
    private long resetWhenWritten = NO_RESET;

    Http2MuxStream(Http2Mux mux, Http2Stream stream) {
        this.mux = mux;
        this.stream = stream;
        // In server role the head that opened the stream is the final one: what follows are trailers.
        this.finalHeadReceived = mux.config().role == Role.SERVER;
        this.writable = !mux.isQueueFull() || mux.takesNow(stream);
        this.toldWritable = writable;
    }

    /** Names who hears of the stream, also of its end when that has come already: an answer may be complete before its stream is accepted. */
    void listener(StreamListener newListener) {
        listener = newListener;
        if (closed) {
            reportClosed();
        }
    }

    // --- Inbound ---

    /** True while the next header list is a head and not trailers. */
    boolean awaitsHead() {
        return !finalHeadReceived;
    }

    void headersReceived(Http2Headers headers, boolean endOfStream) {
        if (finalHeadReceived) {
            remoteEnded();
            listener.trailers(this, headers);
            return;
        }
        CharSequence status = headers.status();
        finalHeadReceived = status == null || HttpStatusClass.valueOf(status) != HttpStatusClass.INFORMATIONAL;
        if (endOfStream) {
            remoteEnded();
        }
        listener.head(this, headers, endOfStream);
    }

    void dataReceived(ByteBuf data, boolean endOfStream) {
        if (closed) {
            data.release();
            return;
        }
        if (endOfStream) {
            remoteEnded();
        }
        listener.data(this, data, endOfStream);
    }

    void remoteEnded() {
        remoteOpen = false;
    }

    void resetBy(long errorCode, Initiator initiator, String message) {
        if (closed) {
            return;
        }
        localOpen = false;
        remoteOpen = false;
        closed = true;
        try {
            listener.reset(this, new StreamException(errorCode, initiator, message));
        } catch (RuntimeException e) {
            mux.listenerFailed(this, e);
        }
        reportClosed();
    }

    void codecClosed() {
        if (!closed) {
            localOpen = false;
            remoteOpen = false;
            closed = true;
            reportClosed();
        }
    }

    /** A stream that has ended cannot be reset for what its listener throws, and the connection's other streams have no part in it. */
    private void reportClosed() {
        try {
            listener.closed(this);
        } catch (RuntimeException e) {
            mux.listenerFailed(this, e);
        }
    }

    /**
     * Asked again and again while the connection's window is used up: true if nothing has been consumed for {@link #STALLED_SECONDS}, and something lay already when
     * it was asked before. Who had nothing to read, because there was no room for it, gets that much time only.
     */
    boolean hasStalled(long now) {
        boolean lay = watched && unreadWhenAsked;
        unreadWhenAsked = !closed && mux.unreadBytes(stream) > 0;
        if (!watched) {
            watched = true;
            watchedSinceNanos = now;
        }
        return lay && unreadWhenAsked && now - watchedSinceNanos >= TimeUnit.SECONDS.toNanos(STALLED_SECONDS);
    }

    void giveUp() {
        ChannelHandlerContext ctx = mux.handler().context();
        if (ctx != null) {
            long code = Http2Error.CANCEL.code();
            resetBy(code, Initiator.LOCAL, "nothing read for " + STALLED_SECONDS + " s while others wait");
            mux.handler().resetLocally(ctx, stream.id(), code);
            mux.scheduleFlush();
        }
    }

    boolean markRead() {
        boolean first = !readMarked;
        readMarked = true;
        return first;
    }

    void readComplete() {
        readMarked = false;
        if (!closed) {
            try {
                listener.readComplete(this);
            } catch (RuntimeException e) {
                resetFailed(e);
            }
        }
    }

    private void resetFailed(RuntimeException thrown) {
        mux.listenerFailed(this, thrown);
        reset(Http2Error.INTERNAL_ERROR.code());
    }

    // --- Outbound ---

    @Override
    public void writeHead(Http2Headers head, boolean endOfStream) {
        ChannelHandlerContext ctx = writeContext();
        if (ctx == null) {
            return;
        }
        localOpen = !endOfStream;
        endSaid = endOfStream;
        mux.handler().encoder().writeHeaders(ctx, stream.id(), head, 0, endOfStream, ctx.newPromise());
    }

    @Override
    public void writeTrailers(Http2Headers trailers) {
        writeHead(trailers, true);
    }

    @Override
    public void writeData(ByteBuf data, boolean endOfStream) {
        ChannelHandlerContext ctx = writeContext();
        if (ctx == null) {
            data.release();
            return;
        }
        int bytes = data.readableBytes();
        if (bytes == 0 && !endOfStream) {
            data.release();
            return;
        }
        localOpen = !endOfStream;
        endSaid = endOfStream;
        if (queuedWrites == 0 && mux.writeNow(stream, data, endOfStream)) {
            if (endOfStream) {
                endUnderWay = true;
                mux.endAfterFlush(this);
            } else {
                updateWritability();
            }
            return;
        }
        queuedBytes += bytes;
        queuedWrites++;
        mux.queued(bytes);
        updateWritability();
        mux.handler().encoder().writeData(ctx, stream.id(), data, 0, endOfStream, new DataPromise(this, ctx, bytes));
    }

    /** The end that was written without queueing is part of what is flushed now. */
    void endWritten() {
        endUnderWay = false;
        ChannelHandlerContext ctx = mux.handler().context();
        if (closed || ctx == null) {
            return;
        }
        mux.handler().endedLocally(ctx, stream);
        if (resetWhenWritten != NO_RESET && !closed) {
            reset(resetWhenWritten);
        }
    }

    private @Nullable ChannelHandlerContext writeContext() {
        assert mux.eventLoop().inEventLoop();
        return localOpen ? mux.handler().context() : null;
    }

    private void dequeued(int bytes, boolean written) {
        queuedBytes -= bytes;
        queuedWrites--;
        mux.dequeued(bytes, written);
        updateWritability();
        if (queuedWrites == 0 && resetWhenWritten != NO_RESET && !closed) {
            // Not from here: this may be the middle of the codec's own write.
            mux.eventLoop().execute(() -> reset(resetWhenWritten));
        }
    }

    void connectionQueueChanged() {
        updateWritability();
    }

    /** The socket takes more again. */
    void socketDrained() {
        waitsForSocket = false;
        updateWritability();
    }

    /**
     * Hysteresis: unwritable at the limit, writable again below half of it. While the connection's queue is full, a stream whose bytes leave at once may
     * write one piece after the other: what fills the queue may be streams whose peers do not read, and they are no reason for this one to wait.
     */
    private void updateWritability() {
        int limit = mux.config().streamQueueBytes;
        boolean now;
        if (mux.isQueueFull()) {
            now = queuedBytes == 0 && mux.takesNow(stream);
        } else {
            boolean socketFull = mux.isSocketFull();
            now = !socketFull && queuedBytes < (writable ? limit : limit / 2);
            if (socketFull && !waitsForSocket) {
                waitsForSocket = true;
                mux.waitForSocket(this);
            }
        }
        if (now == writable) {
            return;
        }
        writable = now;
        if (now) {
            // Not from here: this may be the middle of the codec's own write.
            mux.writableAfterFlush(this);
        } else {
            // Who has to stop may have stopped before flushing.
            mux.scheduleFlush();
            tellWritability();
        }
    }

    /** Tells the listener unless it knows already. */
    void tellWritability() {
        if (writable != toldWritable) {
            toldWritable = writable;
            if (!closed) {
                try {
                    listener.writabilityChanged(this);
                } catch (RuntimeException e) {
                    // Not from here: this may be the middle of the codec's own write.
                    mux.eventLoop().execute(() -> resetFailed(e));
                }
            }
        }
    }

    @Override
    public void flush() {
        mux.scheduleFlush();
    }

    @Override
    public boolean isWritable() {
        return writable;
    }

    @Override
    public int allowance() {
        if (mux.isSocketFull()) {
            return 0;
        }
        long room = mux.isQueueFull() ? 0 : Math.max(0, mux.config().streamQueueBytes - queuedBytes);
        return (int) Math.min(Integer.MAX_VALUE, Math.max(0, mux.creditFor(stream)) + room);
    }

    @Override
    public void consume(int bytes) {
        assert mux.eventLoop().inEventLoop();
        if (bytes == 0 || closed) {
            // The codec has returned everything unconsumed to the connection when the stream closed.
            return;
        }
        watched = false;
        try {
            if (mux.consumed(stream, bytes, share)) {
                mux.scheduleFlush();
            }
        } catch (Http2Exception e) {
            throw new IllegalStateException("credit for stream " + stream.id(), e);
        }
    }

    @Override
    public void reset(long errorCode) {
        assert mux.eventLoop().inEventLoop();
        ChannelHandlerContext ctx = mux.handler().context();
        if (closed || ctx == null || isComplete()) {
            return;
        }
        localOpen = false;
        remoteOpen = false;
        closed = true;
        mux.handler().resetLocally(ctx, stream.id(), errorCode);
        mux.scheduleFlush();
        reportClosed();
    }

    /** Both ends have been said: the codec closes the stream by itself, and a reset would only cost the peer a frame. */
    private boolean isComplete() {
        return endSaid && !remoteOpen && queuedWrites == 0;
    }

    @Override
    public void resetAfterWrites(long errorCode) {
        assert mux.eventLoop().inEventLoop();
        if (closed) {
            return;
        }
        localOpen = false;
        if (queuedWrites == 0 && !endUnderWay) {
            reset(errorCode);
        } else {
            resetWhenWritten = errorCode;
            mux.scheduleFlush();
        }
    }

    @Override
    public int id() {
        return stream.id();
    }

    @Override
    public MuxConnection connection() {
        return mux;
    }

    @Override
    public EventLoop eventLoop() {
        return mux.eventLoop();
    }

    @Override
    public boolean isLocalOpen() {
        return localOpen;
    }

    @Override
    public boolean isRemoteOpen() {
        return remoteOpen;
    }

    /** A write promise that settles the queue account without a listener object. */
    private static final class DataPromise extends DefaultChannelPromise {
        private final Http2MuxStream owner;
        private final int bytes;

        DataPromise(Http2MuxStream owner, ChannelHandlerContext ctx, int bytes) {
            super(ctx.channel(), ctx.executor());
            this.owner = owner;
            this.bytes = bytes;
        }

        @Override
        public boolean trySuccess(@Nullable Void result) {
            boolean first = super.trySuccess(null);
            if (first) {
                owner.dequeued(bytes, true);
            }
            return first;
        }

        @Override
        public DefaultChannelPromise setSuccess(@Nullable Void result) {
            super.setSuccess(null);
            owner.dequeued(bytes, true);
            return this;
        }

        @Override
        public boolean tryFailure(Throwable cause) {
            boolean first = super.tryFailure(cause);
            if (first) {
                owner.dequeued(bytes, false);
            }
            return first;
        }

        @Override
        public DefaultChannelPromise setFailure(Throwable cause) {
            super.setFailure(cause);
            owner.dequeued(bytes, false);
            return this;
        }
    }

    /** Stands in until the acceptor has named its listener. */
    private enum NoListener implements StreamListener {
        INSTANCE;

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            data.release();
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream stream, StreamException cause) {}
    }
}
