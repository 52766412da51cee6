package io.tunnel4j.edge;

import io.tunnel4j.edge.EdgeListener.ConnectorEvent;
import io.tunnel4j.edge.api.ReportedConfigurations;
import io.tunnel4j.edge.registry.ConfigurationOutcome;
import io.tunnel4j.edge.registry.ConnectorConnection;
import io.tunnel4j.edge.registry.ConnectorEvents;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.RecentErrors;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the embedder's listener, the list of recent errors and the store what happens. Thread-safe. */
final class EdgeReporter implements ConnectorEvents {
    private static final Logger log = LoggerFactory.getLogger(EdgeReporter.class);

    private final @Nullable EdgeListener listener;
    private final RecentErrors errors;
    private final Clock clock;
    private final EdgeState state;

    EdgeReporter(@Nullable EdgeListener listener, RecentErrors errors, EdgeState state, Clock clock) {
        this.listener = listener;
        this.state = state;
        this.errors = errors;
        this.clock = clock;
    }

    @Override
    public void registered(ConnectorConnection connection) {
        tell(to -> to.connectorJoined(event(connection)));
    }

    @Override
    public void refused(InetSocketAddress remote, String cause) {
        errors.record(clock.instant(), remote.getHostString(), "connector refused: " + cause);
        tell(to -> to.connectorRefused(remote, cause));
    }

    @Override
    public void closed(ConnectorConnection connection, String reason) {
        tell(to -> to.connectorLeft(event(connection), reason));
    }

    @Override
    public void localConfiguration(ConnectorConnection connection, String json) {
        ReportedConfigurations.keep(
                        state, connection.tunnelId(), connection.client().clientId(), json)
                .exceptionally(e -> {
                    log.warn("{}: its configuration is not kept: {}", connection, e.getMessage());
                    return false;
                });
    }

    @Override
    public void configurationAnswered(ConnectorConnection connection, ConfigurationOutcome outcome) {
        if (!outcome.isApplied()) {
            errors.record(
                    outcome.at(),
                    connection.tunnelId().toString(),
                    "configuration " + outcome.pushedVersion() + " refused: " + outcome.error());
        }
    }

    void requestEnded(RequestEvent request) {
        tell(to -> to.requestEnded(request));
    }

    void requestFailed(RequestEvent request) {
        errors.record(
                clock.instant(),
                request.target().host(),
                request.result().status() + " " + request.result().outcome() + " "
                        + request.target().method() + " " + request.target().path() + " " + request.id());
    }

    private static ConnectorEvent event(ConnectorConnection c) {
        return new ConnectorEvent(
                c.tunnelId(), c.client().clientId(), c.index(), c.client().version(), c.remoteAddress());
    }

    private void tell(Consumer<EdgeListener> event) {
        EdgeListener to = listener;
        if (to != null) {
            try {
                event.accept(to);
            } catch (RuntimeException e) {
                log.warn("listener failed", e);
            }
        }
    }
}
