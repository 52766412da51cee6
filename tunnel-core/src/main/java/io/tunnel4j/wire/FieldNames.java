package io.tunnel4j.wire;

/**
 * The characters of HTTP field names. Stateless, thread-safe.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc9110#section-5.6.2">RFC 9110 §5.6.2</a>
 */
final class FieldNames {
    /** By byte: the lower-case form of a token character, 0 for everything else. */
    private static final byte[] LOWER = lower();

    private FieldNames() {}

    /** Tells whether {@code bytes[from, from + length)} is a non-empty token. */
    static boolean isToken(byte[] bytes, int from, int length) {
        for (int i = from; i < from + length; i++) {
            if (LOWER[bytes[i] & 0xff] == 0) {
                return false;
            }
        }
        return length > 0;
    }

    /**
     * Writes the canonical form of a name, {@code X-Lower-Case}: a capital at the start and after every hyphen, all else lower
     * case; returns false when the name is not a token.
     *
     * <p>The form is that of Go's {@code net/http}, which the reference connector sends.
     */
    static boolean canonicalise(byte[] name, int from, int length, byte[] out) {
        boolean capital = true;
        for (int i = 0; i < length; i++) {
            byte lower = LOWER[name[from + i] & 0xff];
            if (lower == 0) {
                return false;
            }
            out[i] = capital && lower >= 'a' && lower <= 'z' ? (byte) (lower - 32) : lower;
            capital = lower == '-';
        }
        return length > 0;
    }

    private static byte[] lower() {
        byte[] table = new byte[256];
        for (int c = 'a'; c <= 'z'; c++) {
            table[c] = (byte) c;
            table[c - 32] = (byte) c;
        }
        for (int c = '0'; c <= '9'; c++) {
            table[c] = (byte) c;
        }
        String others = "!#$%&'*+-.^_`|~";
        for (int i = 0; i < others.length(); i++) {
            table[others.charAt(i)] = (byte) others.charAt(i);
        }
        return table;
    }
}
