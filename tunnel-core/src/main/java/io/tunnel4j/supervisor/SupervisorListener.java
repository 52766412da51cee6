package io.tunnel4j.supervisor;

import io.tunnel4j.ConnectorState;
import io.tunnel4j.TunnelException;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hears what a {@link Supervisor} does. Called on event loops, in order for each connection; implementations do not block and do not throw. */
public interface SupervisorListener {
    /**
     * The state changed.
     *
     * @param from the state left
     * @param to the state entered
     */
    void stateChanged(ConnectorState from, ConnectorState to);

    /**
     * A connection was registered.
     *
     * @param connection the connection
     */
    void registered(ConnectionStatus connection);

    /**
     * A connection ended or an attempt failed.
     *
     * @param index connection index
     * @param address where the edge is, or null when there was no address
     * @param wasRegistered false for a failed attempt
     * @param cause why
     * @param retryIn the wait before the next attempt, or null when there is none
     */
    void lost(
            int index,
            @Nullable InetSocketAddress address,
            boolean wasRegistered,
            TunnelException cause,
            @Nullable Duration retryIn);

    /**
     * The edge goes away on a connection.
     *
     * @param index connection index
     */
    void edgeGoesAway(int index);

    /**
     * A call to the edge ended.
     *
     * @param method what was called
     * @param succeeded false when it was refused, failed or took too long
     * @param nanos how long it took
     */
    void rpcEnded(String method, boolean succeeded, long nanos);

    /**
     * The local rules were reported to the edge.
     *
     * @param succeeded whether it took them
     */
    void localConfigurationReported(boolean succeeded);
}
