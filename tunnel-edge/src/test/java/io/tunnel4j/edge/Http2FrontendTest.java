package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.testing.LeakCheck;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** What HTTP/2 clients of the public side see: bodies, trailers, WebSockets, resets. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class Http2FrontendTest {
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
        connector.responding(seen -> seen.respond(200, "ok", "X-Mixed", "1"));
    }

    @Test
    void get_response_namesInLowerCase() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/x"), true);
            RawHttp2.Frame head = client.on(1);

            assertThat(head.headers().status()).hasToString("200");
            assertThat(head.headers().get("x-mixed")).hasToString("1");
            assertThat(head.headers().get("content-length")).hasToString("2");
            assertThat(head.headers().get("cf-ray")).isNotNull();
            assertThat(client.on(1).text()).isEqualTo("ok");
        }
        assertThat(connector.nextRequest().header("cf-visitor")).contains("https");
    }

    @Test
    void post_bodyAndTrailers_reachTheConnector() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/x").method("POST"), false).data(1, "hello", false);
            ScriptedConnector.Seen seen = connector.nextRequest();
            assertThat(seen.event()).isEqualTo("data 5");
            client.headers(1, new DefaultHttp2Headers().add("x-sum", "1"), true);

            assertThat(seen.event()).isEqualTo("trailers");
            assertThat(seen.trailers.get("x-sum")).hasToString("1");
        }
    }

    @Test
    void grpc_trailersOnlyAndWithBody_arrive() throws Exception {
        connector.responding(seen -> {
            seen.head(200, -1, "Content-Type", "application/grpc");
            seen.data("\0\0\0\0\u0003abc", false);
            seen.trailers("grpc-status", "0", "grpc-message", "fine");
        });
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(
                            1,
                            RawHttp2.get("/pkg.Service/Call", "te", "trailers", "content-type", "application/grpc")
                                    .method("POST"),
                            false)
                    .data(1, "\0\0\0\0\u0001x", true);

            assertThat(client.on(1).headers().get("content-type")).hasToString("application/grpc");
            assertThat(client.on(1).text()).endsWith("abc");
            RawHttp2.Frame trailers = client.on(1);
            assertThat(trailers.isEnd()).isTrue();
            assertThat(trailers.headers().get("grpc-status")).hasToString("0");
        }
        assertThat(connector.nextRequest().header("te")).isEqualTo("trailers");
    }

    @Test
    void response_breaksOff_becomesAReset() throws Exception {
        connector.responding(seen -> recorded.play(25, seen));
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/abort"), true);
            RawHttp2.Frame frame = client.on(1);
            assertThat(frame.isEnd()).as("%s", frame.headers()).isFalse();
            frame = client.on(1);
            while (frame.type() == RawHttp2.DATA) {
                assertThat(frame.isEnd()).isFalse();
                frame = client.on(1);
            }

            assertThat(frame.type()).isEqualTo(RawHttp2.RST_STREAM);
            assertThat(frame.code()).isEqualTo(Http2Error.INTERNAL_ERROR.code());
            client.headers(3, RawHttp2.get("/next"), true);
            assertThat(client.on(3).headers().status()).hasToString("200");
        }
    }

    @Test
    void client_resetsTheStream_connectorSeesCancel() throws Exception {
        connector.responding(seen -> seen.head(200, -1));
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/long"), true);
            client.on(1);
            client.frame(RawHttp2.RST_STREAM, 0, 1, new byte[] {0, 0, 0, 8});

            assertThat(connector.nextRequest().event()).isEqualTo("reset " + Http2Error.CANCEL.code());
        }
    }

    @Test
    void response_beforeTheRequestEnds_requestIsNoLongerWanted() throws Exception {
        connector.responding(seen -> seen.respond(403, "no"));
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/upload").method("POST"), false);
            client.on(1);
            RawHttp2.Frame frame = client.on(1);
            while (frame.type() == RawHttp2.DATA && !frame.isEnd()) {
                frame = client.on(1);
            }
            assertThat(frame.isEnd()).isTrue();

            RawHttp2.Frame reset = client.on(1);
            assertThat(reset.type()).isEqualTo(RawHttp2.RST_STREAM);
            assertThat(reset.code()).isEqualTo(Http2Error.NO_ERROR.code());
        }
    }

    @Test
    void webSocket_extendedConnect_acceptedWith200() throws Exception {
        connector.responding(seen -> seen.raw(
                new DefaultHttp2Headers()
                        .status("200")
                        .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}")
                        .add(
                                "cf-cloudflared-response-headers",
                                ScriptedConnector.serialise(
                                        -1,
                                        "Sec-Websocket-Accept",
                                        "x",
                                        "Sec-Websocket-Protocol",
                                        "chat",
                                        "Upgrade",
                                        "websocket",
                                        "Connection",
                                        "Upgrade")),
                false));
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(
                    1,
                    RawHttp2.get(
                                    "/ws",
                                    ":protocol",
                                    "websocket",
                                    "sec-websocket-version",
                                    "13",
                                    "sec-websocket-protocol",
                                    "chat",
                                    "origin",
                                    "https://app.localhost")
                            .method("CONNECT"),
                    false);
            RawHttp2.Frame head = client.on(1);
            assertThat(head.headers().status()).hasToString("200");
            assertThat(head.headers().get("sec-websocket-accept")).isNull();
            assertThat(head.headers().get("sec-websocket-protocol")).hasToString("chat");
            assertThat(head.headers().get("upgrade")).isNull();

            ScriptedConnector.Seen seen = connector.nextRequest();
            assertThat(seen.head.method()).hasToString("GET");
            assertThat(seen.header(":protocol")).isNull();
            assertThat(seen.header("cf-cloudflared-proxy-connection-upgrade")).isEqualTo("websocket");
            assertThat(java.util.Base64.getDecoder().decode(seen.header("sec-websocket-key")))
                    .hasSize(16);
            client.data(1, "up", false);
            assertThat(seen.event()).isEqualTo("data 2");
            seen.data("down", false);
            assertThat(client.on(1).text()).isEqualTo("down");
            client.data(1, "", true);
            assertThat(seen.event()).isEqualTo("data 2 end");
        }
    }

    @Test
    void settings_offered_extendedConnectAndLimits() throws Exception {
        try (RawHttp2 client = RawHttp2.connect(fixture)) {
            client.preface().frame(RawHttp2.SETTINGS, 0, 0, new byte[0]);
            RawHttp2.Frame settings = client.next(RawHttp2.SETTINGS);
            java.nio.ByteBuffer values = java.nio.ByteBuffer.wrap(settings.payload());
            java.util.Map<Integer, Integer> offered = new java.util.HashMap<>();
            while (values.hasRemaining()) {
                offered.put((int) values.getShort(), values.getInt());
            }

            assertThat(offered).containsEntry(8, 1).containsEntry(3, 250).containsEntry(5, 16384);
        }
    }

    @Test
    void downloads_clientGivesNoCredit_connectorIsHeldBack() throws Exception {
        byte[] block = new byte[64 << 10];
        java.util.concurrent.atomic.AtomicInteger written = new java.util.concurrent.atomic.AtomicInteger();
        connector.responding(seen -> {
            seen.head(200, -1);
            for (int i = 0; i < 400; i++) {
                seen.data(block, false);
                written.incrementAndGet();
            }
        });
        Runtime.getRuntime().gc();
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/big"), true);
            client.on(1);
            int received = 0;
            while (received < 65_535) {
                received += client.on(1).payload().length;
            }

            assertThat(received).isEqualTo(65_535);
            // Nothing more comes, and a second stream is served meanwhile but for its body's credit.
            connector.responding(seen -> seen.respond(204, ""));
            client.headers(3, RawHttp2.get("/other"), true);
            assertThat(client.on(3).headers().status()).hasToString("204");
        }
    }

    /** The connector has one connection, whose window they would use up. */
    @Test
    @Timeout(15)
    void downloads_manyClientsReadNothing_anotherIsServed() throws Exception {
        byte[] block = new byte[64 << 10];
        connector.responding(seen -> {
            seen.head(200, -1);
            for (int i = 0; i < 40; i++) {
                seen.data(block, false);
            }
        });
        try (RawHttp2 stalled = RawHttp2.open(fixture);
                RawHttp2 client = RawHttp2.open(fixture)) {
            for (int stream = 1; stream < 20; stream += 2) {
                stalled.headers(stream, RawHttp2.get("/big"), true);
                assertThat(stalled.on(stream).headers().status()).hasToString("200");
            }

            for (int stream = 1; stream < 20; stream += 2) {
                connector.responding(seen -> seen.respond(200, "small"));
                client.headers(stream, RawHttp2.get("/small"), true);
                assertThat(client.on(stream).headers().status()).hasToString("200");
                assertThat(client.on(stream).text()).isEqualTo("small");
            }
        }
    }

    @Test
    void interim103_reachesTheClient() throws Exception {
        connector.responding(seen -> {
            Http2Headers early = new DefaultHttp2Headers()
                    .status("103")
                    .add("cf-cloudflared-response-headers", ScriptedConnector.serialise(-1, "Link", "</a.css>"));
            seen.raw(early, false);
            seen.respond(200, "ok");
        });
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/x"), true);
            RawHttp2.Frame early = client.on(1);

            assertThat(early.headers().status()).hasToString("103");
            assertThat(early.headers().get("link")).hasToString("</a.css>");
            assertThat(client.on(1).headers().status()).hasToString("200");
        }
    }
}
