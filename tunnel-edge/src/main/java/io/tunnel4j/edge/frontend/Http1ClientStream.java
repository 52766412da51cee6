package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;

/** The responses of one HTTP/1 connection, framed by length, by chunks, or for old clients by the connection's end. Confined to the connection's event loop. */
final class Http1ClientStream extends ClientStream {
    private static final FlatHeaders NO_TRAILERS = new FlatHeaders();
    private static final AsciiString CLOSE = AsciiString.cached("close");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString CHUNKED = AsciiString.cached("chunked");
    private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
    private static final AsciiString UPGRADE_OPTION = AsciiString.cached("Upgrade");
    private static final AsciiString ZERO = AsciiString.cached("0");

    /** Small pieces travel with the chunk's head in one buffer. */
    private static final int COPY_BYTES = 256;

    private enum Framing {
        NOT_BEGUN,
        NO_BODY,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE,
        RAW,
        DONE
    }

    private final Http1Connection connection;
    private Framing framing = Framing.DONE;
    private boolean headRequest;
    private boolean version10;
    private boolean keepAlive;
    private boolean firstChunk;
    private long remaining;

    Http1ClientStream(Http1Connection connection) {
        this.connection = connection;
    }

    /** A request begins. */
    void begin(boolean isHeadRequest, boolean isVersion10, boolean isKeepAlive) {
        framing = Framing.NOT_BEGUN;
        headRequest = isHeadRequest;
        version10 = isVersion10;
        keepAlive = isKeepAlive;
        firstChunk = true;
        remaining = 0;
    }

    boolean isHeadWritten() {
        return framing != Framing.NOT_BEGUN;
    }

    boolean isResponseDone() {
        return framing == Framing.DONE;
    }

    boolean isKeepAlive() {
        return keepAlive;
    }

    @Override
    void writeHead(FlatHeaders head, boolean endOfStream) {
        if (framing != Framing.NOT_BEGUN) {
            return;
        }
        int status = Integer.parseInt(String.valueOf(head.status()));
        ChannelHandlerContext ctx = connection.context();
        ByteBuf out = Http1ResponseWriter.head(ctx.alloc(), status, head);
        if (status < 200) {
            Http1ResponseWriter.end(out);
            ctx.write(out, ctx.voidPromise());
            return;
        }
        long length = length(head);
        boolean bodyless = headRequest || status == 204 || status == 304;
        if (endOfStream && length > 0 && !bodyless) {
            // Less than was promised: the client must not take nothing for the whole.
            out.release();
            abort();
            return;
        }
        frame(out, length, endOfStream, bodyless);
        if (!connection.isRequestDone()) {
            keepAlive = false;
        }
        if (!keepAlive) {
            Http1ResponseWriter.field(out, ResponseNames.CONNECTION, CLOSE);
        } else if (version10) {
            Http1ResponseWriter.field(out, ResponseNames.CONNECTION, KEEP_ALIVE);
        }
        Http1ResponseWriter.end(out);
        ctx.write(out, ctx.voidPromise());
        if (endOfStream) {
            done();
        }
    }

    private void frame(ByteBuf out, long length, boolean endOfStream, boolean bodyless) {
        if (bodyless) {
            framing = Framing.NO_BODY;
        } else if (length >= 0) {
            framing = Framing.LENGTH;
            remaining = length;
        } else if (endOfStream) {
            framing = Framing.NO_BODY;
            Http1ResponseWriter.field(out, ResponseNames.CONTENT_LENGTH, ZERO);
        } else if (version10) {
            framing = Framing.UNTIL_CLOSE;
            keepAlive = false;
        } else {
            framing = Framing.CHUNKED;
            Http1ResponseWriter.field(out, ResponseNames.TRANSFER_ENCODING, CHUNKED);
        }
    }

