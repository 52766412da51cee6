package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.transport.FailureText;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an origin: finds head, body and end of each response in what arrives, and hands the body's bytes on as the buffers that came.
 *
 * <pre>
 *   IDLE ──begin──► HEAD ──► LENGTH │ CHUNKED │ UNTIL_CLOSE ──end──► IDLE (back to the pool) or CLOSED
 *                     └─101─► RAW ──────────────────────────────────► CLOSED
 * </pre>
 *
 * Confined to the event loop.
 */
final class Http1Connection extends ChannelInboundHandlerAdapter {
    /** Largest response head; serialised it is as large as the edge accepts. */
    static final int MAX_HEAD_BYTES = 3 << 20;

    private static final int PROXY_AUTHENTICATION_REQUIRED = 407;

    /** Interim responses before the final one. */
    private static final int MAX_INTERIM = 64;

    private enum State {
        IDLE,
        HEAD,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE,
        RAW,
        CLOSED
    }

    private final OriginPool pool;
    private final Channel channel;
    private final OriginReads reads;
    private final LoopScratch scratch;
    private final @Nullable String serverName;
    private State state = State.IDLE;
    private @Nullable HttpRelay relay;
    private @Nullable ByteBuf partialHead;
    private final ChunkReader chunks = new ChunkReader();
    private @Nullable ByteBuf held;
    private int scanned;
    private long remaining;
    private int interim;
    private boolean requestDone;
    private boolean keepsAlive;
    private boolean used;
    private boolean answered;
    private boolean wroteToStream;
    private @Nullable Throwable failure;
    long idleSinceNanos;

    Http1Connection(OriginPool pool, Channel channel, @Nullable String serverName) {
        this.pool = pool;
        this.channel = channel;
        this.serverName = serverName;
        this.reads = OriginReads.of(channel);
        this.scratch = pool.loop().scratch();
    }

    Channel channel() {
        return channel;
    }

    @Nullable
    String serverName() {
        return serverName;
    }

    boolean isActive() {
        return channel.isActive() && state == State.IDLE;
    }

    /** True if the connection has served a request before the present one. */
    boolean isReused() {
        return used;
    }

    /** True if a byte of the present response has come. */
    boolean isAnswered() {
        return answered;
    }

    /** Gives the connection to an exchange, whose request is written next. */
    void begin(HttpRelay exchange) {
        assert state == State.IDLE;
        relay = exchange;
        state = State.HEAD;
        interim = 0;
        requestDone = false;
        answered = false;
        reads.readFor(exchange.stream());
    }

    /** The request's last byte has been written. */
    void requestDone() {
        requestDone = true;
    }

    /** Closes the connection; the exchange hears nothing more. */
    void close() {
        relay = null;
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        ByteBuf head = partialHead;
        if (head != null) {
            partialHead = null;
            head.writeBytes(in);
            in.release();
            in = head;
        }
        try {
            in = read(in);
            ByteBuf piece = held;
            if (piece != null) {
                held = null;
                pass(piece, false);
            }
        } catch (TunnelException e) {
            fail(e);
        } finally {
            if (in != null) {
                in.release();
            }
        }
    }

    /** Reads what is there; returns the buffer, or null when it was given away. */
    private @Nullable ByteBuf read(ByteBuf in) {
        while (in.isReadable()) {
            switch (state) {
                case HEAD -> {
                    answered = true;
                    if (!readHead(in)) {
                        partialHead = in;
                        return null;
                    }
                }
                case LENGTH -> {
                    if (remaining >= in.readableBytes()) {
                        remaining -= in.readableBytes();
                        boolean last = remaining == 0;
                        passLast(in, last);
                        return null;
                    }
                    ByteBuf piece = in.readRetainedSlice((int) remaining);
                    // More than the response: whatever it is, the connection is not used again.
                    keepsAlive = false;
                    passLast(piece, true);
                }
                case CHUNKED -> readChunk(in);
                case UNTIL_CLOSE, RAW -> {
                    pass(in, false);
                    return null;
                }
                default -> {
                    // Bytes that belong to no request.
                    close();
                    return in;
                }
            }
        }
        return in;
    }

    private void passLast(ByteBuf data, boolean last) {
        if (last) {
            HttpRelay exchange = finish();
            if (exchange != null) {
                wroteToStream = true;
                exchange.responseData(data, true);
                return;
            }
            data.release();
        } else {
            pass(data, false);
        }
    }

    private void pass(ByteBuf data, boolean last) {
        HttpRelay exchange = relay;
        if (exchange == null) {
            data.release();
            return;
        }
        wroteToStream = true;
        exchange.responseData(data, last);
    }

    private boolean readHead(ByteBuf in) {
        int from = in.readerIndex();
        int end = HeadEnd.find(in, Math.max(from, from + scanned - 3));
        if (end < 0) {
            scanned = in.readableBytes();
            checkHeadLength(scanned);
            return false;
        }
        scanned = 0;
        int length = end - from;
        checkHeadLength(length);
        byte[] bytes = scratch.bytes(length);
        in.readBytes(bytes, 0, length);
        ResponseHeadReader head = scratch.responseHead();
        head.read(bytes, length);
        HttpRelay exchange = relay;
        if (exchange == null) {
            state = State.CLOSED;
            return true;
        }
        int status = head.status();
        if (status < 200 && status != 101) {
            if (++interim > MAX_INTERIM) {
                throw ResponseHeadReader.malformed("is preceded by more than " + MAX_INTERIM + " interim ones");
            }
            return true;
        }
        finalHead(exchange, head);
        scratch.release();
        return true;
    }

