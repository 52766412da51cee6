package io.tunnel4j;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The management API refused a call.
 *
 * <p>The code is {@code RATE_LIMITED} for status 429, {@code UNAUTHORIZED} for 401 and 403, else {@code API}; what exactly is wrong stands in
 * {@link #status()} and {@link #apiCode()}.
 */
public final class TunnelApiException extends TunnelException {
    private static final long serialVersionUID = 1L;

    /** HTTP status. */
    private final int status;

    /** Code of the API. */
    private final int apiCode;

    /** Text of the API. */
    private final String apiText;

    /** How long to wait. */
    private final @Nullable Duration retryAfter;

    /**
     * Creates the exception.
     *
     * @param call method and path
     * @param status HTTP status
     * @param apiCode the API's code; 0 when it gave none
     * @param apiText the API's text; empty when it gave none
     * @param retryAfter how long the API wants callers to wait, or null
     */
    public TunnelApiException(String call, int status, int apiCode, String apiText, @Nullable Duration retryAfter) {
        super(codeOf(status), message(call, status, apiCode, apiText));
        this.status = status;
        this.apiCode = apiCode;
        this.apiText = apiText;
        this.retryAfter = retryAfter;
    }

    private static TunnelErrorCode codeOf(int status) {
        return switch (status) {
            case 429 -> TunnelErrorCode.RATE_LIMITED;
            case 401, 403 -> TunnelErrorCode.UNAUTHORIZED;
            default -> TunnelErrorCode.API;
        };
    }

    private static String message(String call, int status, int apiCode, String apiText) {
        StringBuilder message = new StringBuilder(call).append(": status ").append(status);
        if (apiCode != 0) {
            message.append(", API error ").append(apiCode);
        }
        return apiText.isEmpty()
                ? message.toString()
                : message.append(": ").append(apiText).toString();
    }

    /**
     * Returns the HTTP status.
     *
     * @return e.g. 409 for a name that is taken; 200 is possible, with an error in the answer
     */
    public int status() {
        return status;
    }

    /**
     * Returns the API's own code.
     *
     * @return the first error's code; 0 when there is none
     */
    public int apiCode() {
        return apiCode;
    }

    /**
     * Returns the API's own words.
     *
     * @return the first error's text, printable and at most some 500 characters; empty when there is none
     */
    public String apiText() {
        return apiText;
    }

    /**
     * Returns how long the API wants callers to wait.
     *
     * @return the time, or null
     */
    public @Nullable Duration retryAfter() {
        return retryAfter;
    }
}
