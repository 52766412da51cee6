package io.tunnel4j.mux;

import io.netty.util.AsciiString;

/**
 * What a header field may look like in HTTP/2: a lower-case token, optionally led by a colon; a value without NUL, CR and LF. Octets above 127 are
 * allowed in values: origins send them, and the tunnel keeps them.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc9113#section-8.2.1">RFC 9113 §8.2.1</a>
 */
final class FieldSyntax {
    private static final boolean[] TOKEN = new boolean[128];

    static {
        String symbols = "!#$%&'*+-.^_`|~";
        for (int i = 0; i < symbols.length(); i++) {
            TOKEN[symbols.charAt(i)] = true;
        }
        for (char c = '0'; c <= '9'; c++) {
            TOKEN[c] = true;
        }
        for (char c = 'a'; c <= 'z'; c++) {
            TOKEN[c] = true;
        }
    }

    private FieldSyntax() {}

    static boolean isName(CharSequence name) {
        int length = name.length();
        int start = length > 0 && name.charAt(0) == ':' ? 1 : 0;
        if (start == length) {
            return false;
        }
        for (int i = start; i < length; i++) {
            char c = name.charAt(i);
            if (c >= 128 || !TOKEN[c]) {
                return false;
            }
        }
        return true;
    }

    static boolean isValue(CharSequence value) {
        if (value instanceof AsciiString ascii) {
            byte[] octets = ascii.array();
            for (int i = ascii.arrayOffset(), end = i + ascii.length(); i < end; i++) {
                byte b = octets[i];
                if (b >= 0 && b <= '\r' && isForbidden((char) b)) {
                    return false;
                }
            }
            return true;
        }
        for (int i = 0; i < value.length(); i++) {
            if (isForbidden(value.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Tells whether a field speaks about one connection only, which HTTP/2 has no room for (RFC 9113 §8.2.2).
     *
     * @param name a lower-case token
     */
    static boolean isConnectionSpecific(CharSequence name, CharSequence value) {
        return switch (name.length()) {
            case 2 -> AsciiString.contentEquals(name, "te") && !AsciiString.contentEquals(value, "trailers");
            case 7 -> AsciiString.contentEquals(name, "upgrade");
            case 10 -> AsciiString.contentEquals(name, "connection") || AsciiString.contentEquals(name, "keep-alive");
            case 16 -> AsciiString.contentEquals(name, "proxy-connection");
            case 17 -> AsciiString.contentEquals(name, "transfer-encoding");
            default -> false;
        };
    }

    private static boolean isForbidden(char c) {
        return c == 0 || c == '\r' || c == '\n';
    }
}
