package io.tunnel4j;

import io.tunnel4j.ingress.RemoteConfiguration;
import io.tunnel4j.supervisor.ConnectionStatus;
import io.tunnel4j.supervisor.SupervisorListener;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Turns what the supervisor reports into public events, and counts it. Thread-safe. */
final class EventDelivery implements SupervisorListener {
    private final EventQueue queue;
    private final ConnectorCounters counters;
    private volatile long endedBeforeDraining;

    EventDelivery(EventQueue queue, ConnectorCounters counters) {
        this.queue = queue;
        this.counters = counters;
    }

    static ConnectionInfo info(ConnectionStatus status) {
        return ConnectionInfo.builder(status.index(), status.connectionId())
                .edge(status.address(), status.location())
                .since(status.since())
                .traffic(status.streams(), Duration.ofNanos(status.roundTripNanos()))
                .build();
    }

    @Override
    public void stateChanged(ConnectorState from, ConnectorState to) {
        if (to == ConnectorState.DRAINING) {
            endedBeforeDraining = counters.ended();
        }
        queue.add(new ConnectorEvent.StateChanged(from, to));
    }

    @Override
    public void registered(ConnectionStatus connection) {
        counters.registered(connection.index(), connection.location());
        queue.add(new ConnectorEvent.ConnectionRegistered(info(connection)));
    }

    @Override
    public void lost(
            int index,
            @Nullable InetSocketAddress address,
            boolean wasRegistered,
            TunnelException cause,
            @Nullable Duration retryIn) {
        counters.lost(index, wasRegistered, cause.code());
        queue.add(new ConnectorEvent.ConnectionLost(index, address, wasRegistered, cause, retryIn));
    }

    @Override
    public void edgeGoesAway(int index) {
        queue.add(new ConnectorEvent.EdgeGoesAway(index));
    }

    @Override
    public void rpcEnded(String method, boolean succeeded, long nanos) {
        counters.rpcEnded(method, succeeded, nanos);
    }

    @Override
    public void localConfigurationReported(boolean succeeded) {
        counters.localConfigurationReported(succeeded);
    }

    void pushed(RemoteConfiguration.Outcome outcome) {
        switch (outcome.result()) {
            case APPLIED -> queue.add(new ConnectorEvent.ConfigurationPushed(outcome.lastAppliedVersion(), null));
            case FAILED, UNREADABLE ->
                queue.add(new ConnectorEvent.ConfigurationPushed(
                        outcome.lastAppliedVersion(), String.valueOf(outcome.error())));
            case IGNORED -> {
                // An old version came again: nothing has changed.
            }
        }
    }

    long endedBeforeDraining() {
        return endedBeforeDraining;
    }

    void drained(DrainReport report) {
        queue.add(new ConnectorEvent.Drained(report));
    }
}
