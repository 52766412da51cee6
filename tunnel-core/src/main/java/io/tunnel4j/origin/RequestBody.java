package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.origin.RequestShape.Framing;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * A request body on its way from the stream to the origin's connection.
 *
 * <p>Before the connection is there, what arrives is held without giving credit, so that at most a window comes; with it, credit goes back once for all that
 * was read in one turn ({@link #giveCredit}), while the connection is writable. Collecting, for origins that need a length, gives credit up to its limit.
 * Confined to the event loop.
 */
final class RequestBody {
    private static final int CRLF = '\r' << 8 | '\n';
    private static final String LAST_CHUNK = "0\r\n\r\n";
    private static final String CRLF_LAST_CHUNK = "\r\n0\r\n\r\n";
    private static final byte[] HEX = {'0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

    private final MuxStream stream;
    private final MemoryBudget budget;
    private long reserved;
    private boolean overBudget;
    private @Nullable Deque<ByteBuf> held;
    private @Nullable Channel channel;
    private @Nullable RequestHeadWriter trailerWriter;
    private @Nullable Http2Headers trailers;
    private Framing framing = Framing.NONE;
    private long length = -1;
    private int maxCollected = -1;
    private int owedCredit;
    private boolean ended;
    private boolean complete;
    private boolean chunkOpen;
    private boolean touched;
    private boolean discarding;

    RequestBody(MuxStream stream, MemoryBudget budget) {
        this.stream = stream;
        this.budget = budget;
    }

    void length(long bytes) {
        length = bytes;
    }

    long length() {
        return length;
    }

    // --- Collecting ---

    /** Holds the whole body, to learn its length. */
    void collect(int maxBytes) {
        maxCollected = maxBytes;
        length = 0;
    }

    boolean isCollecting() {
        return maxCollected >= 0;
    }

    /** True if all streams together hold too much for this body to be collected. */
    boolean isOverBudget() {
        return overBudget;
    }

    boolean isTooLong() {
        return length > maxCollected;
    }

    /** Ends collecting; what was collected goes out as it is. */
    void collected() {
        maxCollected = -1;
    }

    boolean isEnded() {
        return ended;
    }

    // --- In ---

    void add(ByteBuf data, boolean endOfStream) {
        int bytes = data.readableBytes();
        ended |= endOfStream;
        touched |= bytes > 0;
        if (discarding) {
            data.release();
            stream.consume(bytes);
            return;
        }
        Channel origin = channel;
        if (origin != null) {
            owedCredit += bytes;
            writePiece(origin, data);
            if (ended) {
                writeEnd();
            }
            return;
        }
        if (bytes > 0) {
            if (held == null) {
                held = new ArrayDeque<>();
            }
            held.add(data);
        } else {
            data.release();
        }
        if (isCollecting()) {
            length += bytes;
            if (budget.reserve(bytes)) {
                reserved += bytes;
            } else {
                overBudget = true;
            }
            stream.consume(bytes);
        } else {
            owedCredit += bytes;
        }
    }

    void end(@Nullable Http2Headers withTrailers) {
        trailers = withTrailers;
        ended = true;
        if (channel != null) {
            writeEnd();
        }
    }

    // --- Out ---

    /** The connection is there; what was held goes out. */
    void attach(Channel origin, Framing how, RequestHeadWriter writer) {
        channel = origin;
        framing = how;
        trailerWriter = writer;
        Deque<ByteBuf> early = held;
        if (early != null) {
            held = null;
            for (ByteBuf data : early) {
                writePiece(origin, data);
            }
        }
        releaseReserved();
        if (ended) {
            writeEnd();
        }
        giveCredit();
    }

    private void releaseReserved() {
        if (reserved > 0) {
            budget.release(reserved);
            reserved = 0;
        }
    }

    /** The connection is gone before a byte of the body was sent; another one follows. */
    void detach() {
        channel = null;
        complete = false;
    }

    private void writePiece(Channel origin, ByteBuf data) {
        int bytes = data.readableBytes();
        if (bytes == 0) {
            data.release();
            return;
        }
        if (framing == Framing.CHUNKED) {
            ByteBuf line = origin.alloc().ioBuffer(14);
            if (chunkOpen) {
                line.writeShort(CRLF);
            }
            for (int shift = (31 - Integer.numberOfLeadingZeros(bytes)) & ~3; shift >= 0; shift -= 4) {
                line.writeByte(HEX[bytes >>> shift & 0xf]);
            }
            line.writeShort(CRLF);
            chunkOpen = true;
            origin.write(line, origin.voidPromise());
        }
        origin.write(data, origin.voidPromise());
    }

    private void writeEnd() {
        Channel origin = channel;
        if (origin == null || complete) {
            return;
        }
        complete = true;
        if (framing != Framing.CHUNKED) {
            return;
        }
        RequestHeadWriter writer = trailerWriter;
        ByteBuf end = trailers != null && writer != null
                ? writer.writeTrailers(trailers, chunkOpen, origin.alloc())
                : ByteBufUtil.writeAscii(origin.alloc(), chunkOpen ? CRLF_LAST_CHUNK : LAST_CHUNK);
        origin.write(end, origin.voidPromise());
    }

    /** Returns what is owed, unless the origin is slower than the edge. */
    void giveCredit() {
        Channel origin = channel;
        if (owedCredit > 0 && (discarding || (origin != null && origin.isWritable()))) {
            int bytes = owedCredit;
            owedCredit = 0;
            stream.consume(bytes);
        }
    }

    /** The rest of the body is of no use to anybody. */
    void discard() {
        discarding = true;
        channel = null;
        releaseReserved();
        Deque<ByteBuf> early = held;
        if (early != null) {
            held = null;
            early.forEach(ByteBuf::release);
        }
        giveCredit();
    }

    /** True when the last byte has been written. */
    boolean isComplete() {
        return complete;
    }

    /** True if no byte of a body has come, so that the request can be sent again. */
    boolean isUntouched() {
        return !touched;
    }
}
