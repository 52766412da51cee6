package io.tunnel4j.mux;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Headers;
import java.time.Duration;

/**
 * One HTTP/2 connection in either {@link Role}, on a channel whose TLS handshake is done.
 *
 * <p>Confined to the channel's event loop; {@link #close}, {@link #channel()} and the numbers may be used from any thread.
 */
public abstract class MuxConnection {
    MuxConnection() {}

    /**
     * Starts HTTP/2 on an active channel: adds the codec to the pipeline's end and sends this side's first frames. Bytes that are read from now on
     * belong to HTTP/2. To be called on the channel's event loop.
     *
     * @param channel connected, TLS handshake finished
     * @param config role, windows and limits
     * @param listener what happens on the connection
     * @return the connection
     */
    public static MuxConnection start(Channel channel, MuxConfig config, ConnectionListener listener) {
        return Http2Mux.create(channel, config, listener);
    }

    /**
     * Opens a stream and sends its head (client role).
     *
     * @param head request fields, pseudo fields first
     * @param endOfStream true when the request has no body
     * @param listener hears what comes back
     * @return the open stream; {@link MuxStream#flush} sends it
     * @throws ConnectionException if the connection goes away, is at the peer's stream limit, or is in server role
     */
    public abstract MuxStream open(Http2Headers head, boolean endOfStream, StreamListener listener)
            throws ConnectionException;

    /**
     * Tells whether {@link #open} would work now.
     *
     * @return true in client role, when the peer's SETTINGS are here, its stream limit is not reached, and nobody goes away
     */
    public abstract boolean canOpen();

    /**
     * Tells whether the peer takes extended CONNECT (RFC 8441), as its SETTINGS said.
     *
     * @return false before the peer's SETTINGS are here
     */
    public abstract boolean peerTakesExtendedConnect();

    /**
     * Sets another limit than {@link MuxConfig.Builder#maxHeaderBlockBytes} for what arrives from now on.
     *
     * @param bytes as on the wire
     */
    public abstract void maxHeaderBlockBytes(int bytes);

    /**
     * Returns the number of open streams. From another thread it is a snapshot.
     *
     * @return streams not yet closed
     */
    public abstract int activeStreams();

    /**
     * Asks the peer by PING whether it lives; a peer that sends nothing within the limit counts as dead and the connection is closed.
     *
     * @param limit how long the answer may take
     */
    public abstract void probe(Duration limit);

    /**
     * Announces that no new stream is accepted (server role: GOAWAY with the last accepted id; client role: stops opening), lets running streams end, then
     * closes the channel. Streams left at the deadline are reset with CANCEL. Before closing, the peer is asked by PING (for up to two seconds)
     * whether it has read everything: closing a socket with unread input would make the system discard output on its way.
     *
     * @param grace how long running streams may take; zero closes at once
     */
    public abstract void drain(Duration grace);

    /**
     * Sends GOAWAY with the code and closes the channel; every stream is reset. Thread-safe, idempotent.
     *
     * @param errorCode HTTP/2 error code, {@code NO_ERROR} for an orderly end
     * @param debugText short ASCII text for the peer
     */
    public abstract void close(long errorCode, String debugText);

    /**
     * Returns the smoothed round-trip time measured by PING.
     *
     * @return nanoseconds, 0 before the first measurement
     */
    public abstract long roundTripNanos();

    /**
     * Returns body bytes received since the start.
     *
     * @return DATA payload bytes
     */
    public abstract long bytesIn();

    /**
     * Returns body bytes sent since the start.
     *
     * @return DATA payload bytes
     */
    public abstract long bytesOut();

    /**
     * Returns the channel below.
     *
     * @return the channel
     */
    public abstract Channel channel();

    /**
     * Returns the event loop of the connection.
     *
     * @return the channel's event loop
     */
    public abstract EventLoop eventLoop();
}
