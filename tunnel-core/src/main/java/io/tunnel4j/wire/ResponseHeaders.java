package io.tunnel4j.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.AsciiString;
import java.util.Arrays;

/**
 * An origin's response header fields, read from the value of {@link TunnelFields#RESPONSE_HEADERS}.
 *
 * <p>The value is {@code [pair *(";" pair)]} with {@code pair = base64(name) ":" base64(value)}, standard alphabet, no padding. Names and
 * values are byte-exact and in wire order; repeated names stay repeated. What an origin sent is not trustworthy: whoever
 * passes a field on checks {@link #isWellFormed} first.
 *
 * <p>Immutable, thread-safe. The counterpart is {@link ResponseHeadersEncoder}.
 */
public final class ResponseHeaders {
    /** Default limit of the serialised value: 4 MiB, twice the largest the reference was seen to send. */
    public static final int MAX_BYTES = 4 * 1024 * 1024;

    /** Default limit of the number of fields; common servers stop at 100. */
    public static final int MAX_FIELDS = 1000;

    private static final ResponseHeaders EMPTY = new ResponseHeaders(new byte[0], new int[] {0}, 0);

    private final byte[] bytes;
    /** Field i: name from bounds[2i], value from bounds[2i + 1], end at bounds[2i + 2]. */
    private final int[] bounds;

    private final int size;

    private ResponseHeaders(byte[] bytes, int[] bounds, int size) {
        this.bytes = bytes;
        this.bounds = bounds;
        this.size = size;
    }

    /**
     * Reads a field value with the default limits.
     *
     * @param value borrows the value; AsciiString is read without a copy
     * @return the fields
     * @throws WireException if the value is malformed or exceeds a limit
     */
    public static ResponseHeaders decode(CharSequence value) throws WireException {
        return decode(value, MAX_BYTES, MAX_FIELDS);
    }

    /**
     * Reads a field value.
     *
     * @param value borrows the value; AsciiString is read without a copy
     * @param maxBytes largest serialised length
     * @param maxFields largest number of fields
     * @return the fields
     * @throws WireException if the value is malformed or exceeds a limit
     */
    public static ResponseHeaders decode(CharSequence value, int maxBytes, int maxFields) throws WireException {
        checkLength(value.length(), maxBytes);
        if (value instanceof AsciiString ascii) {
            return new Decoder(ascii.array(), ascii.arrayOffset(), ascii.length(), maxFields).decode();
        }
        byte[] in = new byte[value.length()];
        for (int i = 0; i < in.length; i++) {
            // Above 127 is no base64 digit; any such byte makes the decoder refuse.
            in[i] = value.charAt(i) < 128 ? (byte) value.charAt(i) : (byte) -1;
        }
        return new Decoder(in, 0, in.length, maxFields).decode();
    }

    /**
     * Reads a field value.
     *
     * @param value borrows the readable bytes, indexes stay
     * @param maxBytes largest serialised length
     * @param maxFields largest number of fields
     * @return the fields
     * @throws WireException if the value is malformed or exceeds a limit
     */
    public static ResponseHeaders decode(ByteBuf value, int maxBytes, int maxFields) throws WireException {
        checkLength(value.readableBytes(), maxBytes);
        byte[] in = ByteBufUtil.getBytes(value);
        return new Decoder(in, 0, in.length, maxFields).decode();
    }

    /**
     * Returns the number of fields.
     *
     * @return 0 or more
     */
    public int size() {
        return size;
    }

    /**
     * Returns a name.
     *
     * @param index field, from 0
     * @return the name as sent, never empty
     */
    public AsciiString name(int index) {
        return part(2 * index);
    }

    /**
     * Returns a value.
     *
     * @param index field, from 0
     * @return the value as sent, any bytes, may be empty
     */
    public AsciiString value(int index) {
        return part(2 * index + 1);
    }

