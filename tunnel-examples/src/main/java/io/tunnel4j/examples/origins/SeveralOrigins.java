package io.tunnel4j.examples.origins;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** One connector, origins of different kinds: a handler in this JVM, an HTTP service, a TCP service, and 404 for the rest. */
public final class SeveralOrigins {
    private SeveralOrigins() {}

    /**
     * Runs until the process ends.
     *
     * @param args the tunnel's token, domain, URL of an HTTP service, port of a TCP service [edge host:port, PEM file of its root]
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        String domain = args[1];
        Ingress ingress = Ingress.builder()
                .rule("wiki." + domain, "^/health$", Origin.handler(exchange -> {
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                }))
                .rule("wiki." + domain, Origin.http(URI.create(args[2])))
                .rule("ssh." + domain, Origin.tcp("localhost", Integer.parseInt(args[3])))
                .otherwise(Origin.status(404))
                .build();
        TunnelConnector.Builder builder = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(ingress)
                .gracePeriod(Duration.ofSeconds(10));
        if (args.length > 5) {
            builder.edge(args[4]).edgeCa(Path.of(args[5]));
        }
        try (TunnelConnector tunnel = builder.build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.printf(
                    "Serving. Next: https://wiki.%s, and tunnel access ssh --hostname ssh.%s%n", domain, domain);
            Thread.currentThread().join();
        }
    }
}
