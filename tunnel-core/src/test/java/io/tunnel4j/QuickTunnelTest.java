package io.tunnel4j;

import static io.tunnel4j.TunnelAdminTest.failure;
import static io.tunnel4j.TunnelAdminTest.value;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QuickTunnelTest {
    private static final String ANSWER =
            "{\"success\":true,\"result\":{\"id\":\"11111111-2222-4333-8444-555555555555\","
                    + "\"name\":\"qt\",\"hostname\":\"odd-words.example.com\",\"account_tag\":\"acc\",\"secret\":\"aHVudGVyMg==\"},"
                    + "\"errors\":[]}";

    private MockWebServer server;

    @BeforeEach
    void start() throws IOException {
        server = new MockWebServer();
        server.start(InetAddress.getLoopbackAddress(), 0);
    }

    @AfterEach
    void stop() throws IOException {
        server.shutdown();
    }

    @Test
    void request_granted_givesNameAndCredentials() throws Exception {
        server.enqueue(new MockResponse().setBody(ANSWER));

        QuickTunnel tunnel = value(QuickTunnel.request(service()));

        assertThat(tunnel.hostname()).isEqualTo("odd-words.example.com");
        assertThat(tunnel.credentials().accountTag()).isEqualTo("acc");
        assertThat(tunnel.credentials().tunnelId()).hasToString("11111111-2222-4333-8444-555555555555");
        assertThat(tunnel.credentials().secret()).asString().isEqualTo("hunter2");
        assertThat(tunnel.toString()).doesNotContain("hunter2").doesNotContain("aHVudGVyMg");
        RecordedRequest request = server.takeRequest(5, TimeUnit.SECONDS);
        assertThat(request.getRequestLine()).startsWith("POST /tunnel HTTP");
        assertThat(request.getHeader("Content-Type")).isEqualTo("application/json");
        assertThat(request.getHeader("Authorization")).isNull();
        assertThat(request.getBodySize()).isZero();
    }

    @Test
    void request_refused_isTyped() {
        server.enqueue(new MockResponse()
                .setResponseCode(500)
                .setBody("{\"success\":false,\"result\":{},\"errors\":[{\"Code\":1101,\"Message\":\"busy\"}]}"));

        TunnelApiException refused = (TunnelApiException) failure(QuickTunnel.request(service()));

        assertThat(refused.apiCode()).isEqualTo(1101);
        assertThat(refused.apiText()).isEqualTo("busy");
    }

    @Test
    void request_tooOften_isNotRepeated() {
        server.enqueue(new MockResponse().setResponseCode(429).setHeader("Retry-After", "0"));

        assertThat(failure(QuickTunnel.request(service())).code()).isEqualTo(TunnelErrorCode.RATE_LIMITED);
        assertThat(server.getRequestCount()).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"aHVudGVyMg==\"|\"?\"", "\"aHVudGVyMg==\"|\"\"", "\"acc\"|\"a c\"", "\"hostname\"|\"host\""})
    void request_answerUnfit_isTyped(String replacement) {
        String[] words = replacement.split("\\|");
        server.enqueue(new MockResponse().setBody(ANSWER.replace(words[0], words[1])));

        assertThat(failure(QuickTunnel.request(service())).code()).isEqualTo(TunnelErrorCode.API);
    }

    private URI service() {
        return server.url("").uri();
    }
}
