package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * What arrives on one stream.
 *
 * <p>Called on the connection's event loop, in wire order. After {@link #closed} nothing more is called; {@link #closed} comes exactly once for
 * every stream, after a {@link #reset} too. Implementations do not block and do not throw; what they throw is logged and resets the stream
 * with INTERNAL_ERROR where it is still open. The connection and its other streams go on.
 */
public interface StreamListener {
    /**
     * A head arrived: a response, or an interim (1xx) response. Not called for the request that opened an accepted stream.
     *
     * @param stream the stream
     * @param head fields; valid beyond the call
     * @param endOfStream true when nothing follows
     */
    default void head(MuxStream stream, Http2Headers head, boolean endOfStream) {}

    /**
     * Body bytes arrived.
     *
     * @param stream the stream; {@link MuxStream#consume} is owed for {@code data.readableBytes()}
     * @param data the receiver releases it
     * @param endOfStream true when nothing follows
     */
    void data(MuxStream stream, ByteBuf data, boolean endOfStream);

    /**
     * Trailers arrived; the peer's side has ended.
     *
     * @param stream the stream
     * @param trailers fields; valid beyond the call
     */
    void trailers(MuxStream stream, Http2Headers trailers);

    /**
     * The stream was reset, by the peer, by a protocol error, or by the end of the connection. Not called for a local
     * {@link MuxStream#reset}.
     *
     * @param stream the stream
     * @param cause wire code and initiator
     */
    void reset(MuxStream stream, StreamException cause);

    /**
     * {@link MuxStream#isWritable()} changed.
     *
     * @param stream the stream
     */
    default void writabilityChanged(MuxStream stream) {}

    /**
     * The current batch of reads from the socket is over: the moment to flush what {@link #data} forwarded.
     *
     * @param stream the stream; called only for streams that got something in this batch
     */
    default void readComplete(MuxStream stream) {}

    /**
     * Nothing more comes or goes on this stream.
     *
     * @param stream the stream
     */
    default void closed(MuxStream stream) {}
}
