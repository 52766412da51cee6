package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.ScriptedBrowser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** API and pages behind a real listener of a real edge. */
@Timeout(120)
class OperatorServicesTest {
    private static final String ACCOUNT = "0".repeat(32);
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final HttpClient client = HttpClient.newHttpClient();
    private final DevelopmentAuthority authority = DevelopmentAuthority.create();
    private TunnelEdge edge;

    @BeforeEach
    void start() throws IOException {
        edge = TunnelEdge.builder()
                .https(ANY, authority.certificates())
                .connectors(ANY, authority.certificates())
                .quickTunnels("try.localhost")
                .admin(ANY)
                .adminToken("a-token-for-this-test")
                .zones(List.of("example.com"))
                .build();
        edge.start().toCompletableFuture().join();
    }

    @AfterEach
    void stop() {
        edge.close();
    }

    @Test
    void api_overTheAdminListener_createsWhatTheEdgeServes() throws Exception {
        HttpRequest request = request("/client/v4/accounts/" + ACCOUNT + "/cfd_tunnel")
                .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"web\"}"))
                .build();

        assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);

        assertThat(edge.tunnels().list())
                .singleElement()
                .satisfies(tunnel -> assertThat(tunnel.name()).isEqualTo("web"));
        assertThat(get("/client/v4/zones").body()).contains("example.com");
        assertThat(get("/healthcheck").statusCode()).isEqualTo(200);
    }

    @Test
    void console_eventsOverTheAdminListener_showAChange() throws Exception {
        InputStream stream = client.send(request("/console/events").build(), BodyHandlers.ofInputStream())
                .body();
        try (BufferedReader events = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            assertThat(events.readLine()).startsWith("data: \"");
            String name = "n" + UUID.randomUUID();
            edge.tunnels().create(name);
            String line = "";
            while (!line.contains(name)) {
                line = events.readLine();
            }
        }
        assertThat(get("/console").body()).contains("<h1>Edge</h1>");
    }

    @Test
    void quickTunnel_asTheStockCommandLineAsksForIt_isServed() throws Exception {
        HttpResponse<String> made = client.send(
                HttpRequest.newBuilder(URI.create(
                                "http://127.0.0.1:" + edge.adminAddress().getPort() + "/tunnel"))
                        .header("Content-Type", "application/json")
                        .header("User-Agent", "cloudflared/2026.8.2")
                        .POST(HttpRequest.BodyPublishers.noBody())
                        .build(),
                BodyHandlers.ofString());
        JsonObject result =
                JsonParser.parseString(made.body()).getAsJsonObject().getAsJsonObject("result");
        TunnelCredentials credentials = TunnelCredentials.of(
                result.get("account_tag").getAsString(),
                UUID.fromString(result.get("id").getAsString()),
                Base64.getDecoder().decode(result.get("secret").getAsString()));
        String host = result.get("hostname").getAsString();
        assertThat(host).endsWith(".try.localhost");

        try (TunnelConnector connector = TunnelConnector.builder(credentials)
                .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                .edgeCa(authority.certificate())
                .haConnections(1)
                .ingress(Ingress.builder().otherwise(Origin.status(204)).build())
                .build()) {
            connector.start().toCompletableFuture().get(60, TimeUnit.SECONDS);
            try (RawHttp browser = RawHttp.tls(edge.httpsAddress(), authority.certificate(), host)) {
                browser.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");

                assertThat(browser.head().status()).isEqualTo(204);
            }
        }
    }

    /** Whatever --callbackURL says: that address is only shown to the page. */
    @Test
    void certificate_isFetchedFromTheTransferHost_asTheStockCommandLineDoes() throws Exception {
        edge.close();
        String store = "login.cloudflareaccess.org";
        edge = TunnelEdge.builder()
                .https(ANY, authority.certificates(store))
                .connectors(ANY, authority.certificates())
                .admin(ANY)
                .adminToken("a-token-for-this-test")
                .zones(List.of("example.com"))
                .access(AccessSettings.builder("team.localhost")
                        .transferHost(store)
                        .build())
                .build();
        edge.start().toCompletableFuture().join();
        String key = Base64.getUrlEncoder().encodeToString(new byte[32]);
        String site = "http://localhost:" + edge.adminAddress().getPort();

        new ScriptedBrowser(authority.certificate())
                .open(site + "/argotunnel?aud=&callback=" + URLEncoder.encode(site + "/" + key, StandardCharsets.UTF_8))
                .submit("token", "a-token-for-this-test")
                .submit();

        try (RawHttp commandLine = RawHttp.tls(edge.httpsAddress(), authority.certificate(), store)) {
            RawHttp.Response answer = commandLine
                    .send("GET /" + key + " HTTP/1.1\r\nHost: " + store + "\r\n\r\n")
                    .response();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.text()).startsWith("-----BEGIN ARGO TUNNEL TOKEN-----");
        }
    }

    @Test
    void auditLogAndScopes_overTheAdminListener_tellWhoChangedWhat() throws Exception {
        String account = "/client/v4/accounts/" + ACCOUNT;
        HttpResponse<String> made = client.send(
                request(account + "/tokens")
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"ci\",\"scopes\":[\"tunnels:edit\"]}"))
                        .build(),
                BodyHandlers.ofString());
        String token = JsonParser.parseString(made.body())
                .getAsJsonObject()
                .getAsJsonObject("result")
                .get("value")
                .getAsString();

        assertThat(as(token, "POST", account + "/cfd_tunnel", "{\"name\":\"by-ci\"}"))
                .isEqualTo(200);
        assertThat(as(token, "GET", account + "/access/apps", "")).isEqualTo(403);
        assertThat(as(token, "GET", account + "/audit_logs", "")).isEqualTo(403);
        assertThat(get(account + "/audit_logs").body())
                .contains("tunnel.create", "by-ci", "token.create", "account.ensure")
                .doesNotContain(token, "a-token-for-this-test");
    }

    private int as(String token, String method, String path, String body) throws Exception {
        return client.send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                        + edge.adminAddress().getPort() + path))
                                .header("Authorization", "Bearer " + token)
                                .method(method, HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        BodyHandlers.ofString())
                .statusCode();
    }

    @Test
    void adminToken_short_isRefusedWithoutShowingIt() {
        assertThatThrownBy(() -> TunnelEdge.builder().adminToken("hunter2"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("7 characters")
                .hasMessageNotContaining("hunter2");
    }

    private HttpResponse<String> get(String path) throws Exception {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + edge.adminAddress().getPort() + path))
                .header("Authorization", "Bearer a-token-for-this-test");
    }
}
