package io.tunnel4j.wire;

import static io.tunnel4j.wire.CapnpPointer.BYTES_PER_WORD;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tunnel4j.wire.WireException.Kind;

/**
 * One Cap'n Proto message: its segments, and how much reading it may still cost.
 *
 * <p>Holds its bytes on the heap, so nobody has to release it. Every pointer that is followed is checked against its segment, and its
 * words are charged to a budget in proportion to the message, so pointers that overlap cannot make a small message expensive.
 * Not thread-safe.
 */
final class MessageReader {
    /** Nesting of structs and lists; our deepest message has seven levels. */
    static final int MAX_DEPTH = 32;

    /** How often each word may be read: decoding, re-reading and echoing a message touch each word once or twice each. */
    private static final int TRAVERSALS = 8;

    /** Keeps messages of a few words readable, whose far pointers cost more than their content. */
    private static final int MIN_BUDGET_WORDS = 64;

    private final ByteBuf bytes;
    private final int[] segmentStart;
    private final int[] segmentWords;
    private long budget;

    private MessageReader(ByteBuf bytes, int[] segmentStart, int[] segmentWords) {
        this.bytes = bytes;
        this.segmentStart = segmentStart;
        this.segmentWords = segmentWords;
        long words = 0;
        for (int segment : segmentWords) {
            words += segment;
        }
        budget = Math.max(words * TRAVERSALS, MIN_BUDGET_WORDS);
    }

    /** Opens a message whose segment table has been checked by {@link MessageFramer}: the array holds table and segments. */
    static MessageReader of(byte[] message) {
        ByteBuf bytes = Unpooled.wrappedBuffer(message);
        int segments = bytes.getIntLE(0) + 1;
        int[] start = new int[segments];
        int[] words = new int[segments];
        int position = MessageFramer.tableBytes(segments);
        for (int i = 0; i < segments; i++) {
            start[i] = position;
            words[i] = bytes.getIntLE(Integer.BYTES * (i + 1));
            position += words[i] * BYTES_PER_WORD;
        }
        return new MessageReader(bytes, start, words);
    }

    StructReader root() throws WireException {
        if (segmentWords[0] == 0) {
            throw new WireException(Kind.POINTER_OUT_OF_BOUNDS, "root pointer: segment 0 is empty");
        }
        return StructReader.at(this, 0, 0, MAX_DEPTH);
    }

    int segments() {
        return segmentWords.length;
    }

    int words(int segment) {
        return segmentWords[segment];
    }

    ByteBuf bytes() {
        return bytes;
    }

    int byteIndex(int segment, int word) {
        return segmentStart[segment] + word * BYTES_PER_WORD;
    }

    long word(int segment, int word) {
        return bytes.getLongLE(byteIndex(segment, word));
    }

    /** Follows the pointer at a word that is known to exist, through far pointers, to where its content is described. */
    Location locate(int segment, int word) throws WireException {
        long pointer = word(segment, word);
        if (CapnpPointer.kind(pointer) != CapnpPointer.FAR) {
            return new Location(pointer, segment, (long) word + 1 + CapnpPointer.offset(pointer));
        }
        int padSegment = CapnpPointer.farSegment(pointer);
        int pad = CapnpPointer.farOffset(pointer);
        boolean isDouble = CapnpPointer.isDoubleFar(pointer);
        take(padSegment, pad, isDouble ? 2 : 1);
        long landing = word(padSegment, pad);
        if (!isDouble) {
            if (CapnpPointer.kind(landing) == CapnpPointer.FAR) {
                throw new WireException(Kind.POINTER_KIND, "far pointer: it leads to another far pointer");
            }
            return new Location(landing, padSegment, (long) pad + 1 + CapnpPointer.offset(landing));
        }
        long tag = word(padSegment, pad + 1);
        if (CapnpPointer.kind(landing) != CapnpPointer.FAR || CapnpPointer.isDoubleFar(landing)) {
            throw new WireException(Kind.POINTER_KIND, "double-far pointer: its landing pad is not a far pointer");
        }
        if (CapnpPointer.kind(tag) > CapnpPointer.LIST || CapnpPointer.offset(tag) != 0) {
            throw new WireException(
                    Kind.POINTER_KIND, "double-far pointer: its tag is not a struct or list at offset 0");
        }
        return new Location(tag, CapnpPointer.farSegment(landing), CapnpPointer.farOffset(landing));
    }

    /** Checks that a range lies inside its segment and charges it. */
    void take(int segment, long firstWord, long count) throws WireException {
        if (segment < 0 || segment >= segmentWords.length) {
            throw new WireException(
                    Kind.POINTER_OUT_OF_BOUNDS,
                    "pointer to segment " + Integer.toUnsignedString(segment) + " (expected: below "
                            + segmentWords.length + ")");
        }
        if (firstWord < 0 || firstWord + count > segmentWords[segment]) {
            throw new WireException(
                    Kind.POINTER_OUT_OF_BOUNDS,
                    "pointer to words " + firstWord + " to " + (firstWord + count) + " of segment " + segment
                            + " (expected: at most " + segmentWords[segment] + ")");
        }
        charge(count);
    }

    void charge(long words) throws WireException {
        budget -= words;
        if (budget < 0) {
            throw new WireException(Kind.TRAVERSAL_LIMIT, "message is read more often than its size allows");
        }
    }

    /**
     * Where a pointer leads.
     *
     * @param pointer the word that describes the content: the pointer itself, a landing pad, or a tag
     * @param segment where the content is; not checked yet
     * @param start first word of the content; not checked yet
     */
    record Location(long pointer, int segment, long start) {}
}
