package io.tunnel4j.examples.system;

import io.tunnel4j.Ingress;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.TunnelEdge;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An edge on loopback, a tunnel, and what a test connects to them. */
final class LoopbackSystem implements AutoCloseable {
    static final String HOST = "app.localhost";

    final DevelopmentAuthority authority = DevelopmentAuthority.create();
    final TunnelEdge edge;
    final TunnelCredentials credentials;

    LoopbackSystem() throws Exception {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        edge = TunnelEdge.builder()
                .https(new InetSocketAddress(loopback, 0), authority.certificates(HOST))
                .connectors(new InetSocketAddress(loopback, 0), authority.certificates())
                .build();
        edge.start().toCompletableFuture().get(20, TimeUnit.SECONDS);
        credentials = edge.tunnels().create("web");
        edge.routes().add(HOST, credentials);
    }

    TunnelConnector.Builder connector(TunnelCredentials with, Ingress ingress) {
        return TunnelConnector.builder(with)
                .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                .edgeCa(authority.certificate())
                .ingress(ingress)
                .gracePeriod(Duration.ofSeconds(5));
    }

    TunnelConnector run(Ingress ingress) throws Exception {
        TunnelConnector connector = connector(credentials, ingress).build();
        connector.start().toCompletableFuture().get(20, TimeUnit.SECONDS);
        return connector;
    }

    AccessTcpForwarder forwarder() {
        return AccessTcpForwarder.builder(HOST + ":" + edge.httpsAddress().getPort())
                .connectTo(edge.httpsAddress())
                .caPool(authority.certificate())
                .build()
                .start();
    }

    HttpsClient client() throws Exception {
        return new HttpsClient(authority.certificate(), edge.httpsAddress());
    }

    @Override
    public void close() {
        edge.close();
    }
}
