package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;

/** Characters of HTTP fields. Stateless, thread-safe. */
final class HttpSyntax {
    /** By octet: the lower-case form of a token character, 0 for everything else. */
    private static final byte[] LOWER = new byte[256];

    static {
        for (int c = 'a'; c <= 'z'; c++) {
            LOWER[c] = (byte) c;
            LOWER[c - 32] = (byte) c;
        }
        for (int c = '0'; c <= '9'; c++) {
            LOWER[c] = (byte) c;
        }
        String others = "!#$%&'*+-.^_`|~";
        for (int i = 0; i < others.length(); i++) {
            LOWER[others.charAt(i)] = (byte) others.charAt(i);
        }
    }

    private HttpSyntax() {}

    static byte lowerToken(byte b) {
        return LOWER[b & 0xff];
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** No control characters but the tab; octets above 127 are allowed. */
    static boolean isValueOctet(byte b) {
        return b < 0 || b >= ' ' && b != 0x7f || b == '\t';
    }

    /** Tells whether a comma-separated list has an element, whatever its case. */
    static boolean hasToken(CharSequence list, String token) {
        int start = 0;
        int length = list.length();
        while (start <= length) {
            int comma = start;
            while (comma < length && list.charAt(comma) != ',') {
                comma++;
            }
            int from = start;
            int to = comma;
            while (from < to && isBlank((byte) list.charAt(from))) {
                from++;
            }
            while (to > from && isBlank((byte) list.charAt(to - 1))) {
                to--;
            }
            if (to - from == token.length() && AsciiString.regionMatches(list, true, from, token, 0, token.length())) {
                return true;
            }
            start = comma + 1;
        }
        return false;
    }
}
