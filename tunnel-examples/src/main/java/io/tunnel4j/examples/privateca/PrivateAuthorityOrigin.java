package io.tunnel4j.examples.privateca;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginTls;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.net.URI;
import java.nio.file.Path;

/** Publishes an HTTPS service whose certificate the company's own authority has signed; chain and name are checked. */
public final class PrivateAuthorityOrigin {
    private PrivateAuthorityOrigin() {}

    /**
     * Runs until the process ends.
     *
     * @param args the tunnel's token, URL of the service, PEM file of its authority, name in its certificate [edge host:port, PEM file of its root]
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        OriginTls tls = OriginTls.builder()
                .caPool(Path.of(args[2]))
                .onlyCaPool()
                .serverName(args[3])
                .build();
        TunnelConnector.Builder builder = TunnelConnector.builder(TunnelCredentials.fromToken(args[0]))
                .ingress(Ingress.of(Origin.http(URI.create(args[1])).tls(tls)));
        if (args.length > 5) {
            builder.edge(args[4]).edgeCa(Path.of(args[5]));
        }
        try (TunnelConnector tunnel = builder.build()) {
            tunnel.start().toCompletableFuture().join();
            System.out.println(
                    "Serving. Next: open the hostname; 502 means that the certificate is not for " + args[3]);
            Thread.currentThread().join();
        }
    }
}
