package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream being served: what every kind of origin does alike, that is head, body, failure and the report at the end.
 *
 * <p>A failure before the response is a 502 that names the connector as its source; after it, a reset with INTERNAL_ERROR, so that a broken response is
 * never taken for a complete one (protocol document connector-edge §6.4). Confined to the connection's event loop.
 */
public abstract class Exchange implements StreamListener {
    private static final Logger log = LoggerFactory.getLogger(Exchange.class);

    private final OriginRequest request;
    private final MuxStream stream;
    private int status;
    private long requestBytes;
    private long responseBytes;
    private boolean closed;
    private @Nullable TunnelException failure;

    /**
     * Creates an exchange.
     *
     * @param request the request it serves
     */
    protected Exchange(OriginRequest request) {
        this.request = request;
        this.stream = request.stream();
    }

    /**
     * Returns the request.
     *
     * @return the request
     */
    protected final OriginRequest request() {
        return request;
    }

    /**
     * Returns the stream.
     *
     * @return the stream
     */
    protected final MuxStream stream() {
        return stream;
    }

    /**
     * Tells whether the response has begun.
     *
     * @return true once a final head was sent
     */
    protected final boolean isResponding() {
        return status != 0;
    }

    /**
     * Tells whether the stream has ended in both directions.
     *
     * @return true after {@link #closed}
     */
    protected final boolean isStreamClosed() {
        return closed;
    }

    /**
     * Sends the final response head.
     *
     * @param code the status, as in the head
     * @param head the fields
     * @param endOfStream true when there is no body
     */
    protected final void respond(int code, Http2Headers head, boolean endOfStream) {
        status = code;
        stream.writeHead(head, endOfStream);
        if (endOfStream) {
            responseEnded();
        }
    }

    /**
     * Sends response body bytes.
     *
     * @param data consumed
     * @param endOfStream true when nothing follows
     */
    protected final void respondData(ByteBuf data, boolean endOfStream) {
        responseBytes += data.readableBytes();
        stream.writeData(data, endOfStream);
        if (endOfStream) {
            responseEnded();
        }
    }

    /**
     * Sends response trailers, the end of the response.
     *
     * @param trailers the fields
     */
    protected final void respondTrailers(Http2Headers trailers) {
        stream.writeTrailers(trailers);
        responseEnded();
    }

    /** A complete response makes the rest of the request pointless: the peer is asked to stop without an error. */
    private void responseEnded() {
        if (stream.isRemoteOpen()) {
            stream.resetAfterWrites(Http2Error.NO_ERROR.code());
        }
        stream.flush();
    }

    /**
     * Ends the exchange because the origin failed. No-op on a closed stream.
     *
     * @param cause what happened
     */
    protected final void fail(TunnelException cause) {
        if (closed || failure != null) {
            return;
        }
        failure = cause;
        log.warn("stream {}: {}", stream.id(), cause.getMessage());
        if (status == 0) {
            respond(502, ResponseHeads.CONNECTOR_ERROR, true);
        } else {
            stream.resetAfterWrites(Http2Error.INTERNAL_ERROR.code());
            stream.flush();
        }
    }

    @Override
    public final void data(MuxStream from, ByteBuf data, boolean endOfStream) {
        requestBytes += data.readableBytes();
        requestData(data, endOfStream);
    }

    /**
     * Request body bytes arrived.
     *
     * @param data the receiver releases it; {@link MuxStream#consume} is owed for its length
     * @param endOfStream true when nothing follows
     */
    protected abstract void requestData(ByteBuf data, boolean endOfStream);

    @Override
    public void reset(MuxStream from, StreamException cause) {
        // What there is to clean up is cleaned up in closed, which follows.
    }

    @Override
    public final void closed(MuxStream from) {
        closed = true;
        abandoned();
        request.report().ended(status, requestBytes, responseBytes, failure);
    }

    /** The stream has ended in both directions, in whatever way: what still runs for it is to stop, what is held is to be released. */
    protected abstract void abandoned();
}
