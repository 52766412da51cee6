package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
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
     * Writes bytes as one or more messages, with their headers in one buffer: where header and payload are pieces of their own, what is below joins them again for
     * each TLS record, piece by piece.
     *
     * @param data consumed
     */
    void data(ByteBuf data) {
        try {
            int bytes = data.readableBytes();
            if (bytes == 0) {
                return;
            }
            int messages = (bytes + MAX_MESSAGE_BYTES - 1) / MAX_MESSAGE_BYTES;
            ByteBuf frames = allocator.buffer(bytes + messages * HEADER_BYTES);
            while (data.isReadable()) {
                frame(WebSocketFrames.BINARY, data, Math.min(data.readableBytes(), MAX_MESSAGE_BYTES), frames);
            }
            out.accept(frames);
        } finally {
            data.release();
        }
    }

    void ping() {
        control(WebSocketFrames.PING, Unpooled.EMPTY_BUFFER);
    }

    void pong(byte[] payload) {
        control(WebSocketFrames.PONG, Unpooled.wrappedBuffer(payload));
    }

    /** Writes a close frame without a reason. */
    void close(int code) {
        control(
                WebSocketFrames.CLOSE,
                code == WebSocketFrames.NO_STATUS ? Unpooled.EMPTY_BUFFER : Unpooled.copyShort(code));
    }

    private void control(int opcode, ByteBuf payload) {
        int bytes = payload.readableBytes();
        ByteBuf frame = allocator.buffer(bytes + HEADER_BYTES);
        frame(opcode, payload, bytes, frame);
        payload.release();
        out.accept(frame);
    }

    private void frame(int opcode, ByteBuf payload, int bytes, ByteBuf to) {
        int key = masks.next();
        WebSocketFrames.writeMaskedHeader(opcode, true, bytes, key, to);
        WebSocketFrames.writeMasked(payload, bytes, key, to);
    }
}
