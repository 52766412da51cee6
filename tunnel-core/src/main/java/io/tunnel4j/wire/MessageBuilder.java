package io.tunnel4j.wire;

import static io.tunnel4j.wire.CapnpPointer.BYTES_PER_WORD;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * One Cap'n Proto message under construction, in one segment that grows.
 *
 * <p>Content stands in the order of the calls that create it, as the reference's library writes it, so that equal calls give equal bytes. The
 * message is on the heap: a builder that is dropped half-way leaks nothing. Not thread-safe.
 */
final class MessageBuilder {
    private static final int INITIAL_BYTES = 256;

    /** Segment table of one segment. */
    private static final int TABLE_BYTES = 8;

    private static final int SIZE_OFFSET = 4;

    private final ByteBuf bytes = Unpooled.buffer(INITIAL_BYTES);

    MessageBuilder() {
        bytes.writeZero(TABLE_BYTES + BYTES_PER_WORD);
    }

    /** Allocates the root struct. To be called once, first. */
    StructBuilder root(int dataWords, int pointers) {
        return struct(0, dataWords, pointers);
    }

    /** Returns the message with its segment table; the receiver releases it. */
    ByteBuf finish() {
        bytes.setIntLE(SIZE_OFFSET, words());
        return bytes;
    }

    /** Allocates a struct and lets the pointer at a word lead to it. */
    StructBuilder struct(int pointerWord, int dataWords, int pointers) {
        if (dataWords + pointers == 0) {
            setWord(pointerWord, CapnpPointer.EMPTY_STRUCT);
            return new StructBuilder(this, pointerWord, 0, 0);
        }
        int start = allocate(dataWords + pointers);
        setWord(pointerWord, CapnpPointer.structPointer(start - pointerWord - 1, dataWords, pointers));
        return new StructBuilder(this, start, dataWords, pointers);
    }

    /** Allocates a list that is not composite and lets the pointer at a word lead to it; returns its first word. */
    int list(int pointerWord, int elementSize, int count) {
        int start = allocate((int) CapnpPointer.listWords(elementSize, count));
        setWord(pointerWord, CapnpPointer.listPointer(start - pointerWord - 1, elementSize, count));
        return start;
    }

    /** Allocates a list of structs and lets the pointer at a word lead to it; returns the first word after its tag. */
    int compositeList(int pointerWord, int count, int dataWords, int pointers) {
        int words = count * (dataWords + pointers);
        int tag = allocate(1 + words);
        setWord(pointerWord, CapnpPointer.listPointer(tag - pointerWord - 1, CapnpPointer.COMPOSITE_ELEMENTS, words));
        setWord(tag, CapnpPointer.structPointer(count, dataWords, pointers));
        return tag + 1;
    }

    /** Writes a list of bytes; null for an empty one. */
    void bytes(int pointerWord, byte[] content, int paddingBytes) {
        int length = content.length + paddingBytes;
        if (length > 0) {
            int start = list(pointerWord, CapnpPointer.BYTE_ELEMENTS, length);
            bytes.setBytes(byteIndex(start), content);
        }
    }

    void setWord(int word, long value) {
        bytes.setLongLE(byteIndex(word), value);
    }

    ByteBuf bytes() {
        return bytes;
    }

    static int byteIndex(int word) {
        return TABLE_BYTES + word * BYTES_PER_WORD;
    }

    private int allocate(int words) {
        int start = words();
        bytes.writeZero(words * BYTES_PER_WORD);
        return start;
    }

    private int words() {
        return (bytes.writerIndex() - TABLE_BYTES) / BYTES_PER_WORD;
    }
}
