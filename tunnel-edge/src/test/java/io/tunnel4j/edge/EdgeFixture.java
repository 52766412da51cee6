package io.tunnel4j.edge;

import io.tunnel4j.TunnelCredentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** A running edge on loopback that knows the tunnel of the captured messages and routes {@code app.localhost} to it. */
final class EdgeFixture implements AutoCloseable {
    static final String HOST = "app.localhost";
    static final TunnelCredentials CREDENTIALS = TunnelCredentials.of(
            ScriptedConnector.ACCOUNT, UUID.fromString(ScriptedConnector.TUNNEL_ID), ScriptedConnector.SECRET);

    final DevelopmentAuthority authority = DevelopmentAuthority.create();
    final TunnelEdge edge;

    EdgeFixture() throws Exception {
        this(builder -> builder);
    }

    EdgeFixture(UnaryOperator<TunnelEdge.Builder> changes) throws Exception {
        this(any(), changes);
    }

    EdgeFixture(InetSocketAddress https, UnaryOperator<TunnelEdge.Builder> changes) throws Exception {
        edge = changes.apply(TunnelEdge.builder()
                        .https(https, authority.certificates(HOST))
                        .connectors(any(), authority.certificates())
                        .account(ScriptedConnector.ACCOUNT)
                        .location("TST"))
                .build();
        edge.tunnels().add("vector", CREDENTIALS);
        edge.routes().add(HOST, CREDENTIALS);
        edge.start().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    static InetSocketAddress any() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    ScriptedConnector connector() throws Exception {
        return connector("success-locally-managed");
    }

    ScriptedConnector connector(String scenario) throws Exception {
        return ScriptedConnector.dial(edge.connectorsAddress(), authority.certificate(), scenario)
                .awaitScript();
    }

    @Override
    public void close() {
        edge.close();
    }
}
