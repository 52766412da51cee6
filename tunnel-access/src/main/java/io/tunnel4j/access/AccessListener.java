package io.tunnel4j.access;

import io.tunnel4j.TunnelException;
import org.jspecify.annotations.Nullable;

/**
 * What happens to relayed connections. Called on one thread of the client's own, in order; what it throws is logged.
 */
public interface AccessListener {
    /**
     * A connection reached the application.
     *
     * @param target the application
     */
    default void connectionOpened(AccessTarget target) {}

    /**
     * A connection did not reach the application; the local program sees a reset.
     *
     * @param target the application
     * @param cause why
     */
    default void connectionFailed(AccessTarget target, TunnelException cause) {}

    /**
     * A connection that had reached the application is over.
     *
     * @param target the application
     * @param cause null for an orderly end; otherwise the local program sees a reset
     */
    default void connectionClosed(AccessTarget target, @Nullable TunnelException cause) {}
}
