package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.tunnel4j.wire.WebSocketFrames;
import java.util.function.Consumer;

/**
 * Writes a byte stream as masked binary messages, one frame each.
 *
 * <p>A connector throws away what exceeds 16384 bytes of one message, so messages end below that: with its header, a full frame is exactly as
 * long as the largest TLS record. Confined to the connection's event loop.
 */
final class FrameWriter {
    private static final int HEADER_BYTES = 8;

    /** Largest payload of a message. */
    static final int MAX_MESSAGE_BYTES = 16_384 - HEADER_BYTES;

    private final ByteBufAllocator allocator;
    private final Masks masks;
    private final Consumer<ByteBuf> out;

    FrameWriter(ByteBufAllocator allocator, Masks masks, Consumer<ByteBuf> out) {
        this.allocator = allocator;
        this.masks = masks;
        this.out = out;
    }

    /**
     * Writes bytes as one or more messages.
     *
     * @param data consumed; masked in place unless it is shared or read-only
     */
    void data(ByteBuf data) {
        if (!data.isReadable()) {
            data.release();
            return;
        }
        ByteBuf own = owned(data);
        while (own.readableBytes() > MAX_MESSAGE_BYTES) {
            frame(WebSocketFrames.BINARY, own.readRetainedSlice(MAX_MESSAGE_BYTES));
        }
        frame(WebSocketFrames.BINARY, own);
    }

    void ping() {
        frame(WebSocketFrames.PING, allocator.buffer(0));
    }

    void pong(byte[] payload) {
        frame(WebSocketFrames.PONG, allocator.buffer(payload.length).writeBytes(payload));
    }

    /** Writes a close frame without a reason. */
    void close(int code) {
        ByteBuf payload = allocator.buffer(2);
        frame(WebSocketFrames.CLOSE, code == WebSocketFrames.NO_STATUS ? payload : payload.writeShort(code));
    }

    private ByteBuf owned(ByteBuf data) {
        if (data.refCnt() == 1 && !data.isReadOnly()) {
            return data;
        }
        try {
            return allocator.buffer(data.readableBytes()).writeBytes(data);
        } finally {
            data.release();
        }
    }

    private void frame(int opcode, ByteBuf payload) {
        int length = payload.readableBytes();
        int key = masks.next();
        ByteBuf header = allocator.buffer(HEADER_BYTES);
        WebSocketFrames.writeMaskedHeader(opcode, true, length, key, header);
        WebSocketFrames.mask(payload, payload.readerIndex(), length, key);
        out.accept(header);
        if (length > 0) {
            out.accept(payload);
        } else {
            payload.release();
        }
    }
}