    /**
     * Tells whether a field may be put on another wire: its name is a token and its value holds no CR, LF or NUL.
     *
     * @param index field, from 0
     * @return false for a field that could smuggle another field or message
     * @see <a href="https://datatracker.ietf.org/doc/html/rfc9110#section-5.5">RFC 9110 §5.5</a>
     */
    public boolean isWellFormed(int index) {
        int valueFrom = bounds[2 * index + 1];
        for (int i = valueFrom; i < bounds[2 * index + 2]; i++) {
            if (bytes[i] == '\r' || bytes[i] == '\n' || bytes[i] == 0) {
                return false;
            }
        }
        return FieldNames.isToken(bytes, bounds[2 * index], valueFrom - bounds[2 * index]);
    }

    /**
     * Tells whether a field of this name is present, in whatever case.
     *
     * @param name name looked for
     * @return true if there is at least one
     */
    public boolean contains(CharSequence name) {
        for (int i = 0; i < size; i++) {
            if (AsciiString.contentEqualsIgnoreCase(name(i), name)) {
                return true;
            }
        }
        return false;
    }

    /** Returns the number of fields only: values may be cookies. */
    @Override
    public String toString() {
        return "ResponseHeaders[" + size + " fields]";
    }

    private AsciiString part(int number) {
        if (number < 0 || number >= 2 * size) {
            throw new IndexOutOfBoundsException("field " + number / 2 + " of " + size);
        }
        return new AsciiString(bytes, bounds[number], bounds[number + 1] - bounds[number], false);
    }

    private static void checkLength(int length, int maxBytes) throws WireException {
        if (length > maxBytes) {
            throw new WireException(
                    WireException.Kind.HEADER_LIMIT,
                    "serialised headers of " + length + " bytes (expected: at most " + maxBytes + ")");
        }
    }

    /** One pass over a value. */
    private static final class Decoder {
        private final byte[] in;
        private final int start;
        private final int end;
        private final int maxFields;
        private final byte[] out;
        private int[] bounds = new int[33];
        private int size;
        private int filled;

        Decoder(byte[] in, int start, int length, int maxFields) {
            this.in = in;
            this.start = start;
            this.end = start + length;
            this.maxFields = maxFields;
            this.out = new byte[length / 4 * 3 + 3];
        }

        ResponseHeaders decode() throws WireException {
            int element = start;
            int colon = -1;
            for (int i = start; i < end; i++) {
                if (in[i] == ':') {
                    if (colon >= 0) {
                        throw syntax("two colons", i);
                    }
                    colon = i;
                } else if (in[i] == ';') {
                    element(element, colon, i);
                    element = i + 1;
                    colon = -1;
                }
            }
            element(element, colon, end);
            return size == 0 ? EMPTY : new ResponseHeaders(out, bounds, size);
        }

        private void element(int from, int colon, int to) throws WireException {
            if (from == to) {
                return;
            }
            if (colon < 0) {
                throw syntax("no colon", from);
            }
            if (colon == from) {
                throw syntax("an empty name", from);
            }
            if (size == maxFields) {
                throw new WireException(
                        WireException.Kind.HEADER_LIMIT,
                        "serialised headers with more fields than allowed (expected: at most " + maxFields + ")");
            }
            if (bounds.length < 2 * size + 3) {
                bounds = Arrays.copyOf(bounds, 4 * size + 3);
            }
            base64(from, colon);
            bounds[2 * size + 1] = filled;
            base64(colon + 1, to);
            size++;
            bounds[2 * size] = filled;
        }

        private void base64(int from, int to) throws WireException {
            int position = Base64Codec.decode(in, from, to - from, out, filled);
            if (position == Base64Codec.INVALID) {
                throw new WireException(
                        WireException.Kind.HEADER_BASE64,
                        "serialised headers: bytes " + (from - start) + " to " + (to - start)
                                + " are not unpadded standard base64");
            }
            filled = position;
        }

        private WireException syntax(String what, int position) {
            return new WireException(
                    WireException.Kind.HEADER_SYNTAX,
                    "serialised headers: " + what + " in the element at byte " + (position - start)
                            + " (expected: base64(name) \":\" base64(value))");
        }
    }
}
