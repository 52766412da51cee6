package io.tunnel4j.wire;

import io.netty.util.AsciiString;
import java.util.Arrays;

/**
 * Serialises an origin's response header fields into the value of {@link TunnelFields#RESPONSE_HEADERS}.
 *
 * <p>One per event loop: it keeps its scratch arrays from response to response. {@link #begin()}, any number of {@code add}, then
 * {@link #finish()}. Names are put into canonical form; those that are no token, or belong to the tunnel layer
 * ({@code cf-int-}, {@code cf-cloudflared-}, {@code cf-proxy-}), are left out. Values go through byte by byte. The size is bounded by what the caller
 * adds, that is by its limit for an origin's head.
 *
 * <p>Not thread-safe.
 */
public final class ResponseHeadersEncoder {
    private static final int INITIAL_BYTES = 4096;

    /** Scratch that one huge head has blown up is not kept. */
    private static final int MAX_KEPT_BYTES = 256 * 1024;

    private static final byte[][] TUNNEL_PREFIXES = {
        ascii("Cf-Int-"), ascii("Cf-Cloudflared-"), ascii("Cf-Proxy-"),
    };

    private byte[] name = new byte[64];
    private byte[] characters = new byte[256];
    private byte[] out = new byte[INITIAL_BYTES];
    private int length;

    /** Creates an encoder. */
    public ResponseHeadersEncoder() {}

    /** Starts a new value; whatever was added before is forgotten. */
    public void begin() {
        length = 0;
    }

    /**
     * Adds a field whose name and value lie in one array, as a parser leaves them.
     *
     * @param source borrows the array
     * @param nameOffset first byte of the name
     * @param nameLength length of the name
     * @param valueOffset first byte of the value
     * @param valueLength length of the value, may be 0
     * @return false when the field is left out because of its name
     */
    public boolean add(byte[] source, int nameOffset, int nameLength, int valueOffset, int valueLength) {
        if (!canonicalName(source, nameOffset, nameLength)) {
            return false;
        }
        append(nameLength, source, valueOffset, valueLength);
        return true;
    }

    /**
     * Adds a field.
     *
     * @param fieldName name in any case
     * @param fieldValue value; each character is one byte (Latin-1), characters above 255 become {@code '?'}
     * @return false when the field is left out because of its name
     */
    public boolean add(CharSequence fieldName, CharSequence fieldValue) {
        int nameLength = fieldName.length();
        boolean serialise = fieldName instanceof AsciiString bytes
                ? canonicalName(bytes.array(), bytes.arrayOffset(), nameLength)
                : canonicalName(characters(fieldName), 0, nameLength);
        if (!serialise) {
            return false;
        }
        if (fieldValue instanceof AsciiString bytes) {
            append(nameLength, bytes.array(), bytes.arrayOffset(), bytes.length());
        } else {
            append(nameLength, characters(fieldValue), 0, fieldValue.length());
        }
        return true;
    }

    /**
     * Ends the value.
     *
     * @return a copy of the serialised fields in the order added; empty when nothing was added
     */
    public AsciiString finish() {
        AsciiString value = length == 0 ? AsciiString.EMPTY_STRING : new AsciiString(out, 0, length, true);
        length = 0;
        if (out.length > MAX_KEPT_BYTES) {
            out = new byte[INITIAL_BYTES];
        }
        return value;
    }

    private boolean canonicalName(byte[] source, int offset, int nameLength) {
        if (name.length < nameLength) {
            name = new byte[Math.max(nameLength, 2 * name.length)];
        }
        if (!FieldNames.canonicalise(source, offset, nameLength, name)) {
            return false;
        }
        if (nameLength > 3 && name[0] == 'C' && name[1] == 'f' && name[2] == '-') {
            for (byte[] prefix : TUNNEL_PREFIXES) {
                int compared = Math.min(nameLength, prefix.length);
                if (Arrays.equals(name, 0, compared, prefix, 0, prefix.length)) {
                    return false;
                }
            }
        }
        return true;
    }

    private void append(int nameLength, byte[] value, int valueOffset, int valueLength) {
        // In long: a value near 2 GiB must fail as an array too large, not wrap around.
        long needed = (long) length + nameLength * 4L / 3 + valueLength * 4L / 3 + 8;
        if (needed > out.length) {
            out = Arrays.copyOf(out, Math.toIntExact(Math.max(needed, Math.min(2L * out.length, 1 << 30))));
        }
        int position = length;
        if (position > 0) {
            out[position++] = ';';
        }
        position = Base64Codec.encode(name, 0, nameLength, out, position);
        out[position++] = ':';
        length = Base64Codec.encode(value, valueOffset, valueLength, out, position);
    }

    private byte[] characters(CharSequence text) {
        int size = text.length();
        if (characters.length < size) {
            characters = new byte[Math.max(size, 2 * characters.length)];
        }
        for (int i = 0; i < size; i++) {
            characters[i] = AsciiString.c2b(text.charAt(i));
        }
        return characters;
    }

    private static byte[] ascii(String text) {
        return new AsciiString(text).array();
    }
}
