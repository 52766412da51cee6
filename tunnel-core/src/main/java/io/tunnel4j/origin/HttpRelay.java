package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.Future;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.origin.RequestShape.Framing;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One request relayed to an HTTP/1.1 origin and its response back, or a WebSocket once the origin has agreed. Confined to the event loop.
 *
 * <p>Bytes held: what came before the origin's connection was there, at most the stream's window; then at most the water mark of that connection one way and the stream's
 * queue limit the other way. Credit goes back to the edge while the origin's connection is writable.
 */
final class HttpRelay extends Exchange implements OriginPool.Borrower, RequestHeadWriter.Plan, ResumeQueue.Reader {
    /** How long the first body byte of a method that usually has no body is awaited before the request goes out (the reference's value). */
    static final long UNDECIDED_MILLIS = 200;

    private final HttpService service;
    private final RequestShape shape;
    private final boolean upgrade;
    private final RequestBody body;
    private Framing framing = Framing.NONE;
    private @Nullable Http1Connection connection;
    private @Nullable Future<?> undecided;
    private @Nullable GzipDecoder gzip;
    private boolean acquiring;
    private boolean retried;
    private boolean continued;
    private boolean raw;
    private boolean waitingToResume;

    HttpRelay(HttpService service, OriginRequest request, RequestShape shape, boolean upgrade) {
        super(request);
        this.service = service;
        this.shape = shape;
        this.upgrade = upgrade;
        this.body = new RequestBody(stream(), service.budget());
    }

    // --- Towards the origin ---

