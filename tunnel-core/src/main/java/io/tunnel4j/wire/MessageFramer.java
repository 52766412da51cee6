package io.tunnel4j.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tunnel4j.wire.WireException.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Cuts Cap'n Proto messages out of a byte stream, wherever its pieces begin and end.
 *
 * <p>Sizes that the peer announces are checked against the limits as soon as they are known, and memory follows the bytes that have arrived,
 * never an announcement. After an exception the stream cannot be read further. Holds heap memory only; nobody has to
 * release it. Not thread-safe.
 */
public final class MessageFramer {
    /** Segments per message. Senders on the control stream use one; a library that allocates in steps uses a few. */
    public static final int MAX_SEGMENTS = 64;

    private static final int INITIAL_BYTES = 1024;

    private final ByteBuf pending = Unpooled.buffer(INITIAL_BYTES);
    private int maxMessageBytes;

    /**
     * Creates a framer at the start of a stream.
     *
     * @param maxMessageBytes largest message, without its segment table
     */
    public MessageFramer(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * Changes the size limit for messages not yet cut.
     *
     * @param maxMessageBytes largest message, without its segment table
     */
    public void maxMessageBytes(int maxMessageBytes) {
        this.maxMessageBytes = maxMessageBytes;
    }

    /**
     * Takes the next piece of the stream. To be followed by {@link #next()} until that returns null.
     *
     * @param piece borrowed; read completely
     */
    public void feed(ByteBuf piece) {
        pending.discardReadBytes();
        pending.writeBytes(piece);
    }

    /**
     * Cuts off the next message.
     *
     * @return its root struct; null when the stream has to deliver more first
     * @throws WireException when the announced message is above a limit, or its root pointer leads astray
     */
    public @Nullable StructReader next() throws WireException {
        byte[] message = nextBytes();
        return message == null ? null : MessageReader.of(message).root();
    }

    /**
     * Tells whether the stream may end here.
     *
     * @return true between messages
     */
    public boolean isBetweenMessages() {
        return !pending.isReadable();
    }

    /** Memory held for messages that are not complete. */
    int capacityBytes() {
        return pending.capacity();
    }

    private byte @Nullable [] nextBytes() throws WireException {
        int available = pending.readableBytes();
        if (available < Integer.BYTES) {
            return null;
        }
        int from = pending.readerIndex();
        long segments = pending.getUnsignedIntLE(from) + 1;
        if (segments > MAX_SEGMENTS) {
            throw new WireException(
                    Kind.TOO_MANY_SEGMENTS,
                    "message of " + segments + " segments (expected: at most " + MAX_SEGMENTS + ")");
        }
        int table = tableBytes((int) segments);
        long content = 0;
        for (int i = 1; i <= segments && Integer.BYTES * (i + 1) <= available; i++) {
            content += pending.getUnsignedIntLE(from + Integer.BYTES * i) * CapnpPointer.BYTES_PER_WORD;
        }
        if (content > maxMessageBytes) {
            throw new WireException(
                    Kind.MESSAGE_TOO_LARGE,
                    "message of " + content + " bytes (expected: at most " + maxMessageBytes + ")");
        }
        if (available < table || available - table < content) {
            return null;
        }
        byte[] message = new byte[table + (int) content];
        pending.readBytes(message);
        return message;
    }

    /** Size of the segment table, padded to a whole word. */
    static int tableBytes(int segments) {
        return (Integer.BYTES * (segments + 1) + CapnpPointer.BYTES_PER_WORD - 1) & -CapnpPointer.BYTES_PER_WORD;
    }
}
