package io.tunnel4j.mux;

import org.jspecify.annotations.Nullable;

/**
 * The end of a whole connection, with every stream on it.
 *
 * <p>Carries the HTTP/2 error code and who ended it. A plain TCP close is {@code NO_ERROR} by the side that closed.
 */
public final class ConnectionException extends Exception {
    private static final long serialVersionUID = 1L;

    /** HTTP/2 error code. */
    private final long errorCode;

    /** Who ended it. */
    private final Initiator initiator;

    /**
     * Creates the exception.
     *
     * @param errorCode HTTP/2 error code
     * @param initiator who ended the connection
     * @param message what happened, for logs
     * @param cause the underlying failure, if there is one
     */
    public ConnectionException(long errorCode, Initiator initiator, String message, @Nullable Throwable cause) {
        super(message, cause, false, false);
        this.errorCode = errorCode;
        this.initiator = initiator;
    }

    /**
     * Returns the HTTP/2 error code.
     *
     * @return the code as it stands in GOAWAY
     */
    public long errorCode() {
        return errorCode;
    }

    /**
     * Returns who ended the connection.
     *
     * @return this side or the peer
     */
    public Initiator initiator() {
        return initiator;
    }
}
