package io.tunnel4j.registration;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.MessageFramer;
import io.tunnel4j.wire.RpcEncoder;
import io.tunnel4j.wire.RpcMessage;
import io.tunnel4j.wire.StructReader;
import io.tunnel4j.wire.WireException;
import io.tunnel4j.wire.WireException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a control stream as RPC messages, the same for both roles.
 *
 * <p>Confined to the connection's event loop. Credit for inbound bytes goes back while the stream is writable, so that a peer that
 * asks without reading the answers is held up by its own window. Input that cannot be read ends this side with an Abort that says
 * why; what arrives afterwards is dropped.
 */
final class ControlStream implements StreamListener {
    /** Longest text of a peer that goes into our messages. */
    private static final int MAX_PEER_TEXT = 256;

    private final MessageFramer framer;
    private final Peer peer;
    private @Nullable MuxStream stream;
    private int owedCredit;
    private boolean over;

    ControlStream(int maxMessageBytes, Peer peer) {
        framer = new MessageFramer(maxMessageBytes);
        this.peer = peer;
    }

    /** What one role makes of the messages. */
    interface Peer {
        /** The response head arrived. */
        default void head(Http2Headers head) {}

        /**
         * A message arrived.
         *
         * @param root the message as it was, for sending it back
         * @throws WireException when the message does not fit; the stream ends with an Abort
         */
        void received(RpcMessage message, StructReader root) throws WireException;

        /** Nothing more arrives. Exactly once; not after {@link ControlStream#end}. */
        void ended(End end);
    }

    /** Why nothing more arrives. */
    sealed interface End {
        /** The other side ended the stream between two messages. */
        record Orderly() implements End {}

        /** The stream was reset, or its connection broke. */
        record Broken(String message) implements End {}

        /** The other side sent an Abort. */
        record Aborted(String reason) implements End {}

        /** The other side sent something that cannot be read; it has been told. */
        record Malformed(WireException cause) implements End {}
    }

    void attach(MuxStream attached) {
        stream = requireNonNull(attached, "stream");
    }

    /** The stream; not before {@link #attach}. */
    MuxStream stream() {
        return requireNonNull(stream, "stream");
    }

    boolean isOver() {
        return over;
    }

    void maxMessageBytes(int bytes) {
        framer.maxMessageBytes(bytes);
    }

    /** Queues a message; consumes it. It is sent by the next {@link #flush}. */
    void send(ByteBuf message) {
        stream().writeData(message, false);
    }

    void flush() {
        stream().flush();
    }

    /** Sends an Abort and ends this side. Nothing of what still arrives is heard. */
    void end(RpcMessage.RpcError reason) {
        over = true;
        stream().writeData(RpcEncoder.abort(reason), true);
        flush();
    }

    @Override
    public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
        if (!over) {
            peer.head(head);
        }
        if (endOfStream) {
            remoteEnd();
        }
    }

    @Override
    public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
        owedCredit += data.readableBytes();
        try {
            if (!over) {
                framer.feed(data);
            }
        } finally {
            data.release();
        }
        deliver();
        returnCredit(from);
        if (endOfStream) {
            remoteEnd();
        }
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        remoteEnd();
    }

    @Override
    public void reset(MuxStream from, StreamException cause) {
        ended(new End.Broken("control stream reset with code " + cause.errorCode()));
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        returnCredit(from);
    }

    @Override
    public void closed(MuxStream from) {
        ended(new End.Broken("control stream closed"));
    }

    private void deliver() {
        try {
            while (!over) {
                StructReader root = framer.next();
                if (root == null) {
                    return;
                }
                RpcMessage message = RpcMessage.decode(root);
                if (message instanceof RpcMessage.Abort abort) {
                    ended(new End.Aborted(shortened(abort.error().reason())));
                    return;
                }
                peer.received(message, root);
            }
        } catch (WireException e) {
            fail(e);
        }
    }

    private void returnCredit(MuxStream from) {
        if (owedCredit > 0 && from.isWritable()) {
            int credit = owedCredit;
            owedCredit = 0;
            from.consume(credit);
        }
    }

    private void remoteEnd() {
        if (!over && !framer.isBetweenMessages()) {
            fail(new WireException(Kind.TRUNCATED, "control stream ended inside a message"));
        }
        ended(new End.Orderly());
    }

    private void fail(WireException cause) {
        end(new RpcMessage.RpcError(RpcMessage.RpcError.FAILED, String.valueOf(cause.getMessage())));
        peer.ended(new End.Malformed(cause));
    }

    private void ended(End end) {
        if (over) {
            return;
        }
        over = true;
        if (!(end instanceof End.Broken)) {
            stream().writeData(Unpooled.EMPTY_BUFFER, true);
            flush();
        }
        peer.ended(end);
    }

    /** A peer's text for our messages: printable and of bounded length. */
    static String shortened(String text) {
        String start = text.length() > MAX_PEER_TEXT ? text.substring(0, MAX_PEER_TEXT) + "…" : text;
        return start.replaceAll("\\p{Cntrl}", " ");
    }
}
