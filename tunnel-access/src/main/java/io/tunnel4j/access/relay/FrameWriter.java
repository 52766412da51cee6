package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.Consumer;

/**
 * Writes a byte stream as masked binary messages, one frame each.
 *
 * <p>A connector throws away what exceeds 16384 bytes of one message, so messages end below that: with its head, a full frame is exactly as
 * long as the largest TLS record. Confined to the connection's event loop.
 */
final class FrameWriter {
    /** Largest payload of a message. */
    static final int MAX_MESSAGE_BYTES = 16_384 - 8;

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
            frame(Frame.BINARY, own.readRetainedSlice(MAX_MESSAGE_BYTES));
        }
        frame(Frame.BINARY, own);
    }

    /** Writes a control frame; the payload is borrowed. */
    void control(int opcode, ByteBuf payload) {
        frame(
                opcode,
                payload.isReadable()
                        ? allocator
                                .buffer(payload.readableBytes())
                                .writeBytes(payload, payload.readerIndex(), payload.readableBytes())
                        : allocator.buffer(0));
    }

    /** Writes a close frame without a reason. */
    void close(int code) {
        frame(
                Frame.CLOSE,
                code == Frame.CODE_NONE
                        ? allocator.buffer(0)
                        : allocator.buffer(2).writeShort(code));
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
        ByteBuf head = allocator.buffer(8);
        head.writeByte(Frame.FIN | opcode);
        if (length < 126) {
            head.writeByte(Frame.MASKED | length);
        } else {
            head.writeByte(Frame.MASKED | 126).writeShort(length);
        }
        head.writeInt(key);
        Masks.apply(payload, key);
        out.accept(head);
        if (length > 0) {
            out.accept(payload);
        } else {
            payload.release();
        }
    }
}
