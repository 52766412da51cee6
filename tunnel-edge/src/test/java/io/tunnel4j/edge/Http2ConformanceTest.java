package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Error;
import io.tunnel4j.testing.LeakCheck;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The public side against RFC 9113, section by section, frame by frame over a raw socket. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class Http2ConformanceTest {
    private static final byte[] NOTHING = {};

    private static EdgeFixture fixture;
    private static ScriptedConnector connector;

    @BeforeAll
    static void start() throws Exception {
        fixture = new EdgeFixture();
        connector = fixture.connector();
        connector.responding(seen -> seen.respond(200, "ok"));
    }

    @AfterAll
    static void stop() throws Exception {
        connector.close();
        fixture.close();
    }

    static void assertConnectionError(RawHttp2 client, Http2Error... codes) throws Exception {
        long code = client.goAway();
        assertThat(Arrays.stream(codes).map(Http2Error::code)).contains(code);
        assertThat(client.isEnded()).isTrue();
    }

    static void assertStreamError(RawHttp2 client, int stream, Http2Error... codes) throws Exception {
        RawHttp2.Frame frame = client.on(stream);
        while (frame.type() == RawHttp2.HEADERS || frame.type() == RawHttp2.DATA) {
            frame = client.on(stream);
        }
        // RFC 9113 §5.4.2: a stream error may be treated as a connection error.
        assertThat(Arrays.stream(codes).map(Http2Error::code)).contains(frame.code());
    }

    static void assertServes(RawHttp2 client, int stream) throws Exception {
        client.headers(stream, RawHttp2.get("/alive"), true);
        assertThat(client.on(stream).headers().status()).hasToString("200");
    }

    // --- §3.4 preface ---

    @Test
    void preface_wrong_connectionEnds() throws Exception {
        try (RawHttp2 client = RawHttp2.connect(fixture)) {
            client.raw("INVALID CONNECTION PREFACE\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void preface_notFollowedBySettings_connectionError() throws Exception {
        try (RawHttp2 client = RawHttp2.connect(fixture)) {
            client.preface().frame(RawHttp2.PING, 0, 0, new byte[8]);

            assertConnectionError(client, Http2Error.PROTOCOL_ERROR);
        }
    }

    // --- §4.1, §4.2 frames ---

    @Test
    void frame_unknownType_ignored() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(0x16, 0, 0, new byte[8]).frame(0x16, 0xff, 1, new byte[8]);

            assertServes(client, 1);
        }
    }

    @Test
    void frame_undefinedFlagsAndReservedBit_ignored() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.PING, 0x16, 0x8000_0000, new byte[8]);

            assertThat(client.next(RawHttp2.PING).flags() & RawHttp2.ACK).isEqualTo(RawHttp2.ACK);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawHttp2.DATA, RawHttp2.HEADERS})
    void frame_largerThanAnnounced_frameSizeError(int type) throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/").method("POST"), false);
            client.frame(type, RawHttp2.END_HEADERS, type == RawHttp2.DATA ? 1 : 3, new byte[16_385]);

            RawHttp2.Frame frame = client.next();
            while (frame.type() != RawHttp2.GOAWAY && frame.type() != RawHttp2.RST_STREAM) {
                frame = client.next();
            }
            assertThat(frame.code()).isEqualTo(Http2Error.FRAME_SIZE_ERROR.code());
        }
    }

    static Stream<Arguments> malformedFrames() {
        Http2Error protocol = Http2Error.PROTOCOL_ERROR;
        Http2Error size = Http2Error.FRAME_SIZE_ERROR;
        return Stream.of(
                Arguments.of("DATA on stream 0", RawHttp2.DATA, 0, 0, new byte[1], protocol),
                Arguments.of("HEADERS on stream 0", RawHttp2.HEADERS, 4, 0, new byte[] {(byte) 0x82}, protocol),
                Arguments.of("HEADERS on an even stream", RawHttp2.HEADERS, 5, 2, new byte[] {(byte) 0x82}, protocol),
                Arguments.of("HEADERS padded beyond its end", RawHttp2.HEADERS, 0xd, 1, new byte[] {9, 1}, protocol),
                Arguments.of("PRIORITY on stream 0", RawHttp2.PRIORITY, 0, 0, new byte[5], protocol),
                Arguments.of("RST_STREAM on stream 0", RawHttp2.RST_STREAM, 0, 0, new byte[4], protocol),
                Arguments.of("RST_STREAM of an idle stream", RawHttp2.RST_STREAM, 0, 9, new byte[4], protocol),
                Arguments.of("RST_STREAM of 3 octets", RawHttp2.RST_STREAM, 0, 1, new byte[3], size),
                Arguments.of("SETTINGS ack with payload", RawHttp2.SETTINGS, 1, 0, new byte[6], size),
                Arguments.of("SETTINGS on a stream", RawHttp2.SETTINGS, 0, 1, new byte[6], protocol),
                Arguments.of("SETTINGS of 3 octets", RawHttp2.SETTINGS, 0, 0, new byte[3], size),
                Arguments.of("ENABLE_PUSH of 2", RawHttp2.SETTINGS, 0, 0, new byte[] {0, 2, 0, 0, 0, 2}, protocol),
                Arguments.of(
                        "INITIAL_WINDOW_SIZE above 2^31-1",
                        RawHttp2.SETTINGS,
                        0,
                        0,
                        new byte[] {0, 4, (byte) 0x80, 0, 0, 0},
                        Http2Error.FLOW_CONTROL_ERROR),
                Arguments.of(
                        "MAX_FRAME_SIZE below 16384",
                        RawHttp2.SETTINGS,
                        0,
                        0,
                        new byte[] {0, 5, 0, 0, 0x3f, (byte) 0xff},
                        protocol),
                Arguments.of(
                        "MAX_FRAME_SIZE above 2^24-1",
                        RawHttp2.SETTINGS,
                        0,
                        0,
                        new byte[] {0, 5, 1, 0, 0, 0},
                        protocol),
                Arguments.of(
                        "PUSH_PROMISE of a client",
                        RawHttp2.PUSH_PROMISE,
                        4,
                        1,
                        new byte[] {0, 0, 0, 2, (byte) 0x82},
                        protocol),
                Arguments.of("PING on a stream", RawHttp2.PING, 0, 1, new byte[8], protocol),
                Arguments.of("PING of 6 octets", RawHttp2.PING, 0, 0, new byte[6], size),
                Arguments.of("GOAWAY on a stream", RawHttp2.GOAWAY, 0, 1, new byte[8], protocol),
                Arguments.of(
                        "WINDOW_UPDATE by 0 on the connection", RawHttp2.WINDOW_UPDATE, 0, 0, new byte[4], protocol),
                Arguments.of("WINDOW_UPDATE of 3 octets", RawHttp2.WINDOW_UPDATE, 0, 0, new byte[3], size),
                Arguments.of(
                        "WINDOW_UPDATE of an idle stream",
                        RawHttp2.WINDOW_UPDATE,
                        0,
                        9,
                        new byte[] {0, 0, 0, 100},
                        protocol),
                Arguments.of("CONTINUATION without HEADERS", RawHttp2.CONTINUATION, 4, 1, new byte[1], protocol),
                Arguments.of("DATA on an idle stream", RawHttp2.DATA, 1, 9, new byte[1], protocol));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedFrames")
    void frame_malformed_connectionError(
            String name, int type, int flags, int stream, byte[] payload, Http2Error expected) throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(type, flags, stream, payload);

            assertConnectionError(client, expected);
        }
    }

    @Test
    void priority_of4Octets_streamError() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.PRIORITY, 0, 1, new byte[4]);

            assertStreamError(client, 1, Http2Error.FRAME_SIZE_ERROR);
        }
    }

    // --- §4.3, §6.10 header blocks ---

    @Test
    void headerBlock_notDecompressible_compressionError() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.HEADERS, 5, 1, new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f});

            assertConnectionError(client, Http2Error.COMPRESSION_ERROR);
        }
    }

    @Test
    void continuation_severalFrames_oneRequest() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] block = client.block(RawHttp2.get("/continued", "x-a", "1", "x-b", "2"));
            client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, Arrays.copyOf(block, 5))
                    .frame(RawHttp2.CONTINUATION, 0, 1, Arrays.copyOfRange(block, 5, 9))
                    .frame(RawHttp2.CONTINUATION, 4, 1, Arrays.copyOfRange(block, 9, block.length));

            assertThat(client.on(1).headers().status()).hasToString("200");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {RawHttp2.DATA, RawHttp2.PING, RawHttp2.HEADERS, RawHttp2.PRIORITY})
    void continuation_interrupted_connectionError(int type) throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] block = client.block(RawHttp2.get("/"));
            client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, Arrays.copyOf(block, 5))
                    .frame(
                            type,
                            type == RawHttp2.HEADERS ? 5 : 0,
                            type == RawHttp2.PING ? 0 : type == RawHttp2.HEADERS ? 3 : 1,
                            new byte[type == RawHttp2.PING ? 8 : 5]);

            assertConnectionError(client, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Test
    void continuation_onAnotherStream_connectionError() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] block = client.block(RawHttp2.get("/"));
            client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, Arrays.copyOf(block, 5))
                    .frame(RawHttp2.CONTINUATION, 4, 3, Arrays.copyOfRange(block, 5, block.length));

            assertConnectionError(client, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Test
    void continuation_endless_connectionEndsWithinTheHeaderLimit() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, client.block(RawHttp2.get("/")));
            boolean ended = false;
            try {
                for (int i = 0; i < 200 && !ended; i++) {
                    client.frame(RawHttp2.CONTINUATION, 0, 1, RawHttp2.literal("x-flood-" + i, "a".repeat(100)));
                    client.frame(RawHttp2.CONTINUATION, 0, 1, new byte[0]);
                }
                byte[] big = new byte[16_000];
                for (int i = 0; i < 50; i++) {
                    client.frame(RawHttp2.CONTINUATION, 0, 1, big);
                }
            } catch (java.io.IOException reset) {
                ended = true;
            }

            assertThat(ended || client.isEnded()).isTrue();
        }
    }

    // --- §5.1 stream states ---

    @Test
    void stream_dataAfterEnd_streamClosed() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/"), true).data(1, "late", true);

            assertStreamError(client, 1, Http2Error.STREAM_CLOSED);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void stream_headersAfterEnd_streamClosed() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/"), true).headers(1, RawHttp2.get("/"), true);

            assertStreamError(client, 1, Http2Error.STREAM_CLOSED, Http2Error.PROTOCOL_ERROR);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void stream_idBelowAnEarlierOne_notServed() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            assertServes(client, 5);
            client.headers(3, RawHttp2.get("/"), true);

            assertStreamError(client, 3, Http2Error.PROTOCOL_ERROR, Http2Error.STREAM_CLOSED);
        }
    }

    @Test
    void stream_dataBehindOurReset_ignored() throws Exception {
        connector.responding(seen -> seen.reset(Http2Error.INTERNAL_ERROR));
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/").method("POST"), false);
            RawHttp2.Frame frame = client.on(1);
            while (frame.type() != RawHttp2.RST_STREAM) {
                frame = client.on(1);
            }
            client.data(1, "under way", true);

            connector.responding(seen -> seen.respond(200, "ok"));
            assertServes(client, 3);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void stream_moreThanAllowed_refused() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            for (int i = 0; i < 251; i++) {
                client.headers(2 * i + 1, RawHttp2.get("/"), true);
            }

            RawHttp2.Frame reset = client.next(RawHttp2.RST_STREAM);
            assertThat(reset.stream()).isEqualTo(501);
            assertThat(reset.code()).isIn(Http2Error.REFUSED_STREAM.code(), Http2Error.PROTOCOL_ERROR.code());
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    // --- §5.2, §6.9 flow control ---

    @Test
    void window_overflowOfTheConnection_flowControlError() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] most = {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 0, most).frame(RawHttp2.WINDOW_UPDATE, 0, 0, most);

            assertConnectionError(client, Http2Error.FLOW_CONTROL_ERROR);
        }
    }

    @Test
    void window_overflowOfAStream_streamError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] most = {0x7f, (byte) 0xff, (byte) 0xff, (byte) 0xff};
            client.headers(1, RawHttp2.get("/"), true).frame(RawHttp2.WINDOW_UPDATE, 0, 1, most);

            assertStreamError(client, 1, Http2Error.FLOW_CONTROL_ERROR);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void window_zero_thenOneOctetAtATime() throws Exception {
        try (RawHttp2 client = RawHttp2.connect(fixture)) {
            client.preface().frame(RawHttp2.SETTINGS, 0, 0, new byte[] {0, 4, 0, 0, 0, 0});
            client.next(RawHttp2.SETTINGS);
            client.frame(RawHttp2.SETTINGS, RawHttp2.ACK, 0, NOTHING).headers(1, RawHttp2.get("/"), true);
            assertThat(client.on(1).headers().status()).hasToString("200");

            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, new byte[] {0, 0, 0, 1});
            assertThat(client.on(1).text()).isEqualTo("o");
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, new byte[] {0, 0, 0, 1});
            assertThat(client.on(1).text()).isEqualTo("k");
        }
    }

    // --- §8.1 to §8.3 requests ---

    static Stream<Arguments> malformedHeads() {
        String[] good = {":method", "GET", ":scheme", "https", ":authority", "app.localhost", ":path", "/"};
        return Stream.of(
                Arguments.of("name with a capital", with(good, "X-Capital", "1")),
                Arguments.of("name with a space", with(good, "x space", "1")),
                Arguments.of("name empty", with(good, "", "1")),
                Arguments.of("value with CR LF", with(good, "x-a", "1\r\nx-b: 2")),
                Arguments.of("value with NUL", with(good, "x-a", "1\0")),
                Arguments.of("value with leading space", with(good, "x-a", " 1")),
                Arguments.of("unknown pseudo field", with(good, ":unknown", "1")),
                Arguments.of("response pseudo field", with(good, ":status", "200")),
                Arguments.of("pseudo field behind a regular one", new String[] {
                    ":method", "GET", ":scheme", "https", "x-a", "1", ":authority", "app.localhost", ":path", "/"
                }),
                Arguments.of("connection", with(good, "connection", "keep-alive")),
                Arguments.of("keep-alive", with(good, "keep-alive", "timeout=5")),
                Arguments.of("proxy-connection", with(good, "proxy-connection", "keep-alive")),
                Arguments.of("transfer-encoding", with(good, "transfer-encoding", "chunked")),
                Arguments.of("upgrade", with(good, "upgrade", "websocket")),
                Arguments.of("te other than trailers", with(good, "te", "trailers, deflate")),
                Arguments.of("method twice", with(good, ":method", "POST")),
                Arguments.of("path twice", with(good, ":path", "/2")),
                Arguments.of("authority twice", with(good, ":authority", "other.localhost")),
                Arguments.of("scheme twice", with(good, ":scheme", "http")),
                Arguments.of(
                        "no method", new String[] {":scheme", "https", ":authority", "app.localhost", ":path", "/"}),
                Arguments.of("no scheme", new String[] {":method", "GET", ":authority", "app.localhost", ":path", "/"}),
                Arguments.of(
                        "no path", new String[] {":method", "GET", ":scheme", "https", ":authority", "app.localhost"}),
                Arguments.of("empty path", new String[] {
                    ":method", "GET", ":scheme", "https", ":authority", "app.localhost", ":path", ""
                }),
                Arguments.of("method with a space", new String[] {
                    ":method", "GE T", ":scheme", "https", ":authority", "app.localhost", ":path", "/"
                }),
                Arguments.of("two lengths", with(good, "content-length", "1", "content-length", "2")));
    }

    private static String[] with(String[] fields, String... more) {
        return Stream.concat(Arrays.stream(fields), Arrays.stream(more)).toArray(String[]::new);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("malformedHeads")
    void head_malformed_streamErrorAndNotForwarded(String name, String[] fields) throws Exception {
        connector.requests.clear();
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.HEADERS, 5, 1, RawHttp2.literal(fields));
            RawHttp2.Frame answer = client.on(1);

            if (answer.type() == RawHttp2.HEADERS) {
                // RFC 9113 §8.1.1: an answer with 400 is as good as a reset.
                assertThat(answer.headers().status()).hasToString("400");
            } else {
                assertThat(answer.code()).isIn(Http2Error.PROTOCOL_ERROR.code(), Http2Error.COMPRESSION_ERROR.code());
            }
            assertThat(connector.requests).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/x y", "/x#f", "nopath", "/../x", "/x\u007f"})
    void head_pathWithForbiddenParts_400(String path) throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get(path), true);

            assertThat(client.on(1).headers().status()).hasToString("400");
        }
    }

    @Test
    void head_authorityAndHostDiffer_400() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/", "host", "other.localhost"), true);

            assertThat(client.on(1).headers().status()).hasToString("400");
        }
    }

    @Test
    void head_userInfoInTheAuthority_400() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/").authority("user@app.localhost"), true);

            assertThat(client.on(1).headers().status()).hasToString("400");
        }
    }

    @Test
    void connect_withoutProtocol_405() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, new DefaultHttp2Headers(false).method("CONNECT").authority("app.localhost:443"), false);

            assertThat(client.on(1).headers().status()).hasToString("405");
        }
    }

    @Test
    void body_longerThanItsLength_streamError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/", "content-length", "1").method("POST"), false)
                    .data(1, "12", true);

            assertStreamError(client, 1, Http2Error.PROTOCOL_ERROR);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void body_shorterThanItsLength_streamError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/", "content-length", "9").method("POST"), false)
                    .data(1, "12", true);

            assertStreamError(client, 1, Http2Error.PROTOCOL_ERROR);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void trailers_withPseudoField_streamError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/").method("POST"), false)
                    .frame(RawHttp2.HEADERS, 5, 1, RawHttp2.literal(":path", "/x"));

            assertStreamError(client, 1, Http2Error.PROTOCOL_ERROR);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void trailers_withoutEndOfStream_streamError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/").method("POST"), false)
                    .headers(1, new DefaultHttp2Headers().add("x-a", "1"), false);

            assertStreamError(client, 1, Http2Error.PROTOCOL_ERROR);
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void cookie_inPieces_reachesTheConnectorWhole() throws Exception {
        connector.requests.clear();
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/", "cookie", "a=1", "cookie", "b=2"), true);
            client.on(1);
        }

        assertThat(connector.nextRequest().head.getAll("cookie"))
                .extracting(CharSequence::toString)
                .containsExactly("a=1", "b=2");
    }

    // --- abuse ---

    @Test
    void resets_inFlood_connectionEndsCalmly() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            java.io.ByteArrayOutputStream flood = new java.io.ByteArrayOutputStream();
            for (int i = 0; i < 1500; i++) {
                byte[] block = client.block(RawHttp2.get("/"));
                flood.writeBytes(RawHttp2.bytes(block.length, RawHttp2.HEADERS, 5, 2 * i + 1, block));
                flood.writeBytes(RawHttp2.bytes(4, RawHttp2.RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8}));
            }

            Http2FlowAndAbuseTest.assertFloodEnds(client, 1, flood.toByteArray());
        } finally {
            connector.responding(seen -> seen.respond(200, "ok"));
        }
    }

    @Test
    void settings_inFlood_connectionEnds() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            Http2FlowAndAbuseTest.assertFloodEnds(client, 400, RawHttp2.bytes(0, RawHttp2.SETTINGS, 0, 0, NOTHING));
        }
    }
}
