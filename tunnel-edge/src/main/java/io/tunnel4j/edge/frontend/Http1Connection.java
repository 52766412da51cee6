package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.frontend.ErrorPage.Reason;
import io.tunnel4j.edge.frontend.Http1RequestParser.Next;
import io.tunnel4j.mux.FlatHeaders;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One public HTTP/1 connection: requests one after the other, pipelined ones wait in the socket.
 *
 * <pre>
 *   REQUESTS ──101──► RAW ──end──► CLOSED
 *      └──error, last response, rest of a request unwanted──► LINGERING ──► CLOSED
 * </pre>
 *
 * Confined to the connection's event loop. Body buffers are handed on as they were read.
 */
final class Http1Connection extends ChannelInboundHandlerAdapter implements PublicConnection {
    private static final Logger log = LoggerFactory.getLogger(Http1Connection.class);

    /** Octets handed to an exchange, or waiting behind one, above which reading stops. */
    private static final int MAX_OUTSTANDING_BYTES = 64 << 10;

    /** How long the rest of an unwanted request is read and dropped, so that the client sees the response before the end. */
    private static final long LINGER_MILLIS = 1000;

    private enum State {
        REQUESTS,
        RAW,
        LINGERING,
        CLOSED
    }

    private final HttpListener owner;
    private final Site site;
    private final LoopState loop;
    private final Http1RequestParser parser;
    private final ClientStream.ClientInfo info;
    private final Http1ClientStream stream;
    private final Watched deadline = new Watched() {
        @Override
        void tick(long nowNanos) {
            checkDeadline(nowNanos);
        }
    };

    private State state = State.REQUESTS;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf cumulation;
    private @Nullable Exchange exchange;
    private boolean requestDone = true;
    private boolean processing;
    private boolean reading;
    private boolean flushScheduled;
    private boolean draining;
    private int outstanding;
    private long deadlineNanos;
    private boolean headBegun;

    /** What the client had yet to take of responses when it was looked at last. */
    private long unwritten;

    Http1Connection(HttpListener owner, LoopState loop, ClientStream.ClientInfo info) {
        this.owner = owner;
        this.site = owner.site();
        this.loop = loop;
        this.info = info;
        this.parser = new Http1RequestParser(site.limits.maxHeadBytes(), site.limits.maxFields());
        this.stream = new Http1ClientStream(this);
        this.deadlineNanos = loop.nowNanos() + site.limits.requestHeadTimeout().toNanos();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        loop.watch(deadline);
        owner.opened(this);
    }

