package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.edge.store.PostgresServer;
import io.tunnel4j.edge.store.StoreKey;
import io.tunnel4j.testing.ScriptedBrowser;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** An edge on PostgreSQL, under requests, logins and changes at the same time, while the database goes away and comes back. */
@Timeout(300)
class PostgresTrafficIT {
    private static final String OPEN = EdgeFixture.HOST;
    private static final String SAFE = "safe.localhost";
    private static final String PASSWORD = "correct horse battery staple";
    private static final String ORIGIN = "from the origin";
    private static final String ADMIN_TOKEN = "the-token-of-this-test";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();
    private final AtomicInteger served = new AtomicInteger();
    private final AtomicInteger refusedAtTheGate = new AtomicInteger();
    private final AtomicInteger byToken = new AtomicInteger();
    private final AtomicInteger logins = new AtomicInteger();
    private final AtomicInteger changesMade = new AtomicInteger();
    private final AtomicInteger changesRefused = new AtomicInteger();
    private volatile boolean stop;

    private interface Step {
        void run() throws Exception;
    }

    @Test
    void restart_underTraffic_servesOnRefusesChangesAndNeverOpensAGate() throws Exception {
        Optional<Path> binaries = PostgresServer.binaries();
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(binaries.isPresent(), "PostgreSQL is not installed (Debian: postgresql)");
        }
        int port = freePort();
        AccessSettings access = AccessSettings.builder("team.localhost:" + port).build();
        ExecutorService traffic = Executors.newCachedThreadPool();
        try (PostgresServer database = PostgresServer.start(binaries.orElseThrow());
                EdgeStore store = EdgeStore.postgresql(database.url(), "edge", "", StoreKey.generate());
                EdgeFixture fixture = new EdgeFixture(
                        new InetSocketAddress("127.0.0.1", port),
                        builder -> builder.store(store)
                                .access(access)
                                .admin(EdgeFixture.any())
                                .adminToken(ADMIN_TOKEN)
                                .zones(List.of("example.com")));
                ScriptedConnector connector = fixture.connector()) {
            connector.responding(seen -> seen.respond(200, ORIGIN));
            IssuedServiceToken machine = protect(fixture.edge);
            List<Future<?>> loops = new ArrayList<>();
            loops.add(traffic.submit(loop(() -> open(fixture))));
            loops.add(traffic.submit(loop(() -> withoutCredentials(fixture))));
            loops.add(traffic.submit(loop(() -> asMachine(fixture, machine))));
            loops.add(traffic.submit(loop(() -> logIn(fixture, port))));
            loops.add(traffic.submit(loop(() -> change(fixture))));
            Awaitility.await().atMost(PATIENCE).until(() -> logins.get() >= 2 && changesMade.get() >= 3);

            database.stop();
            Awaitility.await().atMost(PATIENCE).until(() -> changesRefused.get() >= 3);
            assertThat(fixture.edge.state().isStoreReachable()).isFalse();
            assertThat(wrongPassword(fixture, port)).isNotEqualTo(200);
            int[] during = {served.get(), refusedAtTheGate.get(), byToken.get(), logins.get()};
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> served.get() > during[0] + 50
                            && refusedAtTheGate.get() > during[1] + 20
                            && byToken.get() > during[2] + 20
                            && logins.get() > during[3]);
            int refused = changesRefused.get();

            database.startAgain();
            int made = changesMade.get();
            Awaitility.await().atMost(PATIENCE).until(() -> changesMade.get() >= made + 3);
            Awaitility.await().atMost(PATIENCE).until(() -> fixture.edge.state().isStoreReachable());
            stop = true;
            for (Future<?> each : loops) {
                each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            }

