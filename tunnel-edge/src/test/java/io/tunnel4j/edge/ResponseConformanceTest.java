package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.tunnel4j.testing.LeakCheck;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests through the edge to a connector that answers with the reference's captured frames (protocol document connector-edge §6.2 to §7). */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class ResponseConformanceTest {
    private static EdgeFixture fixture;
    private static ScriptedConnector connector;
    private static RecordedSession recorded;

    @BeforeAll
    static void start() throws Exception {
        fixture = new EdgeFixture();
        connector = fixture.connector();
        recorded = RecordedSession.read();
    }

    @AfterAll
    static void stop() throws Exception {
        connector.close();
        fixture.close();
    }

    @BeforeEach
    void forgetRequests() {
        connector.requests.clear();
        connector.responding(seen -> seen.respond(200, "ok"));
    }

    private static RawHttp client() throws Exception {
        return RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST);
    }

    private static void playing(int stream) {
        connector.responding(seen -> recorded.play(stream, seen));
    }

    // --- §6.2: responses ---

    @Test
    void response_captured_headersFromTheSerialisedFieldOnly() throws Exception {
        playing(3);
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/hello").response();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.text()).isEqualTo("hello app.example.com /hello\n");
            assertThat(response.head().fields("content-type")).containsExactly("text/plain; charset=utf-8");
            assertThat(response.head().fields("content-length")).containsExactly("29");
            assertThat(response.head().fields("date")).containsExactly("Sun, 22 Nov 2026 02:04:45 GMT");
        }
    }

    @Test
    void response_tunnelLayersDateAndContentType_ignored() throws Exception {
        connector.responding(seen -> seen.respond(200, "x"));
        try (RawHttp client = client()) {
            RawHttp.Head head = client.get("/").response().head();

            assertThat(head.field("content-type")).isEmpty();
            assertThat(head.fields("date")).hasSize(1);
            assertThat(head.fields("date").get(0)).doesNotContain("1970");
        }
    }

    @Test
    void response_oddFields_arriveByteExact() throws Exception {
        playing(5);
        try (RawHttp client = client()) {
            RawHttp.Head head = client.get("/headers").response().head();

            assertThat(head.fields("x-empty")).containsExactly("");
            assertThat(head.fields("x-comma")).containsExactly("a, b,c");
            assertThat(head.fields("x-semi")).containsExactly("a;b:c=\"d\"");
            assertThat(head.fields("x-tab")).containsExactly("a\tb");
            assertThat(new String(
                            head.fields("x-utf8").get(0).getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8))
                    .isEqualTo("grüße ✓");
            assertThat(head.fields("set-cookie").size()).isGreaterThan(1);
            assertThat(head.fields("cf-ray")).hasSize(1);
            assertThat(head.fields("cf-ray").get(0)).endsWith("-TST");
        }
    }

    static List<Arguments> headerVectors() throws IOException {
        List<Arguments> all = new ArrayList<>();
        all.add(Arguments.of(
                vectorText("headers/response-user-headers.value.txt").strip(),
                JsonParser.parseString(vectorText("headers/response-user-headers.decoded.json"))
                        .getAsJsonArray()));
        JsonParser.parseString(vectorText("headers/more-examples.json"))
                .getAsJsonArray()
                .forEach(example -> all.add(Arguments.of(
                        example.getAsJsonObject().get("serialized_value").getAsString(),
                        example.getAsJsonObject().getAsJsonArray("decoded"))));
        return all;
    }

    private static String vectorText(String name) throws IOException {
        return new String(ScriptedConnector.vectorBytes(name), StandardCharsets.UTF_8);
    }

    /** §6.3: every captured field, byte by byte, repeated ones in their order. */
    @ParameterizedTest
    @MethodSource("headerVectors")
    void response_capturedHeaders_arriveByteExact(String serialised, JsonArray decoded) throws Exception {
        connector.responding(seen -> {
            seen.raw(
                    new DefaultHttp2Headers()
                            .status("200")
                            .add("cf-cloudflared-response-headers", serialised)
                            .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}"),
                    false);
            seen.reset(Http2Error.INTERNAL_ERROR);
        });
        Set<String> rewritten = Set.of(
                "connection",
                "content-length",
                "transfer-encoding",
                "trailer",
                "keep-alive",
                "upgrade",
                "proxy-connection",
                "te",
                "cf-ray",
                "server");
        try (RawHttp client = client()) {
            RawHttp.Head head = client.get("/").head();

            Map<String, List<String>> expected = new LinkedHashMap<>();
            decoded.forEach(pair -> expected.computeIfAbsent(
                            pair.getAsJsonObject().get("name").getAsString(), name -> new ArrayList<>())
                    .add(pair.getAsJsonObject().get("value_latin1").getAsString()));
            expected.forEach((name, values) -> {
                if (!rewritten.contains(name.toLowerCase(Locale.ROOT))) {
                    assertThat(head.fields(name)).as(name).containsExactlyElementsOf(values);
                    assertThat(head.lines().toString()).as("spelt as it came").contains(name + ":");
                }
            });
        }
    }

    @Test
    void response_fieldOf200kB_arrives() throws Exception {
        String value = "0123456789abcdef".repeat(200_000 / 16);
        connector.responding(seen -> seen.respond(200, "x", "X-Large", value));
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/").response();

            assertThat(response.head().field("x-large")).hasValue(value);
            assertThat(response.text()).isEqualTo("x");
        }
    }

    /** §6.2 to §6.4: what has no special meaning for the edge passes as the origin's. */
    @ParameterizedTest
    @ValueSource(ints = {403, 503, 404, 500, 226, 599})
    void response_anyStatusOfTheOrigin_passes(int status) throws Exception {
        connector.responding(seen -> seen.respond(status, "said by the origin"));
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/").response();

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.text()).isEqualTo("said by the origin");
        }
    }

    /** Streams of the captured connection that show nothing else: POST with a length, POST in chunks, server-sent events, a host without a rule. */
    @ParameterizedTest
    @CsvSource({"7,200", "9,200", "23,200", "49,404"})
    void response_capturedStream_completes(int stream, int status) throws Exception {
        playing(stream);
        try (RawHttp client = client()) {
            assertThat(client.get("/").response().status()).isEqualTo(status);

            connector.responding(seen -> seen.respond(200, "next"));
            assertThat(client.get("/").response().text()).isEqualTo("next");
        }
    }

    @Test
    void response_hopByHopFieldsOfTheOrigin_removed() throws Exception {
        connector.responding(seen -> seen.respond(
                200,
                "x",
                "Connection",
                "keep-alive, X-Hop",
                "X-Hop",
                "1",
                "Keep-Alive",
                "timeout=5",
                "Proxy-Connection",
                "close",
                "Upgrade",
                "h2c",
                "Te",
                "trailers",
                "Transfer-Encoding",
                "chunked",
                "X-Kept",
                "1"));
        try (RawHttp client = client()) {
            RawHttp.Head head = client.get("/").response().head();

            assertThat(head.lines().toString().toLowerCase(Locale.ROOT))
                    .doesNotContain("x-hop", "keep-alive", "proxy-connection", "upgrade", " te:", "chunked");
            assertThat(head.field("x-kept")).hasValue("1");
        }
    }

    @Test
    void response_fieldThatWouldSplitTheResponse_dropped() throws Exception {
        connector.responding(
                seen -> seen.respond(200, "x", "X-A", "1\r\nSet-Cookie: evil=1", "X B", "space", "X-C", "ok"));
        try (RawHttp client = client()) {
            RawHttp.Head head = client.get("/").response().head();

            assertThat(head.lines().toString()).doesNotContain("evil", "space");
            assertThat(head.field("x-c")).hasValue("ok");
        }
    }

    @Test
    void response_tunnelFieldsInTheSerialisedOnes_dropped() throws Exception {
        connector.responding(seen -> seen.respond(
                200, "x", "Cf-Cloudflared-Response-Meta", "x", "Cf-Int-Y", "1", "Cf-Proxy-Z", "1", "X-C", "ok"));
        try (RawHttp client = client()) {
            assertThat(client.get("/").response().head().lines().toString().toLowerCase(Locale.ROOT))
                    .doesNotContain("cf-cloudflared", "cf-int", "cf-proxy");
        }
    }

    @Test
    void response_traced_spansStayInside() throws Exception {
        playing(37);
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/hello").response();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.head().field("cf-int-cloudflared-tracing")).isEmpty();
        }
    }

    @Test
    void response_headRequest_keepsLengthWithoutBody() throws Exception {
        playing(11);
        try (RawHttp client = client()) {
            client.send("HEAD /len HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
            RawHttp.Head head = client.head();
            assertThat(head.field("content-length")).hasValue("12345");

            connector.responding(seen -> seen.respond(200, "next"));
            assertThat(client.get("/").response().text()).isEqualTo("next");
        }
    }

    @ParameterizedTest
    @CsvSource({"13,204", "15,304"})
    void response_statusWithoutBody_connectionGoesOn(int stream, int status) throws Exception {
        playing(stream);
        try (RawHttp client = client()) {
            RawHttp.Head head = client.get("/").head();
            assertThat(head.status()).isEqualTo(status);
            assertThat(head.field("transfer-encoding")).isEmpty();

            connector.responding(seen -> seen.respond(200, "next"));
            assertThat(client.get("/").response().text()).isEqualTo("next");
        }
    }

    @Test
    void response_emptyBodyWithoutLength_isComplete() throws Exception {
        playing(17);
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/").response();

            assertThat(response.status()).isEqualTo(404);
            assertThat(response.body()).isEmpty();
        }
    }

    @Test
    void response_trailersAnnouncedOrNot_arriveBehindTheChunks() throws Exception {
        playing(21);
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/", "TE: trailers").response();

            assertThat(response.text()).isEqualTo("body");
            assertThat(response.head().lines())
                    .contains("trailer grpc-status: 0", "trailer x-late: undeclared", "trailer x-sum: abc123");
        }
    }

    @Test
    void response_eventStream_eachWriteArrivesAtOnce() throws Exception {
        BlockingQueue<ScriptedConnector.Seen> streams = new LinkedBlockingQueue<>();
        connector.responding(seen -> {
            seen.head(200, -1, "Content-Type", "text/event-stream");
            seen.data("data: 0\n\n", false);
            streams.add(seen);
        });
        try (RawHttp client = client()) {
            client.get("/events").head();
            assertThat(client.line()).isEqualTo("9");
            assertThat(new String(client.exactly(9), StandardCharsets.US_ASCII)).isEqualTo("data: 0\n\n");

            streams.take().data("data: 1\n\n", true);
            client.line();
            assertThat(client.line()).isEqualTo("9");
            assertThat(new String(client.exactly(9), StandardCharsets.US_ASCII)).isEqualTo("data: 1\n\n");
        }
    }

    @Test
    void response_expectContinue_interimThenFinal() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            client.send(
                    "POST /sink HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 10\r\nExpect: 100-continue\r\n\r\n");
            ScriptedConnector.Seen seen = connector.nextRequest();
            assertThat(seen.header("expect")).isEqualTo("100-continue");
            seen.raw(new DefaultHttp2Headers().status("100"), false);
            assertThat(client.head().status()).isEqualTo(100);

            client.send("expectbody");
            assertThat(seen.event()).isEqualTo("data 10 end");
            seen.respond(200, "done");
            assertThat(client.response().text()).isEqualTo("done");
        }
    }

    // --- §6.4: errors ---

    @Test
    void response_connectorCouldNotReachTheOrigin_errorPageWithRequestId() throws Exception {
        playing(19);
        try (RawHttp client = client()) {
            RawHttp.Response response = client.get("/", "Accept: text/html").response();

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.head().field("content-type")).hasValue("text/html; charset=utf-8");
            assertThat(response.text())
                    .contains("Bad gateway", response.head().field("cf-ray").orElseThrow());
        }
    }

    @Test
    void response_flowLimitOfTheConnector_503() throws Exception {
        connector.responding(seen -> seen.raw(
                new DefaultHttp2Headers()
                        .status("502")
                        .add("cf-cloudflared-response-meta", "{\"src\":\"cloudflared\",\"flow_rate_limited\":true}")
                        .add("content-length", "0"),
                true));
        try (RawHttp client = client()) {
            RawHttp.Response response =
                    client.get("/", "Accept: application/json").response();

            assertThat(response.status()).isEqualTo(503);
            assertThat(response.head().field("retry-after")).isPresent();
            assertThat(response.text()).contains("\"status\":503");
        }
    }

    @Test
    void response_502OfTheOriginItself_passesAsItIs() throws Exception {
        connector.responding(seen -> seen.respond(502, "origin says no"));
        try (RawHttp client = client()) {
            assertThat(client.get("/").response().text()).isEqualTo("origin says no");
        }
    }

    @Test
    void response_breaksOffInTheMiddle_neverLooksComplete() throws Exception {
        playing(25);
        try (RawHttp client = client()) {
            client.get("/abort");

            assertThatThrownBy(client::response).isInstanceOf(IOException.class);
        }
    }

    @Test
    void response_breaksOffForHttp10Client_connectionIsResetNotEnded() throws Exception {
        playing(25);
        try (RawHttp client = client()) {
            client.send("GET /abort HTTP/1.0\r\nHost: app.localhost\r\n\r\n");

            assertThatThrownBy(client::response)
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    void response_shorterThanAnnounced_neverLooksComplete() throws Exception {
        connector.responding(seen -> {
            seen.head(200, 10);
            seen.data("12345", true);
        });
        try (RawHttp client = client()) {
            client.get("/");

            assertThatThrownBy(client::response).isInstanceOfAny(EOFException.class, IOException.class);
        }
    }

    @Test
    void response_resetBeforeTheHead_502() throws Exception {
        connector.responding(seen -> seen.reset(Http2Error.INTERNAL_ERROR));
        try (RawHttp client = client()) {
            assertThat(client.get("/").response().status()).isEqualTo(502);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"no-colon", "a:b:c", "!!:AA", "QQ"})
    void response_malformedSerialisedField_502(String value) throws Exception {
        connector.responding(seen -> seen.raw(
                new DefaultHttp2Headers()
                        .status("200")
                        .add("cf-cloudflared-response-headers", value)
                        .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}"),
                true));
        try (RawHttp client = client()) {
            assertThat(client.get("/").response().status()).isEqualTo(502);
        }
    }

    @Test
    void client_goesAwayInTheMiddle_streamIsCancelled() throws Exception {
        connector.responding(seen -> {
            seen.head(200, -1);
            seen.data("first", false);
        });
        try (RawHttp client = client()) {
            client.get("/").head();
        }

        assertThat(connector.nextRequest().event()).isEqualTo("reset " + Http2Error.CANCEL.code());
    }

    // --- §7: WebSocket ---

    private static RawHttp upgrade(RawHttp client) throws IOException {
        return client.get(
                "/ws",
                "Connection: Upgrade",
                "Upgrade: websocket",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                "Sec-WebSocket-Protocol: chat");
    }

    @Test
    void webSocket_accepted_101AndRawBytesBothWays() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            upgrade(client);
            ScriptedConnector.Seen seen = connector.nextRequest();
            assertThat(seen.header("cf-cloudflared-proxy-connection-upgrade")).isEqualTo("websocket");
            assertThat(seen.header("sec-websocket-key")).isEqualTo("dGhlIHNhbXBsZSBub25jZQ==");
            assertThat(seen.header("sec-websocket-protocol")).isEqualTo("chat");
            assertThat(seen.header("sec-websocket-version")).isNull();
            assertThat(seen.ended).isFalse();

            recorded.play(27, seen);
            RawHttp.Head head = client.head();
            assertThat(head.status()).isEqualTo(101);
            assertThat(head.fields("sec-websocket-accept")).containsExactly("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            assertThat(head.fields("connection")).containsExactly("Upgrade");
            assertThat(head.fields("upgrade")).containsExactly("websocket");
            assertThat(head.field("sec-websocket-protocol")).hasValue("chat");
            assertThat(new String(client.exactly(12), StandardCharsets.ISO_8859_1))
                    .isEqualTo("\u0081\u0005hello\u0081\u0003bye");
            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void webSocket_bytesOfTheClient_arriveUnchanged() throws Exception {
        connector.responding(seen -> seen.raw(
                new DefaultHttp2Headers()
                        .status("200")
                        .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}")
                        .add(
                                "cf-cloudflared-response-headers",
                                ScriptedConnector.serialise(
                                        -1, "Sec-Websocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")),
                false));
        try (RawHttp client = client()) {
            upgrade(client).head();
            client.send("\u0081\u0085\u0001\u0002\u0003\u0004igohn");
            ScriptedConnector.Seen seen = connector.nextRequest();

            assertThat(seen.event()).isEqualTo("data 11");
            assertThat(seen.bodyText()).isEqualTo("\u0081\u0085\u0001\u0002\u0003\u0004igohn");
            client.close();
            assertThat(seen.event()).isEqualTo("data 11 end");
        }
    }

    @Test
    void webSocket_real200OfTheOrigin_isNotAnUpgrade() throws Exception {
        playing(29);
        try (RawHttp client = client()) {
            RawHttp.Response response = upgrade(client).response();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.text()).isEqualTo("hello app.example.com /hello\n");
        }
    }

    @Test
    void webSocket_upgradeFieldWithoutAcceptance_isNoProof() throws Exception {
        connector.responding(seen -> seen.respond(200, "plain", "Upgrade", "websocket", "Connection", "Upgrade"));
        try (RawHttp client = client()) {
            assertThat(upgrade(client).response().text()).isEqualTo("plain");
        }
    }

    @Test
    void webSocket_tcpServiceAnswer_framesPassUninterpreted() throws Exception {
        playing(31);
        try (RawHttp client = client()) {
            assertThat(upgrade(client).head().status()).isEqualTo(101);
            assertThat(new String(client.exactly(9), StandardCharsets.ISO_8859_1))
                    .isEqualTo("\u0082\u0007over-ws");
            assertThat(client.isEnded()).isTrue();
        }
    }

    // --- §12: no connector ---

    @Test
    void request_unknownHost_404Page() throws Exception {
        try (RawHttp client = client()) {
            client.send("GET / HTTP/1.1\r\nHost: other.localhost\r\n\r\n");

            assertThat(client.response().status()).isEqualTo(404);
        }
    }

    @Test
    void request_noConnector_530WithRequestId() throws Exception {
        try (EdgeFixture lonely = new EdgeFixture();
                RawHttp client =
                        RawHttp.tls(lonely.edge.httpsAddress(), lonely.authority.certificate(), EdgeFixture.HOST)) {
            RawHttp.Response response =
                    client.get("/", "Accept: application/json").response();

            assertThat(response.status()).isEqualTo(530);
            assertThat(response.text())
                    .contains("\"request_id\":\""
                            + response.head().field("cf-ray").orElseThrow() + "\"");
        }
    }
}