    ChannelHandlerContext context() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return ctx;
    }

    ClientStream.ClientInfo info() {
        return info;
    }

    // --- Reading ---

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        ByteBuf data = (ByteBuf) msg;
        reading = true;
        switch (state) {
            case REQUESTS -> {
                ByteBuf before = cumulation;
                if (before == null) {
                    cumulation = data;
                } else {
                    cumulation = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(ctx.alloc(), before, data);
                }
                process();
            }
            case RAW -> handBody(data, false);
            default -> data.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        if (exchange != null) {
            exchange.requestReadComplete();
        }
        if (flushScheduled) {
            flushScheduled = false;
            ctx.flush();
        }
    }

    private void process() {
        if (processing) {
            return;
        }
        processing = true;
        try {
            while (state == State.REQUESTS && step()) {
                // As long as there is input to work on.
            }
        } catch (BadRequestException e) {
            badRequest(e);
        } finally {
            processing = false;
        }
        regulateReading();
    }

    /** Works on what was read; false when more is needed, or the next request has to wait for its turn. */
    private boolean step() throws BadRequestException {
        ByteBuf in = cumulation;
        if (in == null || !in.isReadable()) {
            dropCumulation();
            return false;
        }
        switch (parser.next()) {
            case HEAD -> {
                if (exchange != null) {
                    return false;
                }
                if (!headBegun) {
                    headBegun = true;
                    deadlineNanos =
                            loop.nowNanos() + site.limits.requestHeadTimeout().toNanos();
                }
                RequestHead head = parser.head(in);
                if (head == null) {
                    return false;
                }
                begin(head);
            }
            case BODY, CHUNK_DATA -> {
                int bytes = (int) Math.min(parser.remaining(), in.readableBytes());
                ByteBuf piece;
                if (bytes == in.readableBytes()) {
                    piece = in;
                    cumulation = null;
                } else {
                    piece = in.readRetainedSlice(bytes);
                }
                parser.taken(bytes);
                requestDone = parser.next() == Next.HEAD;
                handBody(piece, requestDone);
            }
            case CHUNK_LINE, CHUNK_END -> {
                return parser.chunkLine(in);
            }
            default -> {
                FlatHeaders trailers = parser.trailers(in);
                if (trailers == null) {
                    return false;
                }
                requestDone = true;
                handTrailers(trailers);
            }
        }
        return true;
    }

    private void begin(RequestHead head) {
        headBegun = false;
        requestDone = !parser.hasBody();
        stream.begin(head.isHead(), parser.isVersion10(), parser.isKeepAlive() && !draining);
        Exchange started = new Exchange(site, loop, stream, head, requestDone);
        exchange = started;
        started.start();
        exchangeProgressed();
    }

    private void handBody(ByteBuf data, boolean end) {
        Exchange to = exchange;
        if (to == null) {
            data.release();
            return;
        }
        outstanding += data.readableBytes();
        regulateReading();
        to.requestData(data, end);
        exchangeProgressed();
    }

    private void handTrailers(FlatHeaders trailers) {
        Exchange to = exchange;
        if (to != null) {
            if (trailers.isEmpty()) {
                to.requestData(Unpooled.EMPTY_BUFFER, true);
            } else {
                to.requestTrailers(trailers);
            }
            exchangeProgressed();
        }
    }

    void consumed(int bytes) {
        outstanding -= bytes;
        regulateReading();
    }

    private void regulateReading() {
        Channel channel = context().channel();
        ByteBuf waiting = cumulation;
        int bytes = outstanding + (exchange == null || waiting == null ? 0 : waiting.readableBytes());
        boolean wanted = bytes < (channel.config().isAutoRead() ? MAX_OUTSTANDING_BYTES : MAX_OUTSTANDING_BYTES / 2);
        if (wanted != channel.config().isAutoRead()) {
            channel.config().setAutoRead(wanted);
        }
    }

    private void badRequest(BadRequestException e) {
        log.debug("{}: {}", info.peer(), e.getMessage());
        site.counters.rejected();
        Exchange running = exchange;
        if (running != null) {
            // In the middle of a body: nobody knows where it ends.
            boolean silent = stream.isHeadWritten();
            exchange = null;
            running.clientGone(false);
            if (silent) {
                stream.abort();
                return;
            }
        }
        requestDone = false;
        stream.begin(false, false, false);
        Reason reason = Reason.forStatus(e.status());
        AsciiString id = loop.newRequestId();
        new LocalAnswer(stream, loop, new LocalAnswer.Progress() {
                    @Override
                    public void wrote(int bytes) {}

                    @Override
                    public void ended() {
                        linger();
                    }
                })
                .start(ErrorPage.of(reason, null, id), id, false);
    }

    // --- What the stream reports ---

    /** The response is complete, or the request is: perhaps the next one may begin. */
    private void exchangeProgressed() {
        if (exchange == null || !stream.isResponseDone() || state != State.REQUESTS) {
            return;
        }
        if (!requestDone) {
            return;
        }
        exchange = null;
        if (!stream.isKeepAlive() || draining) {
            closeAfterFlush();
            return;
        }
        outstanding = 0;
        headBegun = false;
        unwritten = pendingBytes();
        deadlineNanos = loop.nowNanos() + site.limits.keepAliveTimeout().toNanos();
        process();
    }

    void responseDone() {
        exchangeProgressed();
    }

    void upgraded() {
        state = State.RAW;
        ByteBuf rest = cumulation;
        cumulation = null;
        if (rest != null) {
            if (rest.isReadable()) {
                // A client may be ahead of the answer.
                context().executor().execute(() -> handBody(rest, false));
            } else {
                rest.release();
            }
        }
    }

    void discardRequest() {
        if (state == State.REQUESTS) {
            exchange = null;
            linger();
        }
    }

    private void linger() {
        state = State.LINGERING;
        dropCumulation();
        outstanding = 0;
        ChannelHandlerContext ctx = context();
        ctx.channel().config().setAutoRead(true);
        SslHandler tls = ctx.pipeline().get(SslHandler.class);
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            ChannelFuture said = tls == null ? ctx.newSucceededFuture() : tls.closeOutbound();
            said.addListener(sent -> {
                if (ctx.channel() instanceof DuplexChannel duplex && duplex.isActive()) {
                    duplex.shutdownOutput();
                }
                ctx.executor().schedule(() -> ctx.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
            });
        });
        awaitWritten();
    }

    /** What was written gets its time like an exchange, although there is none any more. */
    private void awaitWritten() {
        unwritten = pendingBytes();
        deadlineNanos = loop.nowNanos() + site.limits.idleTimeout().toNanos();
    }

    private long pendingBytes() {
        ChannelOutboundBuffer buffer = context().channel().unsafe().outboundBuffer();
        return buffer == null ? 0 : buffer.totalPendingWriteBytes();
    }

    void closeAfterFlush() {
        state = State.LINGERING;
        dropCumulation();
        awaitWritten();
        context().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends the connection so that a body delimited by its end does not look complete: by a reset, without a close_notify. */
    void abort() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        ChannelHandlerContext ctx = context();
        ChannelHandlerContext tls = ctx.pipeline().context(SslHandler.class);
        // The client shall have what was written before.
        ctx.flush();
        if (ctx.channel().isActive()) {
            ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
        if (tls == null) {
            ctx.close();
        } else {
            tls.close();
        }
    }

    void scheduleFlush() {
        if (!flushScheduled) {
            flushScheduled = true;
            if (!reading) {
                context().executor().execute(this::flushNow);
            }
        }
    }

    private void flushNow() {
        if (flushScheduled) {
            flushScheduled = false;
            context().flush();
        }
    }

    boolean isRequestDone() {
        return requestDone;
    }

    // --- Channel events ---

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (exchange != null) {
            exchange.clientWritabilityChanged();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        boolean raw = state == State.RAW;
        state = State.CLOSED;
        loop.unwatch(deadline);
        dropCumulation();
        owner.closed(this, info.peer());
        Exchange running = exchange;
        exchange = null;
        if (running != null) {
            running.clientGone(raw);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("{}: {}", info.peer(), cause.toString());
        ctx.close();
    }

    private void dropCumulation() {
        ByteBuf dropped = cumulation;
        cumulation = null;
        if (dropped != null) {
            dropped.release();
        }
    }

    private void checkDeadline(long nowNanos) {
        if (state != State.LINGERING && (exchange != null || state != State.REQUESTS)) {
            return;
        }
        long pending = pendingBytes();
        if (pending != unwritten) {
            // The client still takes the last response, however slowly.
            unwritten = pending;
            Duration more = pending > 0 || state == State.LINGERING
                    ? site.limits.idleTimeout()
                    : site.limits.keepAliveTimeout();
            deadlineNanos = nowNanos + more.toNanos();
        } else if (nowNanos - deadlineNanos >= 0) {
            context().close();
        }
    }

    // --- PublicConnection ---

    @Override
    public void drain(Duration grace) {
        draining = true;
        if (state == State.REQUESTS && exchange == null) {
            closeAfterFlush();
        }
    }

    @Override
    public Channel channel() {
        return context().channel();
    }
}
