package io.tunnel4j.wire;

/**
 * The bit layout of a Cap'n Proto pointer word.
 *
 * @see <a href="https://capnproto.org/encoding.html">Cap'n Proto encoding</a>
 */
final class CapnpPointer {
    static final int BYTES_PER_WORD = 8;

    /** Kinds, the lowest two bits. */
    static final int STRUCT = 0;

    static final int LIST = 1;
    static final int FAR = 2;
    static final int OTHER = 3;

    /** Element sizes of a list. */
    static final int VOID_ELEMENTS = 0;

    static final int BYTE_ELEMENTS = 2;
    static final int POINTER_ELEMENTS = 6;
    static final int COMPOSITE_ELEMENTS = 7;

    /** Bits per element for the element sizes below {@link #COMPOSITE_ELEMENTS}. */
    private static final int[] ELEMENT_BITS = {0, 1, 8, 16, 32, 64, 64};

    /** A struct without data and pointers: it points at the word before the next, so that it is not null. */
    static final long EMPTY_STRUCT = 0xfffffffcL;

    private CapnpPointer() {}

    static int kind(long pointer) {
        return (int) pointer & 3;
    }

    /** Words between the end of a struct or list pointer and its content, negative for backwards. */
    static int offset(long pointer) {
        return (int) pointer >> 2;
    }

    static int dataWords(long pointer) {
        return (int) (pointer >>> 32) & 0xffff;
    }

    static int pointers(long pointer) {
        return (int) (pointer >>> 48);
    }

    static int elementSize(long pointer) {
        return (int) (pointer >>> 32) & 7;
    }

    /** Elements of a list; for composite lists the words of all elements together. */
    static int elementCount(long pointer) {
        return (int) (pointer >>> 35);
    }

    /** Elements of a composite list, from its tag word. */
    static int compositeCount(long tag) {
        return (int) tag >>> 2;
    }

    /** Words that a list which is not composite takes. */
    static long listWords(int elementSize, int count) {
        return ((long) ELEMENT_BITS[elementSize] * count + 63) >>> 6;
    }

    static boolean isDoubleFar(long pointer) {
        return (pointer & 4) != 0;
    }

    static int farOffset(long pointer) {
        return (int) pointer >>> 3;
    }

    static int farSegment(long pointer) {
        return (int) (pointer >>> 32);
    }

    static boolean isCapability(long pointer) {
        return (int) pointer == OTHER;
    }

    static long structPointer(int offset, int dataWords, int pointers) {
        return ((offset << 2 | STRUCT) & 0xffffffffL) | (long) dataWords << 32 | (long) pointers << 48;
    }

    static long listPointer(int offset, int elementSize, int count) {
        return ((offset << 2 | LIST) & 0xffffffffL) | (long) elementSize << 32 | (long) count << 35;
    }

    static long capabilityPointer(int index) {
        return OTHER | (long) index << 32;
    }
}
