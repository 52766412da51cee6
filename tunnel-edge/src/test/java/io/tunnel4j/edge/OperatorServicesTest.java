package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** API and pages behind a real listener of a real edge. */
@Timeout(30)
class OperatorServicesTest {
    private static final String ACCOUNT = "0".repeat(32);
    private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final HttpClient client = HttpClient.newHttpClient();
    private TunnelEdge edge;

    @BeforeEach
    void start() throws IOException {
        edge = TunnelEdge.builder()
                .connectors(ANY, DevelopmentAuthority.create().certificates())
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
