package io.tunnel4j.edge.state;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;

/** A change that the state refuses; nothing was changed. */
public final class StateException extends TunnelException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    private final Reason reason;

    /** What is in the way. */
    public enum Reason {
        /** The name is taken. */
        EXISTS,
        /** There is no such thing. */
        NOT_FOUND,
        /** A value is not as it should be. */
        INVALID,
        /** Something else still needs it. */
        IN_USE,
        /** A bound is reached. */
        LIMIT
    }

    /**
     * Creates the exception.
     *
     * @param reason why
     * @param message one line for the operator
     */
    public StateException(Reason reason, String message) {
        super(TunnelErrorCode.INVALID_CONFIGURATION, message);
        this.reason = reason;
    }

    /**
     * Returns why.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }
}
