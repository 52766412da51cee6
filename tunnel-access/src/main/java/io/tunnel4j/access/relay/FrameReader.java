package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Reads the edge's frames as a byte stream: payload is handed on as it arrives, whatever the frame's size, kind (text too) or fragmentation.
 *
 * <p>Holds at most one frame head or one control frame (125 bytes) between two calls. Confined to the connection's event loop.
 */
final class FrameReader {
    /** What was read, in wire order. */
    interface Sink {
        /** A piece of data. The receiver releases it. */
        void data(ByteBuf payload);

        /** A ping; the payload is borrowed. */
        void ping(ByteBuf payload);

        /** A pong. */
        void pong();

        /** A close frame. Nothing is read after it. */
        void close(int code);

        /** The bytes are not frames. Nothing is read after it. */
        void malformed(String what);
    }

    private enum State {
        HEAD,
        DATA,
        CONTROL,
        DONE
    }

    private static final int MAX_HEAD_BYTES = 14;

    private final Sink sink;
    private final ByteBuf held = Unpooled.buffer(Frame.MAX_CONTROL_BYTES, Frame.MAX_CONTROL_BYTES);
    private State state = State.HEAD;
    private int opcode;
    private long remaining;
    private boolean inMessage;

    FrameReader(Sink sink) {
        this.sink = sink;
    }

    /**
     * Reads on.
     *
     * @param bytes consumed
     */
    void read(ByteBuf bytes) {
        try {
            while (state != State.DONE && bytes.isReadable()) {
                switch (state) {
                    case HEAD -> readHead(bytes);
                    case DATA -> readData(bytes);
                    case CONTROL -> readControl(bytes);
                    case DONE -> {}
                }
            }
        } finally {
            bytes.release();
        }
    }

    /** Tells whether the bytes so far end between two messages. */
    boolean isBetweenMessages() {
        return state == State.DONE || (state == State.HEAD && !inMessage && !held.isReadable());
    }

    private void readHead(ByteBuf bytes) {
        if (!held.isReadable() && bytes.readableBytes() >= MAX_HEAD_BYTES) {
            parseHead(bytes);
            return;
        }
        // A head in pieces: one byte at a time until it is whole.
        held.writeByte(bytes.readByte());
        if (held.readableBytes() >= 2 && held.readableBytes() == headBytes(held.getByte(1))) {
            parseHead(held);
            held.clear();
        }
    }

    private static int headBytes(byte second) {
        int length = second & 0x7f;
        int extended = length == 126 ? 2 : length == 127 ? 8 : 0;
        return 2 + extended + ((second & Frame.MASKED) != 0 ? 4 : 0);
    }

    private void parseHead(ByteBuf head) {
        int first = head.readUnsignedByte();
        int second = head.readUnsignedByte();
        boolean fin = (first & Frame.FIN) != 0;
        opcode = first & 0x0f;
        long length = second & 0x7f;
        if (length == 126) {
            length = head.readUnsignedShort();
        } else if (length == 127) {
            length = head.readLong();
        }
        String wrong = check(first, second, fin, length);
        if (wrong != null) {
            fail(wrong);
            return;
        }
        remaining = length;
        if (opcode >= Frame.CLOSE) {
            state = State.CONTROL;
            if (length == 0) {
                finishControl(Unpooled.EMPTY_BUFFER);
            }
        } else {
            inMessage = !fin;
            state = length == 0 ? State.HEAD : State.DATA;
        }
    }

    private @Nullable String check(int first, int second, boolean fin, long length) {
        if ((first & 0x70) != 0) {
            return "reserved bits in a frame head";
        }
        if ((second & Frame.MASKED) != 0) {
            return "a masked frame from the server";
        }
        if (length < 0) {
            return "a negative frame length";
        }
        return switch (opcode) {
            case Frame.CONTINUATION -> inMessage ? null : "a continuation without a message";
            case Frame.TEXT, Frame.BINARY -> inMessage ? "a new message inside a fragmented one" : null;
            case Frame.CLOSE, Frame.PING, Frame.PONG ->
                fin && length <= Frame.MAX_CONTROL_BYTES
                        ? null
                        : "a control frame that is fragmented or longer than 125 bytes";
            default -> "opcode " + opcode;
        };
    }

    private void readData(ByteBuf bytes) {
        int length = (int) Math.min(remaining, bytes.readableBytes());
        remaining -= length;
        if (remaining == 0) {
            state = State.HEAD;
        }
        sink.data(bytes.readRetainedSlice(length));
    }

    private void readControl(ByteBuf bytes) {
        int length = (int) Math.min(remaining, bytes.readableBytes());
        bytes.readBytes(held, length);
        remaining -= length;
        if (remaining == 0) {
            finishControl(held);
            held.clear();
        }
    }

    private void finishControl(ByteBuf payload) {
        state = State.HEAD;
        switch (opcode) {
            case Frame.PING -> sink.ping(payload);
            case Frame.PONG -> sink.pong();
            default -> readClose(payload);
        }
    }

    private void readClose(ByteBuf payload) {
        if (payload.readableBytes() == 1) {
            fail("a close frame with half a code");
            return;
        }
        state = State.DONE;
        sink.close(payload.isReadable() ? payload.readUnsignedShort() : Frame.CODE_NONE);
    }

    private void fail(String what) {
        state = State.DONE;
        sink.malformed(what);
    }
}
