package io.tunnel4j.ingress;

import io.tunnel4j.TunnelException;
import org.jspecify.annotations.Nullable;

/**
 * Hears of every request a {@link StreamRouter} serves, for metrics. Called on the stream's event loop; implementations do not block and do not throw.
 *
 * <p>Each {@link #requestStarted} is followed by exactly one {@link #requestEnded}.
 */
public interface RouterListener {
    /** Listens to nothing. */
    RouterListener NONE = new RouterListener() {};

    /**
     * A stream was given to its origin.
     *
     * @param rule index of the ingress rule, or {@link RuleMatcher#NO_RULE}
     * @param kind what the stream is for
     */
    default void requestStarted(int rule, StreamKind kind) {}

    /**
     * A TCP stream, raw or behind a WebSocket, has got its connection to the origin.
     *
     * @param rule index of the ingress rule, or {@link RuleMatcher#NO_RULE}
     * @param kind what the stream is for
     * @param nanos how long that took
     */
    default void originConnected(int rule, StreamKind kind, long nanos) {}

    /**
     * A TCP stream, raw or behind a WebSocket, has got no connection to the origin.
     *
     * @param rule index of the ingress rule, or {@link RuleMatcher#NO_RULE}
     * @param kind what the stream is for
     */
    default void originConnectFailed(int rule, StreamKind kind) {}

    /**
     * A stream is closed.
     *
     * @param rule index of the ingress rule, or {@link RuleMatcher#NO_RULE}
     * @param kind what the stream was for
     * @param outcome how it went
     */
    default void requestEnded(int rule, StreamKind kind, Outcome outcome) {}

    /**
     * How a request went.
     *
     * @param status the HTTP status sent to the edge; 0 when none was sent
     * @param requestBytes body bytes from the edge
     * @param responseBytes body bytes to the edge
     * @param error why the origin could not serve, or null
     */
    record Outcome(
            int status,
            long requestBytes,
            long responseBytes,
            @Nullable TunnelException error) {}
}
