package io.tunnel4j.examples.origins;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginTls;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;

/** One connector, origins of different kinds: an HTTPS service with a certificate of the company's own authority, SSH, a socket, and 404 for the rest. */
public final class SeveralOrigins {
    private SeveralOrigins() {}

    /**
     * Runs until the process ends.
     *
     * @param args token, PEM file of the company's authority
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        Ingress ingress = Ingress.builder()
                .rule(
                        "wiki.example.com",
                        Origin.http(URI.create("https://10.0.0.5"))
                                .tls(OriginTls.builder()
                                        .caPool(Path.of(args[1]))
                                        .serverName("wiki.internal")
                                        .build()))
                .rule("ssh.example.com", Origin.tcp("localhost", 22))
                .rule("app.example.com", "^/api/", Origin.unix(Path.of("/run/app.sock")))
                .otherwise(Origin.status(404))
                .build();
        try (TunnelConnector tunnel = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(ingress)
                .gracePeriod(Duration.ofSeconds(10))
                .build()) {
            tunnel.start().toCompletableFuture().join();
            Thread.currentThread().join();
        }
    }
}
