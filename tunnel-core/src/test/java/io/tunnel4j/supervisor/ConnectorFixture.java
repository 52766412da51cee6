package io.tunnel4j.supervisor;

import io.tunnel4j.ConnectorEvent;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.TunnelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** What the conformance tests of a connector share. */
final class ConnectorFixture {
    static final TunnelCredentials CREDENTIALS = TunnelCredentials.generate("0123456789abcdef0123456789abcdef");

    final List<ConnectorEvent> events = new CopyOnWriteArrayList<>();

    TunnelConnector.Builder connector(ScriptedEdge edge) {
        return connector(edge.addresses());
    }

    TunnelConnector.Builder connector(String... edge) {
        return TunnelConnector.builder(CREDENTIALS)
                .edge(edge)
                .edgeCa(ScriptedEdge.ca())
                .ingress(Ingress.of(Origin.status(204)))
                .gracePeriod(Duration.ofSeconds(5))
                .listener(events::add)
                .retries(0)
                .haConnections(1);
    }

    static void start(TunnelConnector connector) throws Exception {
        await(connector.start());
    }

    static <T> T await(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** Starts a connector that cannot, and returns why. */
    static TunnelException failure(TunnelConnector connector) throws Exception {
        try {
            start(connector);
        } catch (ExecutionException | CompletionException e) {
            if (e.getCause() instanceof TunnelException cause) {
                return cause;
            }
            throw e;
        }
        throw new AssertionError("the start succeeded");
    }

    /** Events of one type, in order. */
    <T extends ConnectorEvent> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
}
