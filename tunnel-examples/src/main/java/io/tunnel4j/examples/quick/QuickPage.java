package io.tunnel4j.examples.quick;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.QuickTunnel;
import io.tunnel4j.TunnelConnector;
import java.net.URI;
import java.nio.file.Path;

/** Puts a local HTTP service on a public name without an account. */
public final class QuickPage {
    private QuickPage() {}

    /**
     * Runs until the process ends.
     *
     * @param args URL of the local service [URL of another quick service, edge host:port, PEM file of its root]
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        boolean selfHosted = args.length > 3;
        QuickTunnel quick = QuickTunnel.request(selfHosted ? URI.create(args[1]) : QuickTunnel.DEFAULT_SERVICE)
                .toCompletableFuture()
                .join();
        TunnelConnector.Builder builder = TunnelConnector.builder(quick.credentials())
                .haConnections(1)
                .ingress(Ingress.of(Origin.http(URI.create(args[0]))));
        if (selfHosted) {
            builder.edge(args[2]).edgeCa(Path.of(args[3]));
        }
        try (TunnelConnector tunnel = builder.build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.println("Next: open https://" + quick.hostname());
            Thread.currentThread().join();
        }
    }
}
