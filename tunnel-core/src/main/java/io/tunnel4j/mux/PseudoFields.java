package io.tunnel4j.mux;

import io.netty.util.AsciiString;

/** The pseudo-header fields of HTTP/2 (RFC 9113 §8.3, RFC 8441 §4) as bits of a set. Stateless. */
final class PseudoFields {
    static final int METHOD = 1;
    static final int SCHEME = 2;
    static final int AUTHORITY = 4;
    static final int PATH = 8;
    static final int PROTOCOL = 16;
    static final int STATUS = 32;

    private PseudoFields() {}

    /** Returns a field's bit, 0 for a name that is none of them. */
    static int bit(CharSequence name) {
        return switch (name.length()) {
            case 5 -> AsciiString.contentEquals(name, ":path") ? PATH : 0;
            case 7 ->
                AsciiString.contentEquals(name, ":method")
                        ? METHOD
                        : AsciiString.contentEquals(name, ":scheme")
                                ? SCHEME
                                : AsciiString.contentEquals(name, ":status") ? STATUS : 0;
            case 9 -> AsciiString.contentEquals(name, ":protocol") ? PROTOCOL : 0;
            case 10 -> AsciiString.contentEquals(name, ":authority") ? AUTHORITY : 0;
            default -> 0;
        };
    }

    /** Tells whether these may begin a request: the edge may leave out what it likes, but must not answer. */
    static boolean fitRequest(int fields) {
        return (fields & METHOD) != 0 && (fields & STATUS) == 0;
    }

    static boolean fitResponse(int fields) {
        return fields == STATUS;
    }
}
