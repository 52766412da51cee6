package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.tunnel4j.mux.FlatHeaders;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * The client's side of one exchange, whatever the protocol. Confined to the client connection's event loop.
 *
 * <p>Buffers are consumed. Writes after the end, or after the client is gone, are dropped.
 */
abstract class ClientStream {
    /**
     * Sends a response head, or an interim one (status below 200).
     *
     * @param head status first; names in the case that {@link #isLowerCase} asks for
     * @param endOfStream true when nothing follows
     */
    abstract void writeHead(FlatHeaders head, boolean endOfStream);

    /** Accepts the WebSocket: from now on both directions are opaque bytes. */
    abstract void writeUpgrade(FlatHeaders head);

    abstract void writeData(ByteBuf data, boolean endOfStream);

    abstract void writeTrailers(FlatHeaders trailers);

    /** Puts what was written on the wire at the end of this event-loop turn. */
    abstract void flush();

    abstract boolean isWritable();

    /** Gives credit back for request octets that have found their way. */
    abstract void consume(int bytes);

    /** Ends the response in a way that nobody takes for its regular end. */
    abstract void abort();

    /** The response is complete though the request is not: the rest of the request is not wanted. */
    abstract void discardRequest();

    /** True if field names must be in lower case. */
    abstract boolean isLowerCase();

    /** True if interim responses and trailers are understood. */
    abstract boolean isHttp11();

    abstract ClientInfo info();

    /**
     * What is known about the client's connection.
     *
     * @param peer the address after PROXY protocol
     * @param local the address it connected to
     * @param secure whether it uses TLS
     * @param certificates verified chain, possibly empty
     * @param protocol for logs
     */
    record ClientInfo(
            InetSocketAddress peer,
            InetSocketAddress local,
            boolean secure,
            List<X509Certificate> certificates,
            String protocol) {}
}
