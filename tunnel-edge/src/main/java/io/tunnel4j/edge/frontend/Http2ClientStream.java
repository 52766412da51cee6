package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.edge.frontend.ErrorPage.Reason;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import org.jspecify.annotations.Nullable;

/** One stream of a public HTTP/2 connection. Confined to the connection's event loop. */
final class Http2ClientStream extends ClientStream implements StreamListener {
    private final Http2Connection connection;
    private final MuxStream stream;
    private @Nullable Exchange exchange;
    private boolean closed;
    private boolean discarding;

    Http2ClientStream(Http2Connection connection, MuxStream stream) {
        this.connection = connection;
        this.stream = stream;
    }

    void start(Exchange started) {
        exchange = started;
        started.start();
    }

    /** Answers a request that no exchange is made for. */
    void refuse(BadRequestException e) {
        discarding = true;
        LoopState loop = connection.loop();
        AsciiString id = loop.newRequestId();
        new LocalAnswer(this, loop, new LocalAnswer.Progress() {
                    @Override
                    public void wrote(int bytes) {}

                    @Override
                    public void ended() {
                        discardRequest();
                    }
                })
                .start(ErrorPage.of(Reason.forStatus(e.status()), null, id), id, false);
    }

    // --- From the client ---

    @Override
    public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
        Exchange to = exchange;
        if (to == null || discarding) {
            from.consume(data.readableBytes());
            data.release();
        } else {
            to.requestData(data, endOfStream);
        }
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        Exchange to = exchange;
        for (int i = 0; i < ((FlatHeaders) trailers).size(); i++) {
            if (((FlatHeaders) trailers).nameAt(i).charAt(0) == ':') {
                stream.reset(Http2Error.PROTOCOL_ERROR.code());
                if (to != null) {
                    to.clientGone(false);
                }
                return;
            }
        }
        if (to != null && !discarding) {
            to.requestTrailers((FlatHeaders) trailers);
        }
    }

    @Override
    public void reset(MuxStream from, StreamException cause) {
        if (exchange != null) {
            exchange.clientGone(false);
        }
    }

    @Override
    public void writabilityChanged(MuxStream changed) {
        if (exchange != null) {
            exchange.clientWritabilityChanged();
        }
    }

    @Override
    public void readComplete(MuxStream from) {
        if (exchange != null) {
            exchange.requestReadComplete();
        }
    }

    @Override
    public void closed(MuxStream gone) {
        if (!closed) {
            closed = true;
            connection.streamClosed();
        }
    }

    // --- To the client ---

    @Override
    void writeHead(FlatHeaders head, boolean endOfStream) {
        stream.writeHead(head, endOfStream);
    }

    @Override
    void writeUpgrade(FlatHeaders head) {
        stream.writeHead(head, false);
    }

    @Override
    void writeData(ByteBuf data, boolean endOfStream) {
        stream.writeData(data, endOfStream);
    }

    @Override
    void writeTrailers(FlatHeaders trailers) {
        stream.writeTrailers(trailers);
    }

    @Override
    void flush() {
        stream.flush();
    }

    @Override
    boolean isWritable() {
        return stream.isWritable();
    }

    @Override
    void consume(int bytes) {
        stream.consume(bytes);
    }

    @Override
    void abort() {
        stream.resetAfterWrites(Http2Error.INTERNAL_ERROR.code());
    }

    @Override
    void discardRequest() {
        // RFC 9113 §8.1: a complete response, then RST_STREAM(NO_ERROR) asks the client to stop sending.
        discarding = true;
        stream.resetAfterWrites(Http2Error.NO_ERROR.code());
    }

    @Override
    boolean isLowerCase() {
        return true;
    }

    @Override
    boolean isHttp11() {
        return false;
    }

    @Override
    ClientInfo info() {
        return connection.info();
    }
}
