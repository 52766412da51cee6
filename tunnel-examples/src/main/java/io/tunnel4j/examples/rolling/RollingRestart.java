package io.tunnel4j.examples.rolling;

import io.tunnel4j.DrainReport;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/** Replaces a service by its next version again and again: the new connector serves before the old one drains, so that no request is lost. */
public final class RollingRestart {
    private RollingRestart() {}

    /**
     * Runs until the process ends.
     *
     * @param args the tunnel's token, how many restarts [edge host:port, PEM file of its root]
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        TunnelConnector running = start(0, args);
        try {
            System.out.println("Version 0 serves. Next: keep asking for the page while versions change.");
            for (int version = 1; version <= Integer.parseInt(args[1]); version++) {
                TunnelConnector next = start(version, args);
                DrainReport report = running.drain(Duration.ofSeconds(30))
                        .toCompletableFuture()
                        .join();
                running.close();
                running = next;
                System.out.println("Version " + version + " serves; its predecessor finished with " + report);
            }
            System.out.println("All versions have had their turn.");
            Thread.currentThread().join();
        } finally {
            running.close();
        }
    }

    private static TunnelConnector start(int version, String... args) {
        TunnelConnector.Builder builder = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(Ingress.of(Origin.handler(exchange -> {
                    byte[] page = ("version " + version).getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, page.length);
                    exchange.getResponseBody().write(page);
                    exchange.close();
                })));
        if (args.length > 3) {
            builder.edge(args[2]).edgeCa(Path.of(args[3]));
        }
        TunnelConnector connector = builder.build();
        connector.start().toCompletableFuture().join();
        return connector;
    }
}
