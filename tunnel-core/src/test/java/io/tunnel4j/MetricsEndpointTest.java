package io.tunnel4j;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.ingress.RuleMatcher;
import io.tunnel4j.ingress.StreamKind;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class MetricsEndpointTest {
    private final TunnelConnector connector = TunnelConnector.builder(TunnelCredentials.generate("account"))
            .ingress(Ingress.of(Origin.status(404)))
            .build();
    private final MetricsEndpoint endpoint = MetricsEndpoint.start(
            connector, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "quick.example.com");

    @AfterEach
    void close() {
        endpoint.close();
        connector.close();
    }

    private HttpResponse<String> send(String method, String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + endpoint.address().getPort() + path);
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(uri)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void paths_idleConnector_answerAsTheReferenceDoes() throws Exception {
        HttpResponse<String> ready = send("GET", "/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body())
                .isEqualTo(
                        "{\"status\":503,\"readyConnections\":0,\"connectorId\":\"" + connector.connectorId() + "\"}");
        assertThat(send("GET", "/healthcheck").body()).isEqualTo("OK\n");
        assertThat(send("GET", "/quicktunnel").body()).isEqualTo("{\"hostname\":\"quick.example.com\"}");
        assertThat(send("GET", "/config").body())
                .startsWith("{\"version\":-1,\"config\":{\"ingress\":[{\"service\":\"http_status:404\"");
        assertThat(send("GET", "/other").statusCode()).isEqualTo(404);
        assertThat(send("POST", "/metrics").statusCode()).isEqualTo(405);
    }

    @Test
    void metrics_everyLine_isPrometheusText() throws Exception {
        connector.life().counters().registered(0, "fra\"07");
        connector.life().counters().lost(1, false, TunnelErrorCode.DUPLICATE_CONNECTION);
        connector.life().counters().rpcEnded("register_connection", true, 30_000_000);
        connector.life().counters().rpcEnded("register_connection", false, 6_000_000_000L);
        connector.life().counters().originConnected(RuleMatcher.NO_RULE, StreamKind.TCP, 20_000_000);
        connector.life().counters().originConnectFailed(RuleMatcher.NO_RULE, StreamKind.TCP);
        String text = send("GET", "/metrics").body();

        assertThat(text.lines())
                .allMatch(
                        line -> line.matches("# (HELP|TYPE) [a-z0-9_]+ .+|[a-z0-9_]+(\\{.*\\})? [0-9.E-]+"), "format");
        assertThat(text)
                .contains("cloudflared_tunnel_ha_connections 0\n")
                .contains("cloudflared_tunnel_server_locations{connection_id=\"0\",edge_location=\"fra\\\"07\"} 1\n")
                .contains("tunnel_register_fail{error=\"dup_edge_conn\",rpcName=\"registerConnection\"} 1\n")
                .contains("cloudflared_orchestration_config_version -1\n")
                .contains("cloudflared_proxy_connect_latency_bucket{le=\"10\"} 0\n")
                .contains("cloudflared_proxy_connect_latency_bucket{le=\"25\"} 1\n")
                .contains("cloudflared_proxy_connect_latency_bucket{le=\"+Inf\"} 1\n")
                .contains("cloudflared_proxy_connect_latency_sum 20.0\n")
                .contains("cloudflared_proxy_connect_latency_count 1\n")
                .contains("cloudflared_proxy_connect_streams_errors 1\n")
                .contains("rpc_client_operations{handler=\"registration\",method=\"register_connection\"} 2\n")
                .contains("rpc_client_failures{handler=\"registration\",method=\"register_connection\"} 1\n")
                .contains("method=\"register_connection\",le=\"0.05\"} 1\n")
                .contains("method=\"register_connection\",le=\"5\"} 1\n")
                .contains("method=\"register_connection\",le=\"10\"} 2\n");
    }

    @Test
    void scrapes_moreThan64Waiting_areClosedAndTheOthersAnswered() throws Exception {
        List<Socket> scrapes = new ArrayList<>();
        for (int i = 0; i < 2 + 64 + 10; i++) {
            Socket scrape = new Socket(
                    InetAddress.getLoopbackAddress(), endpoint.address().getPort());
            scrape.setSoTimeout(50);
            scrape.getOutputStream().write("GET /healthcheck HTTP/1.1\r\n".getBytes(US_ASCII));
            scrapes.add(scrape);
        }

        await().until(() ->
                scrapes.stream().filter(MetricsEndpointTest::isClosedByPeer).count() == 10);

        for (Socket scrape : scrapes) {
            scrape.close();
        }
        assertThat(send("GET", "/healthcheck").body()).isEqualTo("OK\n");
    }

    private static boolean isClosedByPeer(Socket socket) {
        try {
            return socket.getInputStream().read() < 0;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    @Test
    void start_addressTaken_errorNamesIt() {
        assertThatThrownBy(() -> MetricsEndpoint.start(connector, endpoint.address()))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining(String.valueOf(endpoint.address().getPort()));
    }
}