            assertThat(wrong).isEmpty();
            // What was answered with success is there, and nothing else.
            assertThat(fixture.edge.routes().hostnames().stream().filter(name -> name.endsWith(".example.com")))
                    .hasSize(changesMade.get());
            assertThat(refused).isPositive();
        } finally {
            stop = true;
            traffic.shutdownNow();
        }
    }

    private Runnable loop(Step step) {
        return () -> {
            while (!stop) {
                try {
                    step.run();
                } catch (Exception e) {
                    wrong.add(e.toString());
                }
            }
        };
    }

    private static IssuedServiceToken protect(TunnelEdge edge) throws Exception {
        edge.routes().add(SAFE, EdgeFixture.CREDENTIALS);
        Access rules = edge.access();
        rules.login(IdentityProvider.localUsers("Password").id("local").build())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        rules.addUser("ann@example.com", PASSWORD, List.of("staff"))
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        IssuedServiceToken machine = rules.createServiceToken("machine");
        rules.protect(Application.builder(SAFE)
                        .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                        .policy(Policy.serviceAuth("machines").include(Rule.serviceToken(machine.id())))
                        .build())
                .toCompletableFuture()
                .get(30, TimeUnit.SECONDS);
        return machine;
    }

    private static RawHttp client(EdgeFixture fixture, String host) throws Exception {
        return RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), host);
    }

    private void open(EdgeFixture fixture) throws Exception {
        try (RawHttp client = client(fixture, OPEN)) {
            for (int i = 0; i < 20 && !stop; i++) {
                RawHttp.Response response = client.get("/").response();
                served.incrementAndGet();
                if (response.status() != 200 || !response.text().equals(ORIGIN)) {
                    wrong.add("open host: " + response.status());
                }
            }
        }
    }

    private void withoutCredentials(EdgeFixture fixture) throws Exception {
        try (RawHttp client = client(fixture, SAFE)) {
            for (int i = 0; i < 20 && !stop; i++) {
                RawHttp.Response response = client.send("GET / HTTP/1.1\r\nHost: " + SAFE + "\r\n\r\n")
                        .response();
                refusedAtTheGate.incrementAndGet();
                if (response.status() < 300 || response.text().contains(ORIGIN)) {
                    wrong.add("gate open: " + response.status());
                }
            }
        }
    }

    private void asMachine(EdgeFixture fixture, IssuedServiceToken machine) throws Exception {
        try (RawHttp client = client(fixture, SAFE)) {
            for (int i = 0; i < 20 && !stop; i++) {
                RawHttp.Response response = client.send("GET / HTTP/1.1\r\nHost: " + SAFE + "\r\nCf-Access-Client-Id: "
                                + machine.clientId() + "\r\nCf-Access-Client-Secret: " + machine.clientSecret()
                                + "\r\n\r\n")
                        .response();
                byToken.incrementAndGet();
                if (response.status() != 200) {
                    wrong.add("service token: " + response.status());
                }
            }
        }
    }

    private void logIn(EdgeFixture fixture, int port) {
        ScriptedBrowser browser = browser(fixture, port).logIn("ann@example.com", PASSWORD);
        if (browser.status() != 200 || !browser.text().contains(ORIGIN)) {
            wrong.add("login: " + browser.status() + " " + browser.text());
        }
        logins.incrementAndGet();
    }

    private static int wrongPassword(EdgeFixture fixture, int port) {
        ScriptedBrowser browser = browser(fixture, port).logIn("ann@example.com", "not the password");
        return browser.text().contains(ORIGIN) ? 200 : browser.status() == 200 ? 401 : browser.status();
    }

    private static ScriptedBrowser browser(EdgeFixture fixture, int port) {
        return new ScriptedBrowser(fixture.authority.certificate(), fixture.edge.httpsAddress())
                .open("https://" + SAFE + ":" + port + "/");
    }

    private void change(EdgeFixture fixture) throws Exception {
        String name = "n" + (changesMade.get() + changesRefused.get()) + ".example.com";
        HttpResponse<String> answer = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                + fixture.edge.adminAddress().getPort() + "/client/v4/accounts/"
                                + ScriptedConnector.ACCOUNT + "/hostname_routes/" + name))
                        .header("Authorization", "Bearer " + ADMIN_TOKEN)
                        .PUT(HttpRequest.BodyPublishers.ofString(
                                "{\"targets\":[{\"tunnel_id\":\"" + ScriptedConnector.TUNNEL_ID + "\"}]}"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
            changesMade.incrementAndGet();
        } else {
            changesRefused.incrementAndGet();
            if (answer.statusCode() != 503
                    || !answer.body().contains("The store cannot be reached; nothing was changed")
                    || answer.headers().firstValue("Retry-After").isEmpty()) {
                wrong.add("change: " + answer.statusCode() + " " + answer.body());
            }
        }
        // The API allows 20 changes a second.
        TimeUnit.MILLISECONDS.sleep(100);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