    private static long length(FlatHeaders head) {
        for (int i = 1; i < head.size(); i++) {
            CharSequence name = head.nameAt(i);
            if (name.length() == FieldNames.CONTENT_LENGTH.length()
                    && FieldNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)) {
                return Long.parseLong(head.valueAt(i).toString());
            }
        }
        return -1;
    }

    @Override
    void writeUpgrade(FlatHeaders head) {
        ChannelHandlerContext ctx = connection.context();
        ByteBuf out = Http1ResponseWriter.head(ctx.alloc(), 101, head);
        Http1ResponseWriter.field(out, ResponseNames.CONNECTION, UPGRADE_OPTION);
        Http1ResponseWriter.field(out, ResponseNames.UPGRADE, WEBSOCKET);
        Http1ResponseWriter.end(out);
        ctx.write(out, ctx.voidPromise());
        framing = Framing.RAW;
        connection.upgraded();
    }

    @Override
    void writeData(ByteBuf data, boolean endOfStream) {
        int bytes = data.readableBytes();
        ChannelHandlerContext ctx = connection.context();
        switch (framing) {
            case LENGTH -> {
                if (bytes > remaining || endOfStream && bytes < remaining) {
                    data.release();
                    abort();
                    return;
                }
                remaining -= bytes;
                writeOrRelease(ctx, data, bytes);
            }
            case CHUNKED -> {
                writeChunk(ctx, data, bytes);
                if (endOfStream) {
                    ctx.write(Http1ResponseWriter.lastChunk(ctx.alloc(), firstChunk, NO_TRAILERS), ctx.voidPromise());
                }
            }
            case UNTIL_CLOSE, RAW -> writeOrRelease(ctx, data, bytes);
            default -> {
                data.release();
                if (framing != Framing.NO_BODY) {
                    return;
                }
            }
        }
        if (endOfStream) {
            done();
        }
    }

    private static void writeOrRelease(ChannelHandlerContext ctx, ByteBuf data, int bytes) {
        if (bytes == 0) {
            data.release();
        } else {
            ctx.write(data, ctx.voidPromise());
        }
    }

    private void writeChunk(ChannelHandlerContext ctx, ByteBuf data, int bytes) {
        if (bytes == 0) {
            // An empty chunk would be the last one.
            data.release();
            return;
        }
        ByteBuf start = Http1ResponseWriter.chunkStart(ctx.alloc(), bytes, firstChunk);
        firstChunk = false;
        if (bytes <= COPY_BYTES) {
            start.writeBytes(data);
            data.release();
            ctx.write(start, ctx.voidPromise());
        } else {
            ctx.write(start, ctx.voidPromise());
            ctx.write(data, ctx.voidPromise());
        }
    }

    @Override
    void writeTrailers(FlatHeaders trailers) {
        if (framing == Framing.CHUNKED) {
            ChannelHandlerContext ctx = connection.context();
            ctx.write(Http1ResponseWriter.lastChunk(ctx.alloc(), firstChunk, trailers), ctx.voidPromise());
        } else if (framing == Framing.LENGTH && remaining > 0) {
            abort();
            return;
        }
        done();
    }

    private void done() {
        boolean closes = framing == Framing.UNTIL_CLOSE || framing == Framing.RAW;
        framing = Framing.DONE;
        if (closes) {
            connection.closeAfterFlush();
        } else {
            connection.scheduleFlush();
            connection.responseDone();
        }
    }

    @Override
    void flush() {
        connection.scheduleFlush();
    }

    @Override
    boolean isWritable() {
        return connection.context().channel().isWritable();
    }

    @Override
    void consume(int bytes) {
        connection.consumed(bytes);
    }

    @Override
    void abort() {
        if (framing != Framing.DONE) {
            framing = Framing.DONE;
            connection.abort();
        }
    }

    @Override
    void discardRequest() {
        connection.discardRequest();
    }

    @Override
    boolean isLowerCase() {
        return false;
    }

    @Override
    boolean isHttp11() {
        return !version10;
    }

    @Override
    ClientInfo info() {
        return connection.info();
    }
}
