package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * The request body of one exchange, from the client's connection to the tunnel stream.
 *
 * <p>What arrives before there is a stream is kept, bounded by the client's window; credit goes back to the client when the stream takes the bytes. Confined to
 * the client connection's event loop.
 */
final class Upload {
    private final ClientStream client;
    private @Nullable Queue<ByteBuf> kept;
    private @Nullable FlatHeaders keptTrailers;
    private boolean ended;
    private boolean sent;
    private int owedToClient;
    private long bytes;

    /**
     * Creates an upload.
     *
     * @param ended whether the request is its head alone
     */
    Upload(ClientStream client, boolean ended) {
        this.client = client;
        this.ended = ended;
    }

    /** True when the client has sent all of its request. */
    boolean isEnded() {
        return ended;
    }

    /** True when there is, and will be, nothing to send behind the head. */
    boolean isNothing() {
        return ended && kept == null && keptTrailers == null;
    }

    /** True when some of the body went to a stream, so that it cannot be sent again. */
    boolean isSent() {
        return sent;
    }

    /** Body octets of the client so far. */
    long bytes() {
        return bytes;
    }

    /** Counts what comes next; its way is up to the caller. */
    void arrived(ByteBuf data, boolean end) {
        bytes += data.readableBytes();
        ended |= end;
    }

    void trailersArrived() {
        ended = true;
    }

    /** Consumes {@code data}. */
    void keep(ByteBuf data) {
        if (kept == null) {
            kept = new ArrayDeque<>(4);
        }
        kept.add(data);
    }

    void keep(FlatHeaders trailers) {
        keptTrailers = trailers;
    }

    /** Sends what was kept. */
    void sendKept(MuxStream to) {
        Queue<ByteBuf> before = kept;
        if (before != null) {
            kept = null;
            for (ByteBuf data = before.poll(); data != null; data = before.poll()) {
                send(to, data, before.isEmpty() && ended && keptTrailers == null);
            }
        }
        FlatHeaders trailers = keptTrailers;
        if (trailers != null) {
            keptTrailers = null;
            to.writeTrailers(trailers);
        }
    }

    /** Consumes {@code data}. */
    void send(MuxStream to, ByteBuf data, boolean end) {
        int count = data.readableBytes();
        sent = true;
        to.writeData(data, end);
        if (to.isWritable()) {
            client.consume(count);
        } else {
            owedToClient += count;
        }
    }

    void send(MuxStream to, FlatHeaders trailers) {
        sent = true;
        to.writeTrailers(trailers);
    }

    /** The stream takes bytes again, or takes no more. */
    void writabilityChanged(MuxStream to) {
        if (to.isWritable() && owedToClient > 0) {
            int count = owedToClient;
            owedToClient = 0;
            client.consume(count);
        }
    }

    /** Hands over what was kept for somebody else than a stream; true if there was something. */
    boolean drainTo(BodyCollector collector) {
        Queue<ByteBuf> before = kept;
        kept = null;
        if (before == null) {
            return false;
        }
        before.forEach(data -> collector.add(data, false));
        return true;
    }

    void discardKept() {
        Queue<ByteBuf> before = kept;
        kept = null;
        if (before != null) {
            before.forEach(ByteBuf::release);
        }
    }
}
