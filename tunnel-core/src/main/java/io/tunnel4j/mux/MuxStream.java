package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * One stream of a {@link MuxConnection}: a request and its response, or two byte streams.
 *
 * <p>Confined to the connection's event loop. Writes are queued in order, obey the peer's windows, and reach the socket at the end of
 * the current event-loop turn after {@link #flush()}; a writer stops while {@link #isWritable()} is false and goes on in
 * {@link StreamListener#writabilityChanged}. Writes to a stream that is reset or whose local side has ended are dropped
 * (their buffers released), so that a late origin never has to ask first.
 *
 * <p>Half-close: each side ends on its own. The stream is closed when both have ended, or on reset.
 */
public interface MuxStream {
    /**
     * Returns the HTTP/2 stream identifier.
     *
     * @return positive stream id
     */
    int id();

    /**
     * Returns the connection that carries this stream.
     *
     * @return the connection
     */
    MuxConnection connection();

    /**
     * Returns the event loop this stream is confined to.
     *
     * @return the connection's event loop
     */
    EventLoop eventLoop();

    /**
     * Sends a head: request or response headers, or an interim (1xx) response.
     *
     * @param head fields, pseudo fields first
     * @param endOfStream true when nothing follows
     */
    void writeHead(Http2Headers head, boolean endOfStream);

    /**
     * Sends body bytes.
     *
     * @param data consumed, also on failure; may be empty
     * @param endOfStream true when nothing follows
     */
    void writeData(ByteBuf data, boolean endOfStream);

    /**
     * Sends trailers and ends the local side.
     *
     * @param trailers fields without pseudo fields
     */
    void writeTrailers(Http2Headers trailers);

    /** Puts what was written on the wire at the end of this event-loop turn, together with other streams' writes. */
    void flush();

    /**
     * Tells whether more may be written without exceeding the stream's queue limit.
     *
     * @return false while the peer's windows or the socket are full
     */
    boolean isWritable();

    /**
     * Tells how much a source of bytes should read at a time, so that no more waits here than may.
     *
     * @return bytes: the peer's credit, and what the stream may still queue unless the connection's queue is full; none while the socket is full
     */
    default int allowance() {
        return Integer.MAX_VALUE;
    }

    /**
     * Gives credit back for inbound bytes that have been taken by their consumer.
     *
     * <p>Every byte passed to {@link StreamListener#data} is to be returned once; bytes not returned when the stream closes are returned to
     * the connection window by the multiplexer.
     *
     * @param bytes number of bytes consumed, 0 or more
     */
    void consume(int bytes);

    /**
     * Kills the stream in both directions. No-op on a closed stream, and on one whose ends have both been said: it closes by itself.
     *
     * @param errorCode HTTP/2 error code, e.g. {@code CANCEL}
     */
    void reset(long errorCode);

    /**
     * Writes no more, and kills the stream as soon as what was written so far is on its way; at once if nothing is queued. No-op on a stream
     * that closes by itself before. This is how a response ends while the peer still sends its request (RFC 9113 §8.1), and how one breaks off without
     * losing the bytes before the break.
     *
     * @param errorCode HTTP/2 error code, {@code NO_ERROR} after a complete response
     */
    void resetAfterWrites(long errorCode);

    /**
     * Tells whether this side may still write.
     *
     * @return true until the local end of stream is queued or the stream is reset
     */
    boolean isLocalOpen();

    /**
     * Tells whether the peer may still send.
     *
     * @return true until the peer's end of stream arrives or the stream is reset
     */
    boolean isRemoteOpen();
}
