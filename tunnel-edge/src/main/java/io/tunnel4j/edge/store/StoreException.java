package io.tunnel4j.edge.store;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import org.jspecify.annotations.Nullable;

/** A store that could not do what it was asked; nothing was changed. */
public final class StoreException extends TunnelException {
    private static final long serialVersionUID = 1L;

    /** Why. */
    private final Reason reason;

    /** What kept the store from it. */
    public enum Reason {
        /** It does not answer; a later attempt may succeed. */
        UNAVAILABLE,
        /** Somebody else committed first; read again and decide again. */
        CONFLICT,
        /** Its content cannot be read: wrong key, a newer or damaged schema. */
        UNREADABLE
    }

    /**
     * Creates the exception.
     *
     * @param reason why
     * @param message one line, without a secret
     * @param cause the driver's failure
     */
    public StoreException(Reason reason, String message, @Nullable Throwable cause) {
        super(
                reason == Reason.UNREADABLE ? TunnelErrorCode.INVALID_CONFIGURATION : TunnelErrorCode.TIMEOUT,
                message,
                cause);
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
