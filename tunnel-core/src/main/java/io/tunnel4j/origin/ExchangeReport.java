package io.tunnel4j.origin;

import io.tunnel4j.TunnelException;
import org.jspecify.annotations.Nullable;

/** Hears once how one stream went. Called on the stream's event loop. */
@FunctionalInterface
public interface ExchangeReport {
    /**
     * The stream is closed.
     *
     * @param status the HTTP status sent to the edge; 0 when none was sent
     * @param requestBytes body bytes from the edge
     * @param responseBytes body bytes to the edge
     * @param error why the origin could not serve, or null
     */
    void ended(int status, long requestBytes, long responseBytes, @Nullable TunnelException error);

    /**
     * The stream's own connection to its origin stands; for TCP streams only, before the end.
     *
     * @param nanos how long that took
     */
    default void connected(long nanos) {}

    /** The stream's own connection to its origin could not be made; for TCP streams only, before the end. */
    default void connectFailed() {}
}