    void start() {
        boolean ended = request().endOfStream();
        if (ended) {
            body.end(null);
        }
        if (upgrade) {
            send(Framing.NONE);
        } else if (shape.contentLength > 0 || (shape.contentLength == 0 && !ended)) {
            body.length(shape.contentLength);
            send(Framing.LENGTH);
        } else if (ended) {
            // An empty body is said to be empty where the method usually has one: origins that know no chunked coding
            // understand that too.
            body.length(0);
            send(shape.usuallyHasBody || shape.contentLength == 0 ? Framing.LENGTH : Framing.NONE);
        } else if (service.needsLength()) {
            body.collect(service.maxCollectedBytes());
        } else if (shape.usuallyHasBody) {
            send(Framing.CHUNKED);
        } else {
            undecided = stream().eventLoop().schedule(this::undecidedForLong, UNDECIDED_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void undecidedForLong() {
        if (undecided != null) {
            undecided = null;
            send(Framing.CHUNKED);
        }
    }

    private void send(Framing decided) {
        framing = decided;
        Future<?> timer = undecided;
        if (timer != null) {
            undecided = null;
            timer.cancel(false);
        }
        acquire(true);
    }

    private void acquire(boolean mayReuse) {
        String serverName = service.serverName(shape);
        Http1Connection idle = mayReuse ? service.pool().poll(serverName) : null;
        if (idle != null) {
            connected(idle);
        } else {
            acquiring = true;
            service.pool().dial(serverName, this);
        }
    }

    @Override
    public void connected(Http1Connection ready) {
        boolean late = acquiring;
        acquiring = false;
        connection = ready;
        ready.begin(this);
        Channel channel = ready.channel();
        if (!stream().isWritable()) {
            channel.config().setAutoRead(false);
        }
        FlatHeaders head = request().head();
        channel.write(service.scratch().requestHead().write(head, this, channel.alloc()), channel.voidPromise());
        if (shape.expectsContinue && !request().endOfStream() && !continued && !upgrade) {
            continued = true;
            stream().writeHead(ResponseHeads.CONTINUE, false);
            stream().flush();
        }
        if (upgrade) {
            // The body begins when the origin has agreed.
            ready.requestDone();
        } else {
            body.attach(channel, framing, service.scratch().requestHead());
            if (body.isComplete()) {
                ready.requestDone();
            }
        }
        if (late) {
            channel.flush();
        }
    }

    @Override
    public void connectFailed(TunnelException cause) {
        acquiring = false;
        fail(cause);
    }

    @Override
    protected void requestData(ByteBuf data, boolean endOfStream) {
        if (undecided != null) {
            if (endOfStream && !data.isReadable()) {
                data.release();
                body.end(null);
                send(Framing.NONE);
                return;
            }
            send(Framing.CHUNKED);
        }
        body.add(data, endOfStream);
        bodyAdvanced();
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        body.end(trailers);
        if (undecided != null) {
            send(Framing.CHUNKED);
        }
        bodyAdvanced();
    }

    private void bodyAdvanced() {
        if (body.isCollecting()) {
            if (body.isOverBudget()) {
                body.discard();
                respond(503, ResponseHeads.bare(503), false);
                respondData(Unpooled.EMPTY_BUFFER, true);
            } else if (body.isTooLong()) {
                fail(new TunnelException(
                        TunnelErrorCode.ORIGIN_PROTOCOL,
                        "request body above " + service.maxCollectedBytes()
                                + " bytes without a length, and disableChunkedEncoding is set"));
            } else if (body.isEnded()) {
                body.collected();
                send(Framing.LENGTH);
            }
            return;
        }
        Http1Connection origin = connection;
        if (origin != null && body.isComplete()) {
            if (raw) {
                service.halfClose(origin.channel());
            } else {
                origin.requestDone();
            }
        }
    }

    @Override
    public void readComplete(MuxStream from) {
        Http1Connection origin = connection;
        if (origin != null) {
            origin.channel().flush();
            body.giveCredit();
        }
    }

    void originWritabilityChanged() {
        body.giveCredit();
    }

    /** The origin takes no more of the request; its answer may still come. */
    void requestBroken() {
        body.discard();
    }

    // --- Towards the edge ---

    void responseHead(ResponseHeadReader head) {
        boolean decode = asksForGzip() && head.isGzip();
        AsciiString length = decode ? null : head.contentLengthText();
        respond(head.status(), ResponseHeads.of(head.status(), head.serialise(decode), length), false);
        if (decode) {
            gzip = new GzipDecoder(stream().connection().channel().alloc());
        }
    }

    /** A response that has no body, whatever its fields say. */
    void responseHeadOnly(ResponseHeadReader head) {
        AsciiString length = head.contentLengthText();
        boolean endsWithHead = shape.isHead || length != null;
        respond(head.status(), ResponseHeads.of(head.status(), head.serialise(false), length), endsWithHead);
        if (!endsWithHead) {
            respondData(Unpooled.EMPTY_BUFFER, true);
        }
    }

    /** The origin has agreed to the WebSocket: from here on both directions are bytes. */
    void upgraded(ResponseHeadReader head) {
        raw = true;
        respond(200, ResponseHeads.of(200, head.serialise(false), null), false);
        Http1Connection origin = connection;
        if (origin != null) {
            body.attach(origin.channel(), Framing.NONE, service.scratch().requestHead());
            bodyAdvanced();
            origin.channel().flush();
        }
    }

    void responseData(ByteBuf data, boolean last) {
        GzipDecoder decoder = gzip;
        if (decoder == null) {
            respondData(data, last);
            pauseOriginIfFull();
        } else {
            decoder.add(data, last);
            pumpGzip(decoder);
        }
    }

    void responseTrailers(FlatHeaders trailers) {
        GzipDecoder decoder = gzip;
        if (decoder == null) {
            respondTrailers(trailers);
        } else {
            decoder.end(trailers);
            pumpGzip(decoder);
        }
    }

    private void pumpGzip(GzipDecoder decoder) {
        try {
            while (stream().isWritable() && !isStreamClosed()) {
                ByteBuf plain = decoder.next();
                if (plain == null) {
                    break;
                }
                respondData(plain, false);
            }
        } catch (TunnelException e) {
            closeOrigin();
            fail(e);
            return;
        }
        if (decoder.isDone()) {
            gzip = null;
            decoder.close();
            Http2Headers trailers = decoder.trailers();
            if (trailers == null) {
                respondData(Unpooled.EMPTY_BUFFER, true);
            } else {
                respondTrailers(trailers);
            }
        }
        pauseOriginIfFull();
        stream().flush();
    }

    private void pauseOriginIfFull() {
        Http1Connection origin = connection;
        if (origin != null && !stream().isWritable()) {
            origin.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        GzipDecoder decoder = gzip;
        if (decoder != null && stream().isWritable()) {
            pumpGzip(decoder);
        }
        if (stream().isWritable()) {
            service.resumeQueue().resume(this);
        } else {
            pauseOriginIfFull();
        }
    }

    @Override
    public void resumeReading() {
        waitingToResume = false;
        Http1Connection origin = connection;
        if (origin != null && stream().isWritable()) {
            origin.channel().config().setAutoRead(true);
        }
    }

    @Override
    public boolean markWaiting() {
        boolean first = !waitingToResume;
        waitingToResume = true;
        return first;
    }

    void flushResponse() {
        stream().flush();
    }

    /** The connection has done its part for this exchange. */
    void detach() {
        connection = null;
        body.discard();
    }

    void originFailed(Http1Connection origin, TunnelException cause) {
        connection = null;
        if (mayRetry(origin)) {
            retried = true;
            body.detach();
            acquire(false);
            return;
        }
        body.discard();
        fail(cause);
    }

    /** A pooled connection may have been closed by the origin just before the request reached it: then nothing has happened there. */
    private boolean mayRetry(Http1Connection origin) {
        return !retried
                && !isClosed()
                && origin.isReused()
                && !origin.isAnswered()
                && shape.isIdempotent
                && body.isUntouched();
    }

    private void closeOrigin() {
        Http1Connection origin = connection;
        if (origin != null) {
            connection = null;
            origin.close();
        }
    }

    @Override
    protected void abandoned() {
        Future<?> timer = undecided;
        if (timer != null) {
            undecided = null;
            timer.cancel(false);
        }
        closeOrigin();
        body.discard();
        GzipDecoder decoder = gzip;
        if (decoder != null) {
            gzip = null;
            decoder.close();
        }
    }

    @Override
    public boolean isClosed() {
        return isStreamClosed() || isResponding();
    }

    // --- What the head writer asks ---

    boolean isHead() {
        return shape.isHead;
    }

    @Override
    public boolean isUpgrade() {
        return upgrade;
    }

    @Override
    public RequestShape shape() {
        return shape;
    }

    @Override
    public Framing framing() {
        return framing;
    }

    @Override
    public long bodyLength() {
        return body.length();
    }

    @Override
    public boolean asksForGzip() {
        return shape.mayCompress && !upgrade;
    }

    @Override
    public @Nullable AsciiString hostOverride() {
        return service.hostOverride();
    }

    @Override
    public @Nullable ForwardProxy forwardProxy() {
        return service.pool().forwardProxy();
    }
}
