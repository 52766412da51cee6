package io.tunnel4j.examples.oidc;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.TunnelEdge;
import java.net.URI;
import java.nio.file.Path;

/** The whole system in one JVM: an edge, people of a company who log in at their OpenID Connect provider, and a page for them. */
public final class SelfHostedEdge {
    private SelfHostedEdge() {}

    /**
     * Runs until the process ends.
     *
     * @param args issuer, client id, client secret, domain of the people's addresses, directory for the root, HTTPS port
     * @throws InterruptedException if interrupted
     */
    public static void main(String[] args) throws InterruptedException {
        DevelopmentAuthority authority = DevelopmentAuthority.in(Path.of(args[4]));
        int port = Integer.parseInt(args[5]);
        String team = "team.localhost:" + port;
        try (TunnelEdge edge = TunnelEdge.builder()
                .https(port, authority.certificates())
                .connectors(0, authority.certificates())
                .access(AccessSettings.builder(team).build())
                .build()) {
            edge.start().toCompletableFuture().join();
            edge.access()
                    .login(IdentityProvider.openIdConnect("Company sign-on", URI.create(args[0]), args[1])
                            .clientSecret(args[2])
                            .build());
            edge.access()
                    .protect(Application.builder("app.localhost")
                            .policy(Policy.allow("staff").include(Rule.emailDomain(args[3])))
                            .build());
            TunnelCredentials credentials = edge.tunnels().create("app");
            edge.routes().add("app.localhost", credentials);
            try (TunnelConnector tunnel = TunnelConnector.builder(credentials)
                    .edge("localhost:" + edge.connectorsAddress().getPort())
                    .edgeCa(authority.certificate())
                    .ingress(Ingress.of(Origin.helloWorld()))
                    .build()) {
                tunnel.start().toCompletableFuture().join();
                System.out.printf("Register at the provider: https://%s/cdn-cgi/access/callback%n", team);
                System.out.printf("Next: trust %s/ca.pem and open https://app.localhost:%d/%n", args[4], port);
                Thread.currentThread().join();
            }
        }
    }
}
