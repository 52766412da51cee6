package io.tunnel4j.wire;

import static io.tunnel4j.wire.CapnpPointer.BYTES_PER_WORD;

import io.tunnel4j.wire.MessageReader.Location;
import io.tunnel4j.wire.WireException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A struct inside a received Cap'n Proto message.
 *
 * <p>Fields are named by byte offset in the data section and by index in the pointer section. A struct written by an older schema is
 * shorter, one by a newer schema longer: what is absent reads as zero, empty or null. Values are copies. Not thread-safe.
 */
public final class StructReader {
    private final @Nullable MessageReader message;
    private final int segment;
    private final int start;
    private final int dataWords;
    private final int pointers;
    private final int depth;

    private StructReader(
            @Nullable MessageReader message, int segment, int start, int dataWords, int pointers, int depth) {
        this.message = message;
        this.segment = segment;
        this.start = start;
        this.dataWords = dataWords;
        this.pointers = pointers;
        this.depth = depth;
    }

    /** Follows the struct pointer at a word; null reads as a struct without fields. */
    static StructReader at(MessageReader message, int segment, int word, int depth) throws WireException {
        if (message.word(segment, word) == 0) {
            return new StructReader(null, 0, 0, 0, 0, 0);
        }
        Location location = message.locate(segment, word);
        long pointer = location.pointer();
        if (CapnpPointer.kind(pointer) != CapnpPointer.STRUCT) {
            throw new WireException(
                    Kind.POINTER_KIND, "pointer of kind " + CapnpPointer.kind(pointer) + " (expected: struct)");
        }
        int data = CapnpPointer.dataWords(pointer);
        int pointers = CapnpPointer.pointers(pointer);
        message.take(location.segment(), location.start(), (long) data + pointers);
        return element(message, location.segment(), (int) location.start(), data, pointers, depth);
    }

    /** A struct whose words have been checked and charged. */
    static StructReader element(MessageReader message, int segment, int start, int data, int pointers, int depth)
            throws WireException {
        if (depth <= 0) {
            throw new WireException(
                    Kind.TOO_DEEP, "structs nested more deeply than " + MessageReader.MAX_DEPTH + " levels");
        }
        return new StructReader(message, segment, start, data, pointers, depth);
    }

    /**
     * Reads an unsigned 8-bit field.
     *
     * @param offset byte offset in the data section
     * @return 0 to 255
     */
    public int u8(int offset) {
        return message == null || offset >= dataWords * BYTES_PER_WORD
                ? 0
                : message.bytes().getUnsignedByte(byteIndex(offset));
    }

    /**
     * Reads an unsigned 16-bit field.
     *
     * @param offset byte offset in the data section, a multiple of 2
     * @return 0 to 65535
     */
    public int u16(int offset) {
        return message == null || offset >= dataWords * BYTES_PER_WORD
                ? 0
                : message.bytes().getUnsignedShortLE(byteIndex(offset));
    }

    /**
     * Reads a 32-bit field.
     *
     * @param offset byte offset in the data section, a multiple of 4
     * @return its bits
     */
    public int i32(int offset) {
        return message == null || offset >= dataWords * BYTES_PER_WORD
                ? 0
                : message.bytes().getIntLE(byteIndex(offset));
    }

    /**
     * Reads a 64-bit field.
     *
     * @param offset byte offset in the data section, a multiple of 8
     * @return its bits
     */
    public long i64(int offset) {
        return message == null || offset >= dataWords * BYTES_PER_WORD
                ? 0
                : message.bytes().getLongLE(byteIndex(offset));
    }

    /**
     * Reads a flag.
     *
     * @param bit bit offset in the data section
     * @return its value
     */
    public boolean bit(int bit) {
        return (u8(bit / Byte.SIZE) >> bit % Byte.SIZE & 1) != 0;
    }

    /**
     * Tells whether a pointer field is set.
     *
     * @param index index in the pointer section
     * @return false for null and for a field this struct does not have
     */
    public boolean has(int index) {
        return message != null && index < pointers && message.word(segment, start + dataWords + index) != 0;
    }

    /**
     * Reads a struct field.
     *
     * @param index index in the pointer section
     * @return the struct; one without fields for null
     * @throws WireException when the pointer is not a struct pointer, leads astray, or nests too deeply
     */
    public StructReader struct(int index) throws WireException {
        if (message == null || !has(index)) {
            return new StructReader(null, 0, 0, 0, 0, 0);
        }
        return at(message, segment, start + dataWords + index, depth - 1);
    }

    /**
     * Reads a capability field.
     *
     * @param index index in the pointer section
     * @return index in the message's capability table; -1 when the field holds something else
     * @throws WireException when a far pointer leads astray
     */
    public int capability(int index) throws WireException {
        if (message == null || !has(index)) {
            return -1;
        }
        long pointer = message.locate(segment, start + dataWords + index).pointer();
        return CapnpPointer.isCapability(pointer) ? (int) (pointer >>> 32) : -1;
    }

    /**
     * Reads a Data field.
     *
     * @param index index in the pointer section
     * @return its bytes; empty for null
     * @throws WireException when the pointer is not a byte list or leads astray
     */
    public byte[] data(int index) throws WireException {
        return message == null || !has(index) ? new byte[0] : bytes(message, segment, start + dataWords + index);
    }

