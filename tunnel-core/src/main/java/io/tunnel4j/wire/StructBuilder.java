package io.tunnel4j.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;

/**
 * A struct inside a Cap'n Proto message under construction.
 *
 * <p>Fields are named by byte offset in the data section and by index in the pointer section. Pointer fields are set at most once: content is
 * never freed. Empty texts, data and lists of texts are null pointers. Not thread-safe.
 */
public final class StructBuilder {
    private final MessageBuilder message;
    private final int start;
    private final int dataWords;
    private final int pointers;

    StructBuilder(MessageBuilder message, int start, int dataWords, int pointers) {
        this.message = message;
        this.start = start;
        this.dataWords = dataWords;
        this.pointers = pointers;
    }

    /**
     * Sets an 8-bit field.
     *
     * @param offset byte offset in the data section
     * @param value its lowest 8 bits count
     * @return this
     */
    public StructBuilder u8(int offset, int value) {
        message.bytes().setByte(dataIndex(offset), value);
        return this;
    }

    /**
     * Sets a 16-bit field.
     *
     * @param offset byte offset in the data section, a multiple of 2
     * @param value its lowest 16 bits count
     * @return this
     */
    public StructBuilder u16(int offset, int value) {
        message.bytes().setShortLE(dataIndex(offset), value);
        return this;
    }

    /**
     * Sets a 32-bit field.
     *
     * @param offset byte offset in the data section, a multiple of 4
     * @param value the value
     * @return this
     */
    public StructBuilder i32(int offset, int value) {
        message.bytes().setIntLE(dataIndex(offset), value);
        return this;
    }

    /**
     * Sets a 64-bit field.
     *
     * @param offset byte offset in the data section, a multiple of 8
     * @param value the value
     * @return this
     */
    public StructBuilder i64(int offset, long value) {
        message.bytes().setLongLE(dataIndex(offset), value);
        return this;
    }

    /**
     * Sets a flag.
     *
     * @param bit bit offset in the data section
     * @param value its value
     * @return this
     */
    public StructBuilder bit(int bit, boolean value) {
        int index = dataIndex(bit / Byte.SIZE);
        int mask = 1 << bit % Byte.SIZE;
        int old = message.bytes().getByte(index);
        message.bytes().setByte(index, value ? old | mask : old & ~mask);
        return this;
    }

    /**
     * Allocates a struct field.
     *
     * @param index index in the pointer section
     * @param structDataWords size of its data section
     * @param structPointers size of its pointer section
     * @return the new struct
     */
    public StructBuilder struct(int index, int structDataWords, int structPointers) {
        return message.struct(pointerWord(index), structDataWords, structPointers);
    }

    /**
     * Sets a Data field.
     *
     * @param index index in the pointer section
     * @param value copied
     * @return this
     */
    public StructBuilder data(int index, byte[] value) {
        message.bytes(pointerWord(index), value, 0);
        return this;
    }

    /**
     * Sets a Text field.
     *
     * @param index index in the pointer section
     * @param value written as UTF-8 with a final NUL
     * @return this
     */
    public StructBuilder text(int index, String value) {
        if (!value.isEmpty()) {
            message.bytes(pointerWord(index), value.getBytes(UTF_8), 1);
        }
        return this;
    }

    /**
     * Sets a List(Text) field.
     *
     * @param index index in the pointer section
     * @param values its elements
     * @return this
     */
    public StructBuilder texts(int index, List<String> values) {
        if (!values.isEmpty()) {
            int list = message.list(pointerWord(index), CapnpPointer.POINTER_ELEMENTS, values.size());
            for (int i = 0; i < values.size(); i++) {
                message.bytes(list + i, values.get(i).getBytes(UTF_8), 1);
            }
        }
        return this;
    }

    /**
     * Allocates a list of structs.
     *
     * @param index index in the pointer section
     * @param count number of elements; an empty list is a pointer, not null
     * @param elementDataWords size of each data section
     * @param elementPointers size of each pointer section
     * @return the new structs
     */
    public List<StructBuilder> structs(int index, int count, int elementDataWords, int elementPointers) {
        int at = message.compositeList(pointerWord(index), count, elementDataWords, elementPointers);
        List<StructBuilder> elements = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            elements.add(new StructBuilder(message, at, elementDataWords, elementPointers));
            at += elementDataWords + elementPointers;
        }
        return elements;
    }

    /**
     * Sets a capability field.
     *
     * @param index index in the pointer section
     * @param capability index in the message's capability table
     * @return this
     */
    public StructBuilder capability(int index, int capability) {
        message.setWord(pointerWord(index), CapnpPointer.capabilityPointer(capability));
        return this;
    }

    MessageBuilder message() {
        return message;
    }

    int start() {
        return start;
    }

    private int dataIndex(int offset) {
        if (offset < 0 || offset >= dataWords * CapnpPointer.BYTES_PER_WORD) {
            throw new IndexOutOfBoundsException("data offset: " + offset + " (expected: in " + dataWords + " words)");
        }
        return MessageBuilder.byteIndex(start) + offset;
    }

    private int pointerWord(int index) {
        if (index < 0 || index >= pointers) {
            throw new IndexOutOfBoundsException("pointer: " + index + " (expected: below " + pointers + ")");
        }
        return start + dataWords + index;
    }
}
