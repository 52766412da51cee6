package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.access.ServiceToken;
import io.tunnel4j.benchmarks.Workbench;
import io.tunnel4j.benchmarks.load.LatencyHistogram;
import io.tunnel4j.benchmarks.load.RawTcp;
import io.tunnel4j.benchmarks.process.PostgresServer;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.EdgeCertificates;
import io.tunnel4j.edge.IssuedServiceToken;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.TunnelEdge;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * New connections to the first byte: HTTP, WebSocket, TCP through a forwarder, JDBC; and TCP to a protected application with a token at hand, beside a flow that asks the
 * edge three times first. Edge, connector and forwarder run in this JVM, so that all of them are warm; the sum of their work is what is timed.
 */
public final class FirstByteSuite {
    private static final int REPEATS = 60;
    private static final int WARM_UP = 150;
    private static final String TUNNEL = EdgeSuite.TUNNEL;

    private final Workbench bench;
    private final SSLContext tls;

    private FirstByteSuite(Workbench bench) {
        this.bench = bench;
        this.tls = HttpsProbe.trusting(bench.certificates());
    }

    /**
     * Runs the suite.
     *
     * @param bench the workbench
     * @throws Exception if something fails
     */
    public static void run(Workbench bench) throws Exception {
        FirstByteSuite suite = new FirstByteSuite(bench);
        try (PostgresServer database = PostgresServer.start(bench.directory("postgres"));
                TunnelEdge edge = suite.edge()) {
            edge.start().toCompletableFuture().join();
            TunnelCredentials credentials = edge.tunnels().create("bench");
            for (String host : List.of("app.localhost", "ws.localhost", "tcp.localhost", "db.localhost")) {
                edge.routes().add(host, credentials);
            }
            try (TunnelConnector connector = suite.connector(edge, credentials, database)) {
                connector.start().toCompletableFuture().join();
                suite.measure(edge, database);
            }
        }
    }

    private TunnelEdge edge() {
        EdgeCertificates certificates = EdgeCertificates.pem(
                bench.certificates().chain(), bench.certificates().key());
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        return TunnelEdge.builder()
                .https(any, certificates)
                .connectors(any, certificates)
                .access(AccessSettings.builder("team.localhost").build())
                .build();
    }

    private TunnelConnector connector(TunnelEdge edge, TunnelCredentials credentials, PostgresServer database) {
        return TunnelConnector.builder(credentials)
                .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                .edgeCa(bench.certificates().authority())
                .haConnections(1)
                .ingress(Ingress.builder()
                        .rule("ws.localhost", Origin.http(local(bench.sink().httpPort())))
                        .rule(
                                "tcp.localhost",
                                Origin.tcp("127.0.0.1", bench.sink().tcpPort()))
                        .rule("db.localhost", Origin.tcp("127.0.0.1", database.port()))
                        .otherwise(Origin.http(local(bench.nginx().port())))
                        .build())
                .build();
    }

    private static URI local(int port) {
        return URI.create("http://127.0.0.1:" + port);
    }

