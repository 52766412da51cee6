package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.ingress.StreamKind;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Protocol document connector-edge §5, and the tcp kind of §7. */
@ExtendWith(LeakCheck.class)
class RequestKindConformanceTest {
    private static final String UPGRADE = "cf-cloudflared-proxy-connection-upgrade";
    private static final String SOURCE = "cf-cloudflared-proxy-src";

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private ScriptedOrigin origin;
    private ScriptedEdge edge;

    private void start(ScriptedOrigin.Script script) throws Exception {
        origin = new ScriptedOrigin(script);
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port())), config -> config.maxActiveFlows(2));
    }

    private Call flow() throws Exception {
        return edge.open(head("GET", "/", ":authority", "127.0.0.1:" + origin.port(), SOURCE, "127.0.0.1:4"), false);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
            origin.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "update-configuration, 1, UPDATE_CONFIGURATION",
        "websocket, 1, WEBSOCKET",
        "control-stream, 1, TCP",
        "control-stream, , CONTROL_STREAM",
        ", 127.0.0.1:1, TCP",
        ", any, TCP",
        "other, any, TCP",
        "other, , HTTP",
        "Websocket, , HTTP",
        "WEBSOCKET, , HTTP",
        ", , HTTP"
    })
    void kind_isDecidedByFieldsInOrder(String upgrade, String source, StreamKind kind) {
        var head = head("PUT", "/any", ":authority", "any");
        if (upgrade != null) {
            head.add(UPGRADE, upgrade);
        }
        head.add(SOURCE, source == null ? "" : source);

        assertThat(StreamKind.of(head)).isEqualTo(kind);
    }

    @Test
    void source_ofOrdinaryRequest_isForwardedWhenEmpty() throws Exception {
        start(connection -> {
            seen.add(connection.readHead());
            connection.write("HTTP/1.1 204 No Content\r\n\r\n");
        });

        assertThat(edge.get("/", SOURCE, "").status()).isEqualTo(204);

        assertThat(seen.poll(10, TimeUnit.SECONDS)).contains("Cf-Cloudflared-Proxy-Src: \r\n");
    }

    // --- tcp ---

    @Test
    void tcp_connected_isEmptyFieldsAndRawBytes() throws Exception {
        start(connection -> connection.in().transferTo(connection.out()));

        Call call = flow();
        call.send("ping-1", false);

        assertThat(call.status()).isEqualTo(200);
        assertThat(call.originFields()).isEmpty();
        assertThat(call.meta()).isEqualTo("{\"src\":\"origin\"}");
        Awaitility.await().until(() -> call.bodySoFar().equals("ping-1"));
        call.send("xxxx", true);
        assertThat(call.body()).isEqualTo("ping-1xxxx");
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void tcp_withWebSocketKey_hasAcceptanceFieldsButRawBytes() throws Exception {
        start(connection -> connection.in().transferTo(connection.out()));

        Call call = edge.open(
                head(
                        "GET",
                        "/",
                        ":authority",
                        "127.0.0.1:" + origin.port(),
                        SOURCE,
                        "x",
                        "sec-websocket-key",
                        "dGhlIHNhbXBsZSBub25jZQ=="),
                false);
        call.send("raw", false);

        assertThat(call.originFields())
                .containsExactly(
                        "Connection: Upgrade",
                        "Sec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                        "Upgrade: websocket");
        Awaitility.await().until(() -> call.bodySoFar().equals("raw"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost:80", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "[::1]", ":80"})
    void tcp_destinationThatIsNoAddressLiteral_is502(String destination) throws Exception {
        start(connection -> {});

        Call call = edge.open(head("GET", "/", ":authority", destination, SOURCE, "x"), false);

        assertThat(call.status()).isEqualTo(502);
        assertThat(call.meta()).isEqualTo("{\"src\":\"cloudflared\"}");
    }

    @Test
    void tcp_refused_is502() throws Exception {
        start(connection -> {});

        try (Socket bound = ScriptedOrigin.refusing()) {
            String refusing = "127.0.0.1:" + bound.getLocalPort();
            Call call = edge.open(head("GET", "/", ":authority", refusing, SOURCE, "x"), true);

            assertThat(call.status()).isEqualTo(502);
        }
    }

    @Test
    void tcp_aboveTheLimit_isFlowLimited() throws Exception {
        start(connection -> connection.in().transferTo(connection.out()));
        Call first = flow();
        Call second = flow();
        first.head();
        second.head();

        Call third = flow();
        assertThat(third.status()).isEqualTo(502);
        assertThat(third.meta()).isEqualTo("{\"src\":\"cloudflared\",\"flow_rate_limited\":true}");

        first.send("", true);
        assertThat(first.end()).isEqualTo("end");
        edge.outcomes.poll(10, TimeUnit.SECONDS);
        Awaitility.await().until(() -> flow().status() == 200);
    }

    @Test
    void tcp_limitPushed_countsUnlessTheConnectorHasItsOwn() throws Exception {
        origin = new ScriptedOrigin(connection -> connection.in().transferTo(connection.out()));
        edge = new ScriptedEdge(Origin.status(404));
        assertThat(push("{\"version\":1,\"config\":{\"warp-routing\":{\"maxActiveFlows\":1}}}")
                        .body())
                .isEqualTo("{\"lastAppliedVersion\":1,\"err\":null}");

        assertThat(flow().status()).isEqualTo(200);
        assertThat(flow().meta()).contains("flow_rate_limited");

        push("{\"version\":2,\"config\":{\"warp-routing\":{\"maxActiveFlows\":2}}}")
                .body();
        assertThat(flow().status()).isEqualTo(200);
        assertThat(flow().meta()).contains("flow_rate_limited");
    }

    @Test
    void tcp_limitOfTheConnector_isNotLiftedByAPush() throws Exception {
        start(connection -> connection.in().transferTo(connection.out()));
        push("{\"version\":1,\"config\":{\"warp-routing\":{\"maxActiveFlows\":100}}}")
                .body();
        assertThat(flow().status()).isEqualTo(200);
        assertThat(flow().status()).isEqualTo(200);

        assertThat(flow().meta()).contains("flow_rate_limited");
    }

    @Test
    void tcp_manyBytesBothWays_areTheSame() throws Exception {
        start(connection -> connection.in().transferTo(connection.out()));
        byte[] block = new byte[100_000];

        Call call = flow();
        for (int i = 0; i < 50; i++) {
            call.sendBytes(block, i == 49);
        }

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.bytes()).isEqualTo(5_000_000);
    }

    @Test
    void tcp_edgeResets_originIsReset() throws Exception {
        start(connection -> {
            try {
                connection.awaitClose();
                seen.add("closed");
            } catch (SocketException reset) {
                seen.add("reset");
            }
        });

        Call call = flow();
        call.head();
        call.reset(8);

        assertThat(seen.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
    }

    @Test
    void tcp_originEnds_endsTheExchange() throws Exception {
        start(connection -> connection.write("bye"));

        Call call = flow();

        assertThat(call.body()).isEqualTo("bye");
        assertThat(call.nextEvent()).isEqualTo("200");
        assertThat(call.nextEvent()).isEqualTo("data 3");
        assertThat(call.nextEvent()).isEqualTo("end");
        assertThat(call.nextEvent()).isEqualTo("reset 0");
    }

    // --- update-configuration ---

    private Call push(String body) throws Exception {
        return edge.post(head("PUT", "/", ":authority", "localhost", UPGRADE, "update-configuration"), body);
    }

    @Test
    void push_applied_newRequestsUseTheNewRules() throws Exception {
        start(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        });
        assertThat(edge.get("/").status()).isEqualTo(200);

        Call push = push("{\"version\":1,\"config\":{\"ingress\":[{\"service\":\"http_status:418\"}]}}");

        assertThat(push.status()).isEqualTo(200);
        assertThat(push.body()).isEqualTo("{\"lastAppliedVersion\":1,\"err\":null}");
        assertThat(push.head().get("content-length")).hasToString("35");
        assertThat(push.head().get("cf-cloudflared-response-meta")).isNull();
        assertThat(edge.get("/").status()).isEqualTo(418);
    }

    @Test
    void push_invalid_keepsTheRulesAndSaysWhy() throws Exception {
        start(connection -> {});

        Call push = push("{\"version\":1,\"config\":{\"ingress\":[{\"service\":\"nonsense\"}]}}");

        assertThat(push.body())
                .startsWith("{\"lastAppliedVersion\":-1,\"err\":\"")
                .contains("nonsense");
        assertThat(edge.configuration.current().version()).isEqualTo(-1);
    }

    @Test
    void push_notJson_is502() throws Exception {
        start(connection -> {});

        Call push = push("not json");

        assertThat(push.status()).isEqualTo(502);
        assertThat(push.meta()).isEqualTo("{\"src\":\"cloudflared\"}");
        assertThat(push.headEnded()).isTrue();
    }

    @Test
    void push_aboveTheLimit_is502() throws Exception {
        start(connection -> {});
        byte[] block = "x".repeat(500_000).getBytes(StandardCharsets.US_ASCII);

        Call push = edge.open(head("PUT", "/", UPGRADE, "update-configuration"), false);
        for (int i = 0; i < 9; i++) {
            push.sendBytes(block, false);
        }

        assertThat(push.status()).isEqualTo(502);
    }
}
