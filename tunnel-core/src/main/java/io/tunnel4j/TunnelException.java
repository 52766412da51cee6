package io.tunnel4j;

import static java.util.Objects.requireNonNull;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything this library throws at its caller, apart from misuse of the API.
 *
 * <p>What to do is decided by {@link #code()} and {@link #isRetryable()}, never by the message. Messages hold no secret.
 */
public class TunnelException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong. */
    private final TunnelErrorCode code;

    /**
     * Creates the exception.
     *
     * @param code what went wrong
     * @param message one line that names the offending thing and what was expected
     */
    public TunnelException(TunnelErrorCode code, String message) {
        this(code, message, null);
    }

    /**
     * Creates the exception.
     *
     * @param code what went wrong
     * @param message one line that names the offending thing and what was expected
     * @param cause the underlying failure
     */
    public TunnelException(TunnelErrorCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = requireNonNull(code, "code");
    }

    /**
     * Returns what went wrong.
     *
     * @return a stable code
     */
    public final TunnelErrorCode code() {
        return code;
    }

    /**
     * Tells whether the same attempt may succeed later without anybody changing anything.
     *
     * @return true for unreachable peers and refusals marked retryable
     */
    public boolean isRetryable() {
        return code.isRetryable();
    }
}