    private void measure(TunnelEdge edge, PostgresServer database) throws Exception {
        int port = edge.httpsAddress().getPort();
        ServiceToken token = protect(edge);
        try (AccessTcpForwarder tcp = forwarder("tcp.localhost", port, token);
                AccessTcpForwarder db = forwarder("db.localhost", port, null)) {
            String direct =
                    "jdbc:postgresql://127.0.0.1:" + database.port() + "/postgres?user=postgres&sslmode=disable";
            String tunnel = "jdbc:postgresql://127.0.0.1:" + db.port() + "/postgres?user=postgres&sslmode=disable";
            for (int round = 0; round <= bench.options().rounds(); round++) {
                // The first one warms up and does not count.
                boolean counts = round > 0;
                int n = counts ? REPEATS : WARM_UP;
                if (counts) {
                    bench.say("first-byte suite, round " + round);
                }
                time(
                        counts,
                        EdgeSuite.DIRECT,
                        "HTTPS, new connection to first byte",
                        n,
                        () -> http(bench.nginx().tlsPort(), "app.localhost", ""));
                time(counts, TUNNEL, "HTTPS, new connection to first byte", n, () -> http(port, "app.localhost", ""));
                time(counts, TUNNEL, "WebSocket, new connection to 101", n, () -> http(port, "ws.localhost", UPGRADE));
                time(
                        counts,
                        TUNNEL,
                        "protected TCP, token at hand, new connection to first byte",
                        n,
                        () -> RawTcp.firstByteNanos(tcp.port()));
                time(
                        counts,
                        "three exchanges",
                        "protected TCP, token at hand, new connection to first byte",
                        n,
                        () -> threeExchanges(port));
                time(counts, EdgeSuite.DIRECT, "JDBC, SELECT 1 on a new connection", n, () -> query(direct));
                time(counts, TUNNEL, "JDBC, SELECT 1 on a new connection", n, () -> query(tunnel));
                pooled(counts, EdgeSuite.DIRECT, direct, n);
                pooled(counts, TUNNEL, tunnel, n);
            }
        }
    }

    private static final String UPGRADE = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    private ServiceToken protect(TunnelEdge edge) {
        IssuedServiceToken service = edge.access().createServiceToken("bench");
        edge.access()
                .protect(Application.builder("tcp.localhost")
                        .policy(Policy.serviceAuth("bench").include(Rule.serviceToken(service.id())))
                        .build())
                .toCompletableFuture()
                .join();
        return ServiceToken.of(service.clientId(), service.clientSecret());
    }

    private AccessTcpForwarder forwarder(String host, int port, @Nullable ServiceToken token) {
        AccessTarget.Builder target = AccessTarget.builder(host + ":" + port)
                .connectTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (token != null) {
            target.serviceToken(token);
        }
        return AccessTcpForwarder.builder(target.build())
                .caPool(bench.certificates().authority())
                .build()
                .start();
    }

    private interface Probe {
        long nanos() throws Exception;
    }

    private void time(boolean counts, String subject, String figure, int times, Probe probe) throws Exception {
        LatencyHistogram histogram = new LatencyHistogram();
        long start = System.nanoTime();
        for (int i = 0; i < times; i++) {
            histogram.record(probe.nanos());
        }
        if (counts) {
            bench.add(subject, figure + ", p50", "ms", histogram.quantile(0.5) / 1e6);
            bench.add(subject, figure + ", p99", "ms", histogram.quantile(0.99) / 1e6);
            bench.add(subject, figure + ", one after the other", "1/s", times / ((System.nanoTime() - start) / 1e9));
        }
    }

    private long http(int port, String host, String moreFields) throws IOException {
        long start = System.nanoTime();
        try (SSLSocket socket = HttpsProbe.connect(tls, host, port)) {
            int status = HttpsProbe.exchange(socket, host, "/small", moreFields);
            if (status != 200 && status != 101) {
                throw new IOException("status " + status);
            }
            return System.nanoTime() - start;
        }
    }

    /** What a client does that asks the edge about the application before it sends its token: each exchange on a connection of its own. */
    private long threeExchanges(int port) throws IOException {
        long start = System.nanoTime();
        for (int i = 0; i < 3; i++) {
            try (SSLSocket socket = HttpsProbe.connect(tls, "tcp.localhost", port)) {
                HttpsProbe.exchange(socket, "tcp.localhost", "/", "");
            }
        }
        return System.nanoTime() - start;
    }

    private static long query(String url) throws SQLException {
        long start = System.nanoTime();
        try (Connection connection = DriverManager.getConnection(url)) {
            select(connection);
            return System.nanoTime() - start;
        }
    }

    private static void select(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT 1")) {
            result.next();
        }
    }

    private void pooled(boolean counts, String subject, String url, int times) throws Exception {
        try (Connection connection = DriverManager.getConnection(url)) {
            time(counts, subject, "JDBC, SELECT 1 on a pooled connection", 10 * times, () -> {
                long start = System.nanoTime();
                select(connection);
                return System.nanoTime() - start;
            });
        }
    }
}
