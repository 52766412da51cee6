package io.tunnel4j.examples.tcp;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.nio.file.Path;

/** Publishes a TCP service of this machine, say a database on port 5432; access clients reach it by the tunnel's hostname. */
public final class ExposeTcp {
    private ExposeTcp() {}

    /**
     * Runs until the process ends.
     *
     * @param args the tunnel's token, the service's port [edge host:port, PEM file of its root]
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        TunnelConnector.Builder builder = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(Ingress.of(Origin.tcp("localhost", Integer.parseInt(args[1]))));
        if (args.length > 3) {
            builder.edge(args[2]).edgeCa(Path.of(args[3]));
        }
        try (TunnelConnector tunnel = builder.build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.println(
                    "Serving. Next, elsewhere: tunnel access tcp --hostname HOST --url localhost:" + args[1]);
            Thread.currentThread().join();
        }
    }
}
