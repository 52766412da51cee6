package io.tunnel4j.examples.demo;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.EdgeListener;
import io.tunnel4j.edge.IssuedServiceToken;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.RequestEvent;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.TunnelEdge;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/**
 * The whole system on one machine: an edge, a service without a port, a database and a forwarder to it. Not thread-safe.
 */
public final class Demo implements AutoCloseable {
    private static final String PAGE_HOST = "hello.localhost";
    private static final String DATABASE_HOST = "db.localhost";
    private static final String TEAM_HOST = "team.localhost";
    private static final int PREFERRED_PORT = 8443;
    private static final Duration GRACE = Duration.ofSeconds(5);

    private final Narrator narrator;
    private final Path directory;
    private final DevelopmentAuthority authority;
    private final TunnelEdge edge;
    private final Database database;
    private final TunnelConnector connector;
    private final AccessTcpForwarder forwarder;

    private Demo(Narrator narrator, Path directory) throws IOException, SQLException {
        this.narrator = narrator;
        this.directory = directory;
        Files.createDirectories(directory);
        authority = DevelopmentAuthority.in(directory);
        authority.exportTo(rootFile());
        edge = startEdge();
        database = Database.start();
        TunnelCredentials credentials = edge.tunnels().create("demo");
        edge.routes().add(PAGE_HOST, credentials).add(DATABASE_HOST, credentials);
        IssuedServiceToken token = protectDatabase();
        connector = TunnelConnector.builder(credentials)
                .edge("localhost:" + edge.connectorsAddress().getPort())
                .edgeCa(rootFile())
                .ingress(Ingress.builder()
                        .rule(PAGE_HOST, Origin.handler(new GuestBook(narrator)))
                        .rule(DATABASE_HOST, Origin.tcp("localhost", database.port()))
                        .otherwise(Origin.status(404))
                        .build())
                .build();
        connector.start().toCompletableFuture().join();
        forwarder = AccessTcpForwarder.builder(DATABASE_HOST + ":" + httpsPort())
                .connectTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), httpsPort()))
                .serviceToken(token.clientId(), token.clientSecret())
                .caPool(authority.certificate())
                .build()
                .start();
    }

    /** Lets nobody reach the database's host but who shows the service token. */
    private IssuedServiceToken protectDatabase() {
        IssuedServiceToken token = edge.access().createServiceToken("demo");
        edge.access()
                .protect(Application.builder(DATABASE_HOST)
                        .policy(Policy.serviceAuth("forwarder").include(Rule.serviceToken(token.id())))
                        .build())
                .toCompletableFuture()
                .join();
        return token;
    }

    /**
     * Starts everything.
     *
     * @param narrator hears what happens, on several threads
     * @param directory keeps the development authority, so that a browser has to trust it only once
     * @return the running system
     * @throws IOException if the directory cannot be used
     * @throws SQLException if the database does not start
     */
    public static Demo start(Narrator narrator, Path directory) throws IOException, SQLException {
        return new Demo(narrator, directory);
    }

    /** On the port that is easy to remember, or on any when another program has that one. */
    private TunnelEdge startEdge() {
        try {
            return startEdge(PREFERRED_PORT);
        } catch (CompletionException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    return startEdge(0);
                }
            }
            throw e;
        }
    }

    private TunnelEdge startEdge(int port) {
        TunnelEdge started = TunnelEdge.builder()
                .https(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        authority.certificates(PAGE_HOST, DATABASE_HOST, TEAM_HOST))
                .connectors(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), authority.certificates())
                .access(AccessSettings.builder(TEAM_HOST).build())
                .listener(new LiveLines())
                .build();
        try {
            started.start().toCompletableFuture().join();
            return started;
        } catch (CompletionException e) {
            started.close();
            throw e;
        }
    }

    /** Shows what runs where and how to look at it. */
    public void describe() {
        narrator.say("");
        narrator.say("  edge       https://localhost:" + httpsPort() + ", connectors on port "
                + edge.connectorsAddress().getPort());
        narrator.say("  service    a handler in this JVM: it listens on no port");
        narrator.say("  database   H2 on loopback port " + database.port() + ", known to the connector only");
        narrator.say("  forwarder  localhost:" + forwarder.port() + ", with a service token");
        narrator.say("");
        narrator.say("Open       https://" + PAGE_HOST + ":" + httpsPort() + "/");
        narrator.say("Or         curl --cacert " + rootFile() + " --resolve " + PAGE_HOST + ":" + httpsPort()
                + ":127.0.0.1 https://" + PAGE_HOST + ":" + httpsPort() + "/");
        narrator.say("Trust      the browser will warn: the certificate's authority was made here. Import " + rootFile()
                + " to silence it.");
        narrator.say("JDBC       " + Database.url(forwarder.port()));
        narrator.say("Ask        java -cp tunnel-examples/target/tunnel.jar org.h2.tools.Shell -url "
                + Database.url(forwarder.port()) + " -sql \"SELECT 1\"");
        narrator.say("");
    }

    /**
     * Asks for everything once.
     *
     * @throws IOException if an answer is not the right one
     * @throws SQLException if the database does not answer
     */
    public void check() throws IOException, SQLException {
        HttpsProbe probe;
        try {
            probe = new HttpsProbe(authority.certificate(), httpsPort());
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up", e);
        }
        expect("the page through the tunnel", probe.get(PAGE_HOST, "/"), "HTTP/1.1 200", "no port");
        expect("the database's host without a token", probe.get(DATABASE_HOST, "/"), "HTTP/1.1 403");
        expect("a host without a route", probe.get("nobody.localhost", "/"), "HTTP/1.1 404");
        String parcel = Database.parcel(forwarder.port(), 2);
        if (!parcel.equals("chocolate")) {
            throw new IOException("JDBC through the forwarder: '" + parcel + "' (expected: 'chocolate')");
        }
        narrator.say("  jdbc    select through forwarder, edge and connector: " + parcel);
    }

    private static void expect(String what, String answer, String... parts) throws IOException {
        for (String part : parts) {
            if (!answer.contains(part)) {
                String head = answer.lines().findFirst().orElse("nothing");
                throw new IOException(what + ": answered '" + head + "' (expected: '" + part + "')");
            }
        }
    }

    private int httpsPort() {
        return edge.httpsAddress().getPort();
    }

    private Path rootFile() {
        return directory.resolve("ca.pem");
    }

    /** Drains, then closes everything in the order in which nothing waits for what is already gone. */
    @Override
    public void close() {
        forwarder.close();
        connector.drain(GRACE).toCompletableFuture().join();
        connector.close();
        edge.close();
        database.close();
    }

    /** What happens at the edge, as it happens. */
    private final class LiveLines implements EdgeListener {
        @Override
        public void connectorJoined(ConnectorEvent connector) {
            narrator.say("  joined  connection " + connector.index() + " of connector " + connector.connectorId());
        }

        @Override
        public void connectorLeft(ConnectorEvent connector, String reason) {
            narrator.say("  left    connection " + connector.index() + ": " + reason);
        }

        @Override
        public void requestEnded(RequestEvent request) {
            narrator.say("  edge    " + request);
        }
    }
}
