package io.tunnel4j.mux;

/**
 * The end of one stream by a reset; the connection goes on.
 *
 * <p>Carries the HTTP/2 error code of the wire and who sent it. Has no stack trace: it describes a peer, not a bug.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc9113#section-7">RFC 9113 §7</a>
 */
public final class StreamException extends Exception {
    private static final long serialVersionUID = 1L;

    /** HTTP/2 error code. */
    private final long errorCode;

    /** Who ended it. */
    private final Initiator initiator;

    /**
     * Creates the exception.
     *
     * @param errorCode HTTP/2 error code
     * @param initiator who reset the stream
     * @param message what happened, for logs
     */
    public StreamException(long errorCode, Initiator initiator, String message) {
        super(message, null, false, false);
        this.errorCode = errorCode;
        this.initiator = initiator;
    }

    /**
     * Returns the HTTP/2 error code.
     *
     * @return the code as it stands in RST_STREAM
     */
    public long errorCode() {
        return errorCode;
    }

    /**
     * Returns who reset the stream.
     *
     * @return this side or the peer
     */
    public Initiator initiator() {
        return initiator;
    }
}
