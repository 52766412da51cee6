package io.tunnel4j.mux;

import io.netty.handler.codec.http2.Http2Headers;

/** What happens on one connection. Called on its event loop; implementations do not block. */
public interface ConnectionListener {
    /**
     * The peer's SETTINGS arrived: streams may be opened.
     *
     * @param connection the connection
     */
    default void ready(MuxConnection connection) {}

    /**
     * The peer opened a stream (server role only).
     *
     * @param stream the new stream
     * @param head request fields; valid beyond the call
     * @param endOfStream true when the request has no body
     * @return who hears what follows on the stream
     */
    StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream);

    /**
     * The peer goes away: it takes no stream above {@code lastStreamId}; running ones finish.
     *
     * @param connection the connection
     * @param lastStreamId highest stream the peer may have acted on
     * @param errorCode HTTP/2 error code
     * @param debugText the peer's text, at most 256 characters
     */
    default void goAwayReceived(MuxConnection connection, int lastStreamId, long errorCode, String debugText) {}

    /**
     * The connection is gone, exactly once; all streams have been told before.
     *
     * @param connection the connection
     * @param cause why
     */
    void closed(MuxConnection connection, ConnectionException cause);
}
