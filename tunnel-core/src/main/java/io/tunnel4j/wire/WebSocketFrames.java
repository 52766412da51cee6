package io.tunnel4j.wire;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes WebSocket frame headers and applies masks. Stateless, thread-safe.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc6455#section-5.2">RFC 6455 §5.2</a>
 */
public final class WebSocketFrames {
    /** Opcode of a frame that continues a message. */
    public static final int CONTINUATION = 0x0;

    /** Opcode of a text message. */
    public static final int TEXT = 0x1;

    /** Opcode of a binary message. */
    public static final int BINARY = 0x2;

    /** Opcode of a close frame. */
    public static final int CLOSE = 0x8;

    /** Opcode of a ping. */
    public static final int PING = 0x9;

    /** Opcode of a pong. */
    public static final int PONG = 0xA;

    /** Largest payload of a control frame. */
    public static final int MAX_CONTROL_BYTES = 125;

    /** Largest frame header: 64-bit length and mask. */
    public static final int MAX_HEADER_BYTES = 14;

    /** Close code for a normal end. */
    public static final int NORMAL_CLOSURE = 1000;

    /** Close code for an end that goes away, e.g. shuts down. */
    public static final int GOING_AWAY = 1001;

    /** Close code for a frame that breaks the protocol. */
    public static final int PROTOCOL_ERROR = 1002;

    /** What is reported for a close frame without a code; never on the wire. */
    public static final int NO_STATUS = 1005;

    private static final int FIN = 0x80;
    private static final int MASKED = 0x80;

    private WebSocketFrames() {}

    /**
     * Writes the header of an unmasked frame, as a server sends it.
     *
     * @param opcode kind of frame
     * @param fin true for the last frame of a message
     * @param payloadBytes length of the payload that follows
     * @param out borrows the buffer
     */
    public static void writeHeader(int opcode, boolean fin, long payloadBytes, ByteBuf out) {
        out.writeByte(fin ? FIN | opcode : opcode);
        writeLength(0, payloadBytes, out);
    }

    /**
     * Writes the header of a masked frame, as a client sends it; the payload is to be masked with {@link #mask}.
     *
     * @param opcode kind of frame
     * @param fin true for the last frame of a message
     * @param payloadBytes length of the payload that follows
     * @param key masking key, unpredictable for whoever chose the payload
     * @param out borrows the buffer
     */
    public static void writeMaskedHeader(int opcode, boolean fin, long payloadBytes, int key, ByteBuf out) {
        out.writeByte(fin ? FIN | opcode : opcode);
        writeLength(MASKED, payloadBytes, out);
        out.writeInt(key);
    }

    /**
     * Writes a whole close frame without a mask.
     *
     * @param code close code; {@link #NO_STATUS} for an empty payload
     * @param out borrows the buffer
     */
    public static void writeClose(int code, ByteBuf out) {
        writeHeader(CLOSE, true, code == NO_STATUS ? 0 : 2, out);
        if (code != NO_STATUS) {
            out.writeShort(code);
        }
    }

    /**
     * Masks or unmasks bytes in place, eight at a time.
     *
     * @param bytes borrows the buffer, indexes stay
     * @param from index of the first byte
     * @param length number of bytes
     * @param key masking key, rotated so that its first octet belongs to the first byte; see {@link #rotate}
     */
    public static void mask(ByteBuf bytes, int from, int length, int key) {
        if (key == 0 || length == 0) {
            return;
        }
        if (bytes.nioBufferCount() == 1) {
            ByteBuffer memory = bytes.nioBuffer(from, length);
            xor(memory, memory, key);
            return;
        }
        for (int i = 0, shift = 24; i < length; i++, shift -= 8) {
            bytes.setByte(from + i, bytes.getByte(from + i) ^ (key >>> (shift & 31)));
        }
    }

    /**
     * Appends payload in masked form: copied and masked in one pass.
     *
     * @param payload borrows the buffer; {@code length} bytes are read
     * @param length number of bytes
     * @param key masking key
     * @param out borrows the buffer
     */
    public static void writeMasked(ByteBuf payload, int length, int key, ByteBuf out) {
        int start = out.writerIndex();
        // First: it may give a composite another piece.
        out.ensureWritable(length);
        if (length == 0 || payload.nioBufferCount() != 1 || out.nioBufferCount() != 1) {
            out.writeBytes(payload, length);
            mask(out, start, length, key);
            return;
        }
        xor(payload.nioBuffer(payload.readerIndex(), length), out.nioBuffer(start, length), key);
        payload.skipBytes(length);
        out.writerIndex(start + length);
    }

    /** On NIO's views, as a {@code ByteBuf} checks each access: three times the time (WebSocketBenchmark). */
    private static void xor(ByteBuffer in, ByteBuffer out, int key) {
        // In the machine's own byte order, so that no word has to be turned round.
        ByteOrder order = ByteOrder.nativeOrder();
        in.order(order);
        out.order(order);
        long wide = (long) key << 32 | (key & 0xffff_ffffL);
        if (order == ByteOrder.LITTLE_ENDIAN) {
            wide = Long.reverseBytes(wide);
        }
        int length = in.remaining();
        int words = length & -8;
        int i = 0;
        for (; i < words; i += 8) {
            out.putLong(i, in.getLong(i) ^ wide);
        }
        for (int shift = 24; i < length; i++, shift -= 8) {
            // At most seven bytes: the shift wraps at 32 as the key does.
            out.put(i, (byte) (in.get(i) ^ (key >>> (shift & 31))));
        }
    }

    /**
     * Turns a key so that it fits the bytes after {@code bytes} masked ones.
     *
     * @param key masking key
     * @param bytes number of bytes masked with it
     * @return the key for what follows
     */
    public static int rotate(int key, long bytes) {
        return Integer.rotateLeft(key, (int) (bytes & 3) * 8);
    }

    private static void writeLength(int masked, long length, ByteBuf out) {
        if (length <= MAX_CONTROL_BYTES) {
            out.writeByte(masked | (int) length);
        } else if (length <= 0xffff) {
            out.writeByte(masked | 126);
            out.writeShort((int) length);
        } else {
            out.writeByte(masked | 127);
            out.writeLong(length);
        }
    }
}