    private static void checkHeadLength(int bytes) {
        if (bytes > MAX_HEAD_BYTES) {
            throw ResponseHeadReader.malformed("has a head above " + MAX_HEAD_BYTES + " bytes");
        }
    }

    private void finalHead(HttpRelay exchange, ResponseHeadReader head) {
        int status = head.status();
        ForwardProxy proxy = pool.forwardProxy();
        if (status == PROXY_AUTHENTICATION_REQUIRED && proxy != null) {
            // Of the way to the origin, which the eyeball neither knows nor can do anything about.
            throw unreachable("cannot be asked: the proxy wants other credentials", null);
        }
        keepsAlive = head.keepsConnection();
        wroteToStream = true;
        if (status == 101) {
            if (!exchange.isUpgrade()) {
                throw ResponseHeadReader.malformed("switches protocols without being asked");
            }
            state = State.RAW;
            exchange.upgraded(head);
            return;
        }
        if (exchange.isHead() || status == 204 || status == 304 || head.contentLength() == 0) {
            HttpRelay done = finish();
            if (done != null) {
                done.responseHeadOnly(head);
            }
            return;
        }
        if (head.isChunked()) {
            state = State.CHUNKED;
            chunks.begin();
        } else if (head.contentLength() > 0) {
            state = State.LENGTH;
            remaining = head.contentLength();
        } else {
            state = State.UNTIL_CLOSE;
        }
        exchange.responseHead(head);
    }

    private void readChunk(ByteBuf in) {
        int n = chunks.next(in);
        ByteBuf before = held;
        if (n > 0) {
            // Held until the next piece: if the body ends in this very read, the last piece carries the end.
            held = in.readRetainedSlice(n);
            if (before != null) {
                pass(before, false);
            }
        } else if (chunks.isDone()) {
            held = null;
            FlatHeaders trailers = chunks.trailers();
            HttpRelay exchange = finish();
            if (exchange == null) {
                if (before != null) {
                    before.release();
                }
                return;
            }
            wroteToStream = true;
            if (trailers == null) {
                exchange.responseData(before == null ? Unpooled.EMPTY_BUFFER : before, true);
            } else {
                if (before != null) {
                    exchange.responseData(before, false);
                }
                exchange.responseTrailers(trailers);
            }
        }
    }

    /** The response is complete: the connection is free, if it is clean. */
    private @Nullable HttpRelay finish() {
        HttpRelay exchange = relay;
        relay = null;
        reads.readFor(null);
        if (exchange != null) {
            exchange.detach();
        }
        if (keepsAlive && requestDone && failure == null) {
            state = State.IDLE;
            used = true;
            if (!channel.config().isAutoRead()) {
                channel.config().setAutoRead(true);
            }
            pool.release(this);
        } else {
            state = State.CLOSED;
            channel.close();
        }
        return exchange;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (wroteToStream) {
            wroteToStream = false;
            HttpRelay exchange = relay;
            if (exchange != null) {
                exchange.flushResponse();
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        HttpRelay exchange = relay;
        if (exchange != null) {
            exchange.originWritabilityChanged();
        }
    }

    /** The end of TLS is the end, whether or not the origin ends the TCP connection too: some wait for us to do it. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent) {
            channel.close();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        pool.closed(this);
        ByteBuf head = partialHead;
        if (head != null) {
            partialHead = null;
            head.release();
        }
        State was = state;
        state = State.CLOSED;
        HttpRelay exchange = relay;
        relay = null;
        if (exchange == null) {
            return;
        }
        if ((was == State.UNTIL_CLOSE && failure == null) || was == State.RAW) {
            exchange.detach();
            exchange.responseData(Unpooled.EMPTY_BUFFER, true);
            return;
        }
        exchange.originFailed(
                this,
                unreachable(
                        answered
                                ? "closed the connection inside its response"
                                : "closed the connection without a response",
                        failure));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        HttpRelay exchange = relay;
        if (cause instanceof IOException && exchange != null && channel.isActive()) {
            // Writing failed; what the origin has said before may still be read.
            exchange.requestBroken();
            return;
        }
        fail(unreachable("connection failed", cause));
    }

    private void fail(TunnelException cause) {
        HttpRelay exchange = relay;
        relay = null;
        state = State.CLOSED;
        ByteBuf piece = held;
        if (piece != null) {
            held = null;
            piece.release();
        }
        channel.close();
        if (exchange != null) {
            exchange.originFailed(this, cause);
        }
    }

    private TunnelException unreachable(String what, @Nullable Throwable cause) {
        String why = cause == null ? "" : ": " + FailureText.of(cause);
        return new TunnelException(
                TunnelErrorCode.ORIGIN_UNREACHABLE, "origin " + pool.destination() + " " + what + why, cause);
    }

    /** The empty line that ends a head. */
    private static final class HeadEnd {
        /** Returns the index after the empty line, or -1. */
        static int find(ByteBuf in, int from) {
            int index = from;
            int end = in.writerIndex();
            while (true) {
                int lf = ByteBufUtil.indexOf(in, index, end, (byte) '\n');
                if (lf < 0) {
                    return -1;
                }
                if (lf + 1 < end && in.getByte(lf + 1) == '\n') {
                    return lf + 2;
                }
                if (lf + 2 < end && in.getByte(lf + 1) == '\r' && in.getByte(lf + 2) == '\n') {
                    return lf + 3;
                }
                index = lf + 1;
            }
        }
    }
}
