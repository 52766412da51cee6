package io.tunnel4j.examples.signon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessLogin;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.LoginPrompt;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.TunnelEdge;
import io.tunnel4j.examples.databases.DatabaseServer;
import io.tunnel4j.testing.Chromium;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A person with a real browser and a real OpenID provider: Keycloak, Chromium, our edge, connector and forwarder, PostgreSQL. Pictures stay in
 * {@code target/sign-on}.
 */
@Timeout(600)
class SingleSignOnIT {
    private static final Path PICTURES = Path.of("target", "sign-on");

    @TempDir
    private static Path directory;

    private static int port;
    private static DatabaseServer database;
    private static KeycloakServer keycloak;
    private static DevelopmentAuthority authority;
    private static TunnelEdge edge;
    private static TunnelConnector connector;

    @BeforeAll
    static void startAll() throws Exception {
        port = KeycloakServer.freePort();
        URI callback = URI.create("https://team.localhost:" + port + "/cdn-cgi/access/callback");
        keycloak = KeycloakServer.start(callback); // takes longest, so first
        database = DatabaseServer.postgres();
        authority = DevelopmentAuthority.create();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        edge = TunnelEdge.builder()
                .https(
                        new InetSocketAddress(loopback, port),
                        authority.certificates("db.localhost", "wiki.localhost", "team.localhost"))
                .connectors(new InetSocketAddress(loopback, 0), authority.certificates())
                .access(AccessSettings.builder("team.localhost:" + port).build())
                .build();
        edge.start().toCompletableFuture().get(60, TimeUnit.SECONDS);
        TunnelCredentials credentials = edge.tunnels().create("staff");
        edge.routes().add("db.localhost", credentials);
        edge.routes().add("wiki.localhost", credentials);
        connector = TunnelConnector.builder(credentials)
                .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                .edgeCa(authority.certificate())
                .ingress(Ingress.builder()
                        .rule("db.localhost", Origin.tcp("127.0.0.1", database.port()))
                        .rule("wiki.localhost", Origin.handler(exchange -> {
                            String email = exchange.getRequestHeaders().getFirst("Cf-Access-Authenticated-User-Email");
                            byte[] page = ("<h1>The wiki</h1><p>Hello " + email).getBytes(StandardCharsets.UTF_8);
                            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
                            exchange.sendResponseHeaders(200, page.length);
                            exchange.getResponseBody().write(page);
                            exchange.close();
                        }))
                        .otherwise(Origin.status(404))
                        .build())
                .build();
        connector.start().toCompletableFuture().get(60, TimeUnit.SECONDS);
        edge.access()
                .login(IdentityProvider.openIdConnect("Company sign-on", keycloak.issuer(), "edge")
                        .clientSecret(KeycloakServer.CLIENT_SECRET)
                        .build());
        for (String host : new String[] {"db.localhost", "wiki.localhost"}) {
            edge.access()
                    .protect(Application.builder(host)
                            .name(host.equals("db.localhost") ? "Orders database" : "Wiki")
                            .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                            .build());
        }
        keycloak.awaitReady();
    }

    @AfterAll
    static void stopAll() throws Exception {
        if (connector != null) {
            connector.close();
        }
        if (edge != null) {
            edge.close();
        }
        if (database != null) {
            database.close();
        }
        if (keycloak != null) {
            keycloak.close();
        }
    }

    @Test
    void forwarder_waitsForTheLoginInTheBrowser_thenCarriesAQuery() throws Exception {
        CompletableFuture<LoginPrompt.Request> shown = new CompletableFuture<>();
        try (AccessLogin login = login(shown);
                AccessTcpForwarder forwarder = AccessTcpForwarder.builder("db.localhost:" + port)
                        .tokens(login)
                        .caPool(authority.certificate())
                        .build()
                        .start();
                Chromium browser = browser()) {
            CompletableFuture<String> query = CompletableFuture.supplyAsync(() -> select42(forwarder.port()));

            browser.open(shown.get(60, TimeUnit.SECONDS).address().toString());
            logIn(browser, "ann");
            browser.awaitText("Let a command-line program in?");
            assertThat(browser.text()).contains("Orders database", "db.localhost", "ann@example.com");
            browser.draw(1280, 900, false, PICTURES.resolve("consent.png"));
            assertThat(query).isNotDone();
            browser.click("button[value=yes]");

            browser.awaitText("You are logged in");
            assertThat(query.get(60, TimeUnit.SECONDS)).isEqualTo("42");
            assertThat(select42(forwarder.port())).isEqualTo("42"); // now without asking anybody
        }
    }

    @Test
    void program_refusedByThePerson_isToldAtOnce() throws Exception {
        CompletableFuture<LoginPrompt.Request> shown = new CompletableFuture<>();
        try (AccessLogin login = login(shown);
                Chromium browser = browser()) {
            CompletableFuture<AccessToken> token = login.obtain(URI.create("https://db.localhost:" + port), null)
                    .toCompletableFuture();
            browser.open(shown.get(60, TimeUnit.SECONDS).address().toString());
            logIn(browser, "ann");
            browser.click("button[value=no]");

            browser.awaitText("The program was not let in");
            assertThatThrownBy(() -> token.get(60, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            TunnelException.class,
                            failure -> assertThat(failure.code()).isEqualTo(TunnelErrorCode.LOGIN_DECLINED));
        }
    }

    @Test
    void page_behindTheLogin_isSeenUntilTheLogout() throws Exception {
        try (Chromium browser = browser()) {
            browser.open("https://wiki.localhost:" + port + "/start?a=b");
            browser.awaitText("to continue to Wiki");
            browser.draw(390, 800, true, PICTURES.resolve("choose.png"));
            logIn(browser, "ann");

            browser.awaitText("Hello ann@example.com");
            assertThat(browser.url()).isEqualTo("https://wiki.localhost:" + port + "/start?a=b");

            browser.open("https://wiki.localhost:" + port + "/cdn-cgi/access/logout");
            browser.awaitText("You are logged out");
            browser.open("https://wiki.localhost:" + port + "/start");
            browser.awaitText("to continue to Wiki");
        }
    }

    @Test
    void person_whomNoPolicyLetsIn_isRefusedWithAReference() throws Exception {
        try (Chromium browser = browser()) {
            browser.open("https://wiki.localhost:" + port + "/");
            logIn(browser, "bob");

            browser.awaitText("You may not use this application");
            assertThat(browser.text()).contains("bob@elsewhere.example", "Reference");
            browser.draw(1280, 900, true, PICTURES.resolve("refused.png"));
        }
    }

    private static AccessLogin login(CompletableFuture<LoginPrompt.Request> shown) {
        return AccessLogin.builder()
                .tokenStore(TokenStore.inMemory())
                .prompt(shown::complete)
                .authDomains("team.localhost:" + port)
                .transferStore(URI.create("https://team.localhost:" + port))
                .caPool(authority.certificate())
                .build();
    }

    private static Chromium browser() throws Exception {
        return Chromium.start(Files.createTempDirectory(directory, "profile"));
    }

    /** The person's part at the choice of logins and at Keycloak. */
    private static void logIn(Chromium browser, String user) {
        browser.awaitText("Company sign-on");
        browser.click("a.go");
        browser.fill("#username", user);
        browser.fill("#password", KeycloakServer.PASSWORD);
        browser.click("#kc-login");
    }

    private static String select42(int localPort) {
        String url = "jdbc:postgresql://localhost:" + localPort
                + "/postgres?user=postgres&sslmode=disable&connectTimeout=0&loginTimeout=0";
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("select 40 + 2")) {
            result.next();
            return result.getString(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
