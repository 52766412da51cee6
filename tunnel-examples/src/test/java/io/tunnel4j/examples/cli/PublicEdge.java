package io.tunnel4j.examples.cli;

import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.IssuedServiceToken;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.TunnelEdge;
import io.tunnel4j.testing.ScriptedBrowser;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An edge on loopback with everything that the command line can ask of one: Access, the operators' API, quick tunnels. */
final class PublicEdge implements AutoCloseable {
    static final String ADMIN_TOKEN = "operator-token-of-the-tests";
    static final String SSH = "ssh.example.net";
    static final String WEB = "web.example.net";
    static final String PASSWORD = "correct horse battery";

    /** The name SSH accounts are derived from is the part before the at sign. */
    static final String USER = System.getProperty("user.name") + "@example.com";

    final TunnelEdge edge;
    final Path root;
    final Path hosts;
    final Application ssh;
    final IssuedServiceToken token;
    final DevelopmentAuthority authority;

    /** Listens on any port of an address that is its own. */
    PublicEdge(Path directory) throws Exception {
        this(directory, new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort()));
    }

    PublicEdge(Path directory, InetSocketAddress https) throws Exception {
        authority = DevelopmentAuthority.in(directory);
        root = directory.resolve("ca.pem");
        authority.exportTo(root);
        String port = https.getPort() == 443 ? "" : ":" + https.getPort();
        edge = TunnelEdge.builder()
                .https(https, authority.certificates(SSH, WEB, "team.example.net", "edge.example.net"))
                .connectors(new InetSocketAddress(https.getAddress(), 0), authority.certificates())
                .admin(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .adminToken(ADMIN_TOKEN)
                .operatorHost("edge.example.net")
                .zones(List.of("example.net"))
                .quickTunnels("try.example.net")
                .access(AccessSettings.builder("team.example.net" + port).build())
                .build();
        edge.start().toCompletableFuture().get(30, TimeUnit.SECONDS);
        token = edge.access().createServiceToken("batch");
        ssh = application(SSH);
        await(edge.access().protect(ssh));
        await(edge.access().login(IdentityProvider.localUsers("Password").build()));
        await(edge.access().addUser(USER, PASSWORD, List.of()));
        hosts = directory.resolve("hosts");
        StringBuilder names = new StringBuilder("127.0.0.1 localhost\n");
        for (String name : List.of(SSH, WEB, "team.example.net", "edge.example.net")) {
            names.append(https.getAddress().getHostAddress())
                    .append(' ')
                    .append(name)
                    .append('\n');
        }
        Files.writeString(hosts, names);
    }

    private Application application(String host) {
        return Application.builder(host)
                .name("SSH")
                .policy(
                        Policy.serviceAuth("batch").include(Rule.serviceToken(token.id())),
                        Policy.allow("staff").include(Rule.emailDomain("example.com")))
                .build();
    }

    private static void await(java.util.concurrent.CompletionStage<?> stage) throws Exception {
        stage.toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    String api() {
        return "http://localhost:" + edge.adminAddress().getPort() + "/client/v4";
    }

    String operators() {
        return "http://localhost:" + edge.adminAddress().getPort();
    }

    String connectors() {
        return HostAndPort.text(edge.connectorsAddress());
    }

    /** A browser that is sent to this edge, whatever the host. */
    ScriptedBrowser browser() {
        return new ScriptedBrowser(authority.certificate(), edge.httpsAddress());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        edge.close();
    }
}
