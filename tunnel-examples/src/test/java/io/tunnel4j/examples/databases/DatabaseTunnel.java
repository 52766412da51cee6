package io.tunnel4j.examples.databases;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.TunnelEdge;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** Our edge and connector in front of a database, and an access client that knows the way. */
final class DatabaseTunnel implements AutoCloseable {
    private static final String HOST = "db.localhost";

    private final DevelopmentAuthority authority;
    private final TunnelEdge edge;
    private final TunnelCredentials credentials;
    private final int databasePort;
    private final AccessConnector access;
    private TunnelConnector connector;

    DatabaseTunnel(int databasePort, Path directory) throws Exception {
        this.databasePort = databasePort;
        authority = DevelopmentAuthority.in(directory);
        edge = TunnelEdge.builder()
                .https(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), authority.certificates(HOST))
                .connectors(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), authority.certificates())
                .build();
        edge.start().toCompletableFuture().join();
        credentials = edge.tunnels().create("database");
        edge.routes().add(HOST, credentials);
        connector = startConnector();
        access = AccessConnector.builder().caPool(authority.certificate()).build();
    }

    private TunnelConnector startConnector() {
        TunnelConnector started = TunnelConnector.builder(credentials)
                .edge("localhost:" + edge.connectorsAddress().getPort())
                .edgeCa(authority.certificate())
                .haConnections(2)
                .ingress(Ingress.builder()
                        .rule(HOST, Origin.tcp("localhost", databasePort))
                        .otherwise(Origin.status(404))
                        .build())
                .build();
        started.start().toCompletableFuture().join();
        return started;
    }

    AccessConnector access() {
        return access;
    }

    /** A client of its own, whose connections share a TLS connection; to be closed by the caller. */
    AccessConnector sharing() {
        return AccessConnector.builder().caPool(authority.certificate()).build();
    }

    AccessTarget target() {
        int port = edge.httpsAddress().getPort();
        return AccessTarget.builder(HOST + ":" + port)
                .connectTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
                .build();
    }

    AccessTcpForwarder forwarder() {
        return AccessTcpForwarder.builder(target()).connector(access).build().start();
    }

    /** Cuts every connection in the middle. */
    void killConnector() {
        connector.drain(Duration.ZERO).toCompletableFuture().join();
        connector.close();
    }

    void restartConnector() {
        connector = startConnector();
    }

    @Override
    public void close() {
        access.close();
        connector.close();
        edge.close();
    }
}
