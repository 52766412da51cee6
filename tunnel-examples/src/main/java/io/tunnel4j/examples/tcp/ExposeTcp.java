package io.tunnel4j.examples.tcp;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;

/** Publishes a TCP service of this machine, say a database on port 5432; access clients reach it by the tunnel's hostname. */
public final class ExposeTcp {
    private ExposeTcp() {}

    /**
     * Runs until the process ends.
     *
     * @param args token, port
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        try (TunnelConnector tunnel = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(Ingress.of(Origin.tcp("localhost", Integer.parseInt(args[1]))))
                .build()) {
            tunnel.start().toCompletableFuture().join();
            Thread.currentThread().join();
        }
    }
}
