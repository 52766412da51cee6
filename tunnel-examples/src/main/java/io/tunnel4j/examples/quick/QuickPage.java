package io.tunnel4j.examples.quick;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.QuickTunnel;
import io.tunnel4j.TunnelConnector;
import java.net.URI;

/** Puts a local HTTP service on a public name without an account. */
public final class QuickPage {
    private QuickPage() {}

    /**
     * Runs until the process ends.
     *
     * @param args URL of the local service
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        QuickTunnel quick = QuickTunnel.request(QuickTunnel.DEFAULT_SERVICE)
                .toCompletableFuture()
                .join();
        try (TunnelConnector tunnel = TunnelConnector.builder(quick.credentials())
                .haConnections(1)
                .ingress(Ingress.of(Origin.http(URI.create(args[0]))))
                .build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.println("https://" + quick.hostname());
            Thread.currentThread().join();
        }
    }
}
