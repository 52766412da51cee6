package io.tunnel4j.mux;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2Exception;
import org.jspecify.annotations.Nullable;

/**
 * A header block that comes in several frames. Netty's reader copies what it has for each further frame, which for the megabytes that the reference sends in frames of
 * 16 KiB is seconds of copying. Confined to the connection's event loop. Owns what it has collected until it is taken or {@link #discard discarded}.
 */
final class HeaderBlock {
    /** Frames of a block that are smaller than any peer has a reason to make them. */
    static final int MAX_SMALL_FRAMES = 16;

    private static final int SMALL_FRAME_BYTES = 8192;

    private int streamId;
    private int padding;
    private boolean endOfStream;
    private int smallFrames;
    private @Nullable ByteBuf collected;

    boolean isOpen() {
        return collected != null;
    }

    int streamId() {
        return streamId;
    }

    int padding() {
        return padding;
    }

    boolean endOfStream() {
        return endOfStream;
    }

    void begin(int ofStream, int paddingBytes, boolean endsStream, ByteBufAllocator allocator, int firstBytes) {
        streamId = ofStream;
        padding = paddingBytes;
        endOfStream = endsStream;
        smallFrames = 0;
        collected = allocator.buffer(2 * firstBytes);
    }

    /**
     * Adds a frame's payload.
     *
     * @param fragment borrowed
     * @param last whether it ends the block
     * @param maxBytes what a block may have
     */
    void add(ByteBuf fragment, boolean last, long maxBytes) throws Http2Exception {
        ByteBuf block = collected;
        if (block == null) {
            throw connectionError(PROTOCOL_ERROR, "CONTINUATION frame outside a header block");
        }
        if (block.readableBytes() + (long) fragment.readableBytes() > maxBytes) {
            throw connectionError(PROTOCOL_ERROR, "header block above %d octets", maxBytes);
        }
        if (!last && fragment.readableBytes() < SMALL_FRAME_BYTES && ++smallFrames > MAX_SMALL_FRAMES) {
            throw connectionError(ENHANCE_YOUR_CALM, "header block of more than %d small frames", MAX_SMALL_FRAMES);
        }
        block.writeBytes(fragment);
    }

    /** Ends the block. The caller releases what is returned. */
    ByteBuf take() {
        ByteBuf block = collected;
        if (block == null) {
            throw new IllegalStateException("no header block");
        }
        collected = null;
        return block;
    }

    void discard() {
        if (collected != null) {
            collected.release();
            collected = null;
        }
    }
}