    /**
     * Reads a Text field.
     *
     * @param index index in the pointer section
     * @return its characters; empty for null
     * @throws WireException when the pointer is not a byte list, leads astray, or the text is not UTF-8 with a final NUL
     */
    public String text(int index) throws WireException {
        return message == null || !has(index) ? "" : text(message, segment, start + dataWords + index);
    }

    /**
     * Reads a List(Text) field.
     *
     * @param index index in the pointer section
     * @return its texts; empty for null
     * @throws WireException when the pointer is not a pointer list, leads astray, or an element is not a text
     */
    public List<String> texts(int index) throws WireException {
        if (message == null || !has(index)) {
            return List.of();
        }
        Location location = message.locate(segment, start + dataWords + index);
        long pointer = location.pointer();
        if (CapnpPointer.kind(pointer) != CapnpPointer.LIST
                || CapnpPointer.elementSize(pointer) != CapnpPointer.POINTER_ELEMENTS) {
            throw new WireException(Kind.POINTER_KIND, "pointer to something else (expected: list of texts)");
        }
        int count = CapnpPointer.elementCount(pointer);
        message.take(location.segment(), location.start(), count);
        List<String> texts = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int at = (int) location.start() + i;
            texts.add(message.word(location.segment(), at) == 0 ? "" : text(message, location.segment(), at));
        }
        return texts;
    }

    /**
     * Reads a list of structs.
     *
     * @param index index in the pointer section
     * @return its elements; empty for null
     * @throws WireException when the pointer is not a composite list, leads astray, or nests too deeply
     */
    public List<StructReader> structs(int index) throws WireException {
        if (message == null || !has(index)) {
            return List.of();
        }
        return compositeElements(message, message.locate(segment, start + dataWords + index), depth - 1);
    }

    static List<StructReader> compositeElements(MessageReader message, Location location, int depth)
            throws WireException {
        long pointer = location.pointer();
        if (CapnpPointer.kind(pointer) != CapnpPointer.LIST
                || CapnpPointer.elementSize(pointer) != CapnpPointer.COMPOSITE_ELEMENTS) {
            throw new WireException(Kind.POINTER_KIND, "pointer to something else (expected: list of structs)");
        }
        int words = CapnpPointer.elementCount(pointer);
        message.take(location.segment(), location.start(), (long) words + 1);
        long tag = message.word(location.segment(), (int) location.start());
        int count = CapnpPointer.compositeCount(tag);
        int data = CapnpPointer.dataWords(tag);
        int pointers = CapnpPointer.pointers(tag);
        if (CapnpPointer.kind(tag) != CapnpPointer.STRUCT) {
            throw new WireException(Kind.POINTER_KIND, "list of structs: its tag is not a struct");
        }
        if ((long) count * (data + pointers) > words) {
            throw new WireException(
                    Kind.POINTER_OUT_OF_BOUNDS,
                    "list of structs: " + count + " elements in " + words + " words (expected: at most what fits)");
        }
        message.charge(count); // elements may have no words at all
        List<StructReader> elements = new ArrayList<>(count);
        int at = (int) location.start() + 1;
        for (int i = 0; i < count; i++) {
            elements.add(element(message, location.segment(), at, data, pointers, depth));
            at += data + pointers;
        }
        return elements;
    }

    private static byte[] bytes(MessageReader message, int segment, int word) throws WireException {
        Location location = message.locate(segment, word);
        long pointer = location.pointer();
        if (CapnpPointer.kind(pointer) != CapnpPointer.LIST
                || CapnpPointer.elementSize(pointer) != CapnpPointer.BYTE_ELEMENTS) {
            throw new WireException(Kind.POINTER_KIND, "pointer to something else (expected: list of bytes)");
        }
        int count = CapnpPointer.elementCount(pointer);
        message.take(location.segment(), location.start(), CapnpPointer.listWords(CapnpPointer.BYTE_ELEMENTS, count));
        byte[] bytes = new byte[count];
        message.bytes().getBytes(message.byteIndex(location.segment(), (int) location.start()), bytes);
        return bytes;
    }

    private static String text(MessageReader message, int segment, int word) throws WireException {
        byte[] bytes = bytes(message, segment, word);
        if (bytes.length == 0 || bytes[bytes.length - 1] != 0) {
            throw new WireException(Kind.TEXT, "text of " + bytes.length + " bytes without its final NUL");
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, 0, bytes.length - 1))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new WireException(Kind.TEXT, "text of " + bytes.length + " bytes is not UTF-8");
        }
    }

    private int byteIndex(int offset) {
        return messageOrThrow().byteIndex(segment, start) + offset;
    }

    private MessageReader messageOrThrow() {
        if (message == null) {
            throw new IllegalStateException("struct without fields");
        }
        return message;
    }

    @Nullable
    MessageReader message() {
        return message;
    }

    int segment() {
        return segment;
    }

    /** First word of the struct in its segment. */
    int start() {
        return start;
    }

    int dataWords() {
        return dataWords;
    }

    int pointers() {
        return pointers;
    }

    int depth() {
        return depth;
    }
}
