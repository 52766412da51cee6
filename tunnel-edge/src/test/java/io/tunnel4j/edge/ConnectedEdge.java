package io.tunnel4j.edge;

import com.sun.net.httpserver.HttpExchange;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** An edge and our own connector in one process, with a service that has no port. */
final class ConnectedEdge implements AutoCloseable {
    static final String HOST = "app.localhost";

    final DevelopmentAuthority authority = DevelopmentAuthority.create();
    final TunnelEdge edge;
    final TunnelConnector connector;

    ConnectedEdge(UnaryOperator<TunnelEdge.Builder> changes) throws Exception {
        this(
                changes,
                Ingress.builder()
                        .otherwise(Origin.handler(ConnectedEdge::serve))
                        .build());
    }

    ConnectedEdge(UnaryOperator<TunnelEdge.Builder> changes, Ingress ingress) throws Exception {
        edge = changes.apply(TunnelEdge.builder()
                        .https(EdgeFixture.any(), authority.certificates(HOST))
                        .connectors(EdgeFixture.any(), authority.certificates()))
                .build();
        TunnelCredentials credentials = edge.tunnels().create("loopback");
        edge.routes().add(HOST, credentials).add("localhost", credentials);
        edge.start().toCompletableFuture().get(10, TimeUnit.SECONDS);
        connector = TunnelConnector.builder(credentials)
                .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                .edgeCa(authority.certificate())
                .haConnections(1)
                .gracePeriod(Duration.ofSeconds(5))
                .ingress(ingress)
                .build();
        connector.start().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static void serve(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        try (exchange) {
            if (path.startsWith("/down/")) {
                long bytes = Long.parseLong(path.substring("/down/".length()));
                exchange.sendResponseHeaders(200, bytes);
                try (OutputStream out = exchange.getResponseBody()) {
                    byte[] block = pattern();
                    for (long left = bytes; left > 0; left -= block.length) {
                        out.write(block, 0, (int) Math.min(left, block.length));
                    }
                }
            } else if (path.equals("/client")) {
                reply(exchange, exchange.getRequestHeaders().getFirst("Cf-Connecting-Ip"));
            } else if (path.equals("/digest")) {
                reply(exchange, digest(exchange.getRequestBody()));
            } else {
                exchange.getRequestBody().readAllBytes();
                exchange.getResponseHeaders().set("Content-Type", "text/plain");
                reply(exchange, "hello from a service without a port\n");
            }
        }
    }

    private static void reply(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    static byte[] pattern() {
        byte[] block = new byte[64 << 10];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) (i * 37 + (i >> 8));
        }
        return block;
    }

    static String digest(InputStream in) throws IOException {
        try {
            MessageDigest sha = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[64 << 10];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sha.update(buffer, 0, n);
            }
            return HexFormat.of().formatHex(sha.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        connector.close();
        edge.close();
    }
}
