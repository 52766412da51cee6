package io.tunnel4j.origin;

import com.sun.net.httpserver.HttpHandler;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bridge between a stream, on its event loop, and a handler, on a thread of its own. The two meet in the two body streams; whatever the handler sends
 * is posted to the event loop in order.
 *
 * <p>Confined to the event loop, but for {@link #run} and the {@code post…} methods, which belong to the handler's side.
 */
final class HandlerExchange extends Exchange {
    private static final Logger log = LoggerFactory.getLogger(HandlerExchange.class);

    private final HandlerRequestBody requestBody;
    private final HandlerResponseBody responseBody;
    private final boolean expectsContinue;

    HandlerExchange(OriginRequest request) {
        super(request);
        expectsContinue = request.head().contains("expect", "100-continue", true);
        requestBody = new HandlerRequestBody(this, request.endOfStream());
        responseBody = new HandlerResponseBody(this);
    }

    OriginRequest origin() {
        return request();
    }

    HandlerRequestBody requestBody() {
        return requestBody;
    }

    HandlerResponseBody responseBody() {
        return responseBody;
    }

    ByteBufAllocator allocator() {
        return stream().connection().channel().alloc();
    }

    /** A wait on the event loop would never end: what it waits for happens there. */
    void checkMayBlock() {
        if (stream().eventLoop().inEventLoop()) {
            throw new IllegalStateException("blocking call on an event loop (expected: an executor of other threads)");
        }
    }

    // --- The handler's side ---

    void run(HttpHandler handler, InProcessHttpExchange seen) {
        try {
            handler.handle(seen);
        } catch (Exception | LinkageError e) {
            log.warn("handler of {} failed", seen.getRequestURI().getPath(), e);
            postFailure("the handler failed: " + e.getClass().getSimpleName());
        }
    }

    void postConsumed(int bytes) {
        stream().eventLoop().execute(() -> stream().consume(bytes));
    }

    void postContinue() {
        if (expectsContinue) {
            stream().eventLoop().execute(() -> {
                if (!isResponding() && !isStreamClosed()) {
                    stream().writeHead(ResponseHeads.CONTINUE, false);
                    stream().flush();
                }
            });
        }
    }

    /** Sends a head, body bytes, or both. */
    void post(@Nullable Answer head, @Nullable ByteBuf data, boolean endOfStream) {
        stream().eventLoop().execute(() -> send(head, data, endOfStream));
    }

    void postFailure(String what) {
        stream().eventLoop().execute(() -> fail(new TunnelException(TunnelErrorCode.ORIGIN_UNREACHABLE, what)));
    }

    /**
     * A response head as the handler asked for it.
     *
     * @param status the status
     * @param fields the handler's fields, serialised
     * @param contentLength the length, or null
     */
    record Answer(int status, AsciiString fields, @Nullable AsciiString contentLength) {}

    // --- The event loop's side ---

    private void send(@Nullable Answer head, @Nullable ByteBuf data, boolean endOfStream) {
        int bytes = data == null ? 0 : data.readableBytes();
        if (isStreamClosed()) {
            if (data != null) {
                data.release();
            }
            return;
        }
        if (head != null) {
            respond(
                    head.status(),
                    ResponseHeads.of(head.status(), head.fields(), head.contentLength()),
                    endOfStream && data == null);
        }
        if (data != null) {
            respondData(data, endOfStream);
        }
        stream().flush();
        responseBody.posted(bytes, stream().isWritable());
    }

    @Override
    protected void requestData(ByteBuf data, boolean endOfStream) {
        requestBody.arrived(data, endOfStream);
    }

    @Override
    public void trailers(MuxStream stream, Http2Headers trailers) {
        requestBody.ended();
    }

    @Override
    public void writabilityChanged(MuxStream stream) {
        responseBody.writable(stream.isWritable());
    }

    @Override
    protected void abandoned() {
        requestBody.streamClosed();
        responseBody.broken();
    }
}
