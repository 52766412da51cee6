package io.tunnel4j.wire;

import static java.util.Objects.requireNonNull;

/**
 * Bytes that a decoder of this package refuses.
 *
 * <p>Checked, because every caller has to decide what a malformed peer costs: a field, a stream or the connection. Has no stack
 * trace: it describes a peer, not a bug. The message holds positions and sizes, never the bytes themselves, which may be secret.
 */
public final class WireException extends Exception {
    private static final long serialVersionUID = 1L;

    /** What is wrong with the bytes. */
    public enum Kind {
        /** A serialised header field: an element without exactly one colon, or an empty name. */
        HEADER_SYNTAX,
        /** A serialised header field: an element that is not unpadded standard base64. */
        HEADER_BASE64,
        /** A serialised header field: larger than allowed, or too many fields. */
        HEADER_LIMIT,
        /** Cap'n Proto framing: the segment table announces too many segments. */
        TOO_MANY_SEGMENTS,
        /** Cap'n Proto framing: the segment table announces more bytes than allowed. */
        MESSAGE_TOO_LARGE,
        /** Cap'n Proto framing: the bytes end inside a message. */
        TRUNCATED,
        /** A Cap'n Proto pointer leads outside its segment, or to a segment that does not exist. */
        POINTER_OUT_OF_BOUNDS,
        /** A Cap'n Proto pointer is of another kind than the field demands, or of a reserved kind. */
        POINTER_KIND,
        /** Cap'n Proto structs and lists are nested too deeply. */
        TOO_DEEP,
        /** Reading the Cap'n Proto message touches more words than allowed: pointers overlap or amplify. */
        TRAVERSAL_LIMIT,
        /** A Cap'n Proto text without its final NUL, or not UTF-8. */
        TEXT,
        /** A value that its field does not allow, e.g. an identifier that is not 16 bytes. */
        VALUE,
        /** A WebSocket frame that RFC 6455 forbids. */
        WEBSOCKET,
        /** An RPC message of an unknown or unexpected kind. */
        UNEXPECTED_MESSAGE
    }

    /** What is wrong. */
    private final Kind kind;

    /**
     * Creates the exception.
     *
     * @param kind what is wrong
     * @param message where, and what was expected
     */
    public WireException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = requireNonNull(kind, "kind");
    }

    /**
     * Returns what is wrong.
     *
     * @return the class of malformed input
     */
    public Kind kind() {
        return kind;
    }
}
