package io.tunnel4j.edge;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.concurrent.ThreadLocalRandom;

/** A connector in a process of its own, to be killed: answers after a little time. Says {@code UP} when it is registered. */
final class ConnectorProgram {
    private ConnectorProgram() {}

    public static void main(String[] arguments) throws Exception {
        String token = arguments[0];
        String edge = arguments[1];
        X509Certificate ca;
        try (var in = java.nio.file.Files.newInputStream(Path.of(arguments[2]))) {
            ca = (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        TunnelConnector connector = TunnelConnector.builder(TunnelCredentials.fromToken(token))
                .edge(edge)
                .edgeCa(ca)
                .haConnections(1)
                .ingress(Ingress.builder()
                        .otherwise(Origin.handler(exchange -> {
                            try (exchange) {
                                exchange.getRequestBody().readAllBytes();
                                Thread.sleep(ThreadLocalRandom.current().nextInt(30));
                                // Head and end in one frame: there is no half of a response to break off in.
                                exchange.sendResponseHeaders(200, -1);
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        }))
                        .build())
                .build();
        connector.start().toCompletableFuture().join();
        System.out.println("UP");
        System.out.flush();
        Thread.currentThread().join();
    }
}
