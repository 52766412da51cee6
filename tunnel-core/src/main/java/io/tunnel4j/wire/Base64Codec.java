package io.tunnel4j.wire;

import java.util.Arrays;

/**
 * Base64 with the standard alphabet and without padding, from array to array.
 *
 * <p>{@code java.util.Base64} allocates a result per call; a response head has thirty names and values. Stateless, thread-safe.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc4648#section-4">RFC 4648 §4</a>
 */
final class Base64Codec {
    /** Result of {@link #decode} for input that is not unpadded base64. */
    static final int INVALID = -1;

    private static final byte[] ALPHABET = alphabet();
    private static final byte[] VALUES = values();

    private Base64Codec() {}

    /** Returns the number of base64 digits for {@code length} bytes. */
    static int encodedLength(int length) {
        return length / 3 * 4 + (length % 3 == 0 ? 0 : length % 3 + 1);
    }

    /** Writes the base64 digits of {@code in[from, from + length)} to {@code out} and returns the position after the last. */
    static int encode(byte[] in, int from, int length, byte[] out, int to) {
        int position = to;
        int end = from + length;
        int i = from;
        for (; i + 2 < end; i += 3) {
            int bits = (in[i] & 0xff) << 16 | (in[i + 1] & 0xff) << 8 | (in[i + 2] & 0xff);
            out[position] = ALPHABET[bits >>> 18];
            out[position + 1] = ALPHABET[bits >>> 12 & 0x3f];
            out[position + 2] = ALPHABET[bits >>> 6 & 0x3f];
            out[position + 3] = ALPHABET[bits & 0x3f];
            position += 4;
        }
        if (end - i == 1) {
            int bits = in[i] & 0xff;
            out[position++] = ALPHABET[bits >>> 2];
            out[position++] = ALPHABET[bits << 4 & 0x3f];
        } else if (end - i == 2) {
            int bits = (in[i] & 0xff) << 8 | (in[i + 1] & 0xff);
            out[position++] = ALPHABET[bits >>> 10];
            out[position++] = ALPHABET[bits >>> 4 & 0x3f];
            out[position++] = ALPHABET[bits << 2 & 0x3f];
        }
        return position;
    }

    /**
     * Decodes {@code in[from, from + length)} to {@code out}; returns the position after the last byte, or {@link #INVALID}.
     *
     * <p>Left-over bits of the last digit are ignored, as the reference does.
     */
    static int decode(byte[] in, int from, int length, byte[] out, int to) {
        if (length % 4 == 1) {
            return INVALID;
        }
        int position = to;
        int bits = 0;
        int pending = 0;
        for (int i = from; i < from + length; i++) {
            int value = VALUES[in[i] & 0xff];
            if (value < 0) {
                return INVALID;
            }
            bits = bits << 6 | value;
            pending += 6;
            if (pending >= 8) {
                pending -= 8;
                out[position++] = (byte) (bits >>> pending);
            }
        }
        return position;
    }

    private static byte[] alphabet() {
        byte[] digits = new byte[64];
        for (int i = 0; i < 26; i++) {
            digits[i] = (byte) ('A' + i);
            digits[26 + i] = (byte) ('a' + i);
        }
        for (int i = 0; i < 10; i++) {
            digits[52 + i] = (byte) ('0' + i);
        }
        digits[62] = '+';
        digits[63] = '/';
        return digits;
    }

    private static byte[] values() {
        byte[] values = new byte[256];
        Arrays.fill(values, (byte) -1);
        for (int i = 0; i < ALPHABET.length; i++) {
            values[ALPHABET[i]] = (byte) i;
        }
        return values;
    }
}
