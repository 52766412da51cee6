package io.tunnel4j.examples.handler;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Serves a page from a handler in this JVM: no socket, no port. */
public final class InProcessHandler {
    private InProcessHandler() {}

    /**
     * Runs until the process ends.
     *
     * @param args the tunnel's token [edge host:port, PEM file of its root]
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        TunnelConnector.Builder builder = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(Ingress.of(Origin.handler(exchange -> {
                    byte[] page = "Hello from inside the JVM\n".getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, page.length);
                    exchange.getResponseBody().write(page);
                    exchange.close();
                })));
        if (args.length > 2) {
            builder.edge(args[1]).edgeCa(Path.of(args[2]));
        }
        try (TunnelConnector tunnel = builder.build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.println("Serving. Next: open the hostname that leads to this tunnel; Ctrl-C ends.");
            Thread.currentThread().join();
        }
    }
}
