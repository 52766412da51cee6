package io.tunnel4j.edge;

import static io.tunnel4j.edge.Http2ConformanceTest.assertConnectionError;
import static io.tunnel4j.edge.Http2ConformanceTest.assertServes;
import static io.tunnel4j.edge.Http2ConformanceTest.assertStreamError;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.testing.LeakCheck;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The public side's HTTP/2 where frames follow each other: windows, padding, ends of streams and connections, what floods, what smuggles. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class Http2FlowAndAbuseTest {
    /** Of requests that must not arrive, to tell them from other tests' late ones. */
    private static final String MARK = "x-marked";

    private static EdgeFixture fixture;
    private static ScriptedConnector connector;

    @BeforeAll
    static void start() throws Exception {
        fixture = new EdgeFixture();
        connector = fixture.connector();
        connector.responding(seen -> seen.respond(200, "hello"));
    }

    @AfterAll
    static void stop() throws Exception {
        connector.close();
        fixture.close();
    }

    @AfterEach
    void answerAgain() {
        connector.responding(seen -> seen.respond(200, "hello"));
        connector.requests.clear();
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    private static byte[] initialWindow(int bytes) {
        return ByteBuffer.allocate(6).putShort((short) 4).putInt(bytes).array();
    }

    private static Http2Headers post(String... more) {
        return RawHttp2.get("/", more).method("POST");
    }

    /** A PING that comes back proves that nothing else was under way. */
    private static RawHttp2.Frame afterPing(RawHttp2 client) throws Exception {
        client.frame(RawHttp2.PING, 0, 0, new byte[8]);
        RawHttp2.Frame frame = client.next();
        while (frame.type() == RawHttp2.SETTINGS || frame.type() == RawHttp2.WINDOW_UPDATE) {
            frame = client.next();
        }
        return frame;
    }

    // --- RFC 9113 §6.9: flow control ---

    @Test
    void window_shrunkBelowZero_nothingUntilItIsPositive() throws Exception {
        try (RawHttp2 client = RawHttp2.connect(fixture)) {
            client.preface().frame(RawHttp2.SETTINGS, 0, 0, initialWindow(3));
            client.next(RawHttp2.SETTINGS);
            client.frame(RawHttp2.SETTINGS, RawHttp2.ACK, 0, new byte[0]).headers(1, RawHttp2.get("/"), true);
            assertThat(client.on(1).headers().status()).hasToString("200");
            assertThat(client.on(1).text()).isEqualTo("hel");

            client.frame(RawHttp2.SETTINGS, 0, 0, initialWindow(1)).frame(RawHttp2.WINDOW_UPDATE, 0, 1, number(2));
            assertThat(afterPing(client).type()).isEqualTo(RawHttp2.PING);
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, number(1));
            assertThat(client.on(1).text()).isEqualTo("l");
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, number(1));
            assertThat(client.on(1).text()).isEqualTo("o");
        }
    }

    @Test
    void window_overflownBySettings_flowControlError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/"), true)
                    .frame(RawHttp2.WINDOW_UPDATE, 0, 1, number(Integer.MAX_VALUE - 65_535))
                    .frame(RawHttp2.SETTINGS, 0, 0, initialWindow(65_536));

            assertConnectionError(client, Http2Error.FLOW_CONTROL_ERROR);
        }
    }

    @Test
    void windowUpdate_by0OnAStream_streamError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/"), true).frame(RawHttp2.WINDOW_UPDATE, 0, 1, number(0));

            assertStreamError(client, 1, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Test
    void data_beyondTheWindow_flowControlError() throws Exception {
        connector.responding(seen -> seen.grantsCredit = false);
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, post(), false);
            byte[] most = new byte[16_384];
            try {
                for (int sent = 0; sent < 32 << 20; sent += most.length) {
                    client.frame(RawHttp2.DATA, 0, 1, most);
                }
            } catch (IOException ended) {
                return;
            }

            assertStreamError(client, 1, Http2Error.FLOW_CONTROL_ERROR);
        }
    }

    @Test
    void data_padded_deliveredWithoutThePadding() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, post(), false)
                    .frame(RawHttp2.DATA, RawHttp2.PADDED | RawHttp2.END_STREAM, 1, new byte[] {3, 'a', 'b', 0, 0, 0});

            ScriptedConnector.Seen seen = connector.nextRequest();
            String event = seen.event();
            // Data is passed on before the padding behind it has come.
            if (event.equals("data 2")) {
                event = seen.event();
            }
            assertThat(event).isEqualTo("data 2 end");
            assertThat(seen.bodyText()).isEqualTo("ab");
        }
    }

    @Test
    void data_paddedBeyondItsEnd_connectionError() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, post(), false).frame(RawHttp2.DATA, RawHttp2.PADDED, 1, new byte[] {3, 'a', 'b'});

            assertConnectionError(client, Http2Error.PROTOCOL_ERROR);
        }
    }

    // --- §5.1, §5.3, §6.8: states, priority, GOAWAY ---

    @Test
    void stream_dataBehindTheClientsReset_streamClosed() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, post(), false)
                    .frame(RawHttp2.RST_STREAM, 0, 1, number(8))
                    .data(1, "late", false);

            assertStreamError(client, 1, Http2Error.STREAM_CLOSED);
        }
    }

    @Test
    void windowUpdateAndReset_behindTheEnd_harmless() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            assertServes(client, 1);
            while (!client.on(1).isEnd()) {
                // Until the response is complete.
            }
            client.frame(RawHttp2.WINDOW_UPDATE, 0, 1, number(100))
                    .frame(RawHttp2.RST_STREAM, 0, 1, number(8))
                    .frame(RawHttp2.PRIORITY, 0, 1, new byte[5]);

            assertServes(client, 3);
        }
    }

    @Test
    void priority_framesAndFlag_ignored() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] block = client.block(RawHttp2.get("/"));
            byte[] withPriority = new byte[5 + block.length];
            System.arraycopy(block, 0, withPriority, 5, block.length);
            client.frame(RawHttp2.PRIORITY, 0, 7, new byte[] {0, 0, 0, 5, 9})
                    .frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS | RawHttp2.END_STREAM | 0x20, 9, withPriority);

            assertThat(client.on(9).headers().status()).hasToString("200");
        }
    }

    @Test
    void goAway_ofTheClient_runningStreamFinishes() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, RawHttp2.get("/runs-on"), true);
            ScriptedConnector.Seen running = connector.nextRequest("/runs-on");
            client.frame(RawHttp2.GOAWAY, 0, 0, new byte[8]);
            running.respond(200, "hello");

            RawHttp2.Frame head = client.on(1);
            assertThat(head.type()).as("%s", head).isEqualTo(RawHttp2.HEADERS);
            assertThat(head.headers().status()).hasToString("200");
            assertThat(client.on(1).text()).isEqualTo("hello");
        }
    }

    @Test
    void goAway_whenTheEdgeDrains_namesTheLastStreamAndFinishesIt() throws Exception {
        try (EdgeFixture draining = new EdgeFixture();
                ScriptedConnector slow = draining.connector();
                RawHttp2 client = RawHttp2.open(draining)) {
            slow.responding(seen -> {});
            client.headers(1, RawHttp2.get("/"), true);
            ScriptedConnector.Seen running = slow.nextRequest();
            draining.edge.drain(java.time.Duration.ofSeconds(60));

            RawHttp2.Frame goAway = client.next(RawHttp2.GOAWAY);
            assertThat(goAway.code()).isEqualTo(Http2Error.NO_ERROR.code());
            running.respond(200, "hello");
            RawHttp2.Frame answer = client.next(RawHttp2.HEADERS);
            assertThat(answer.headers().status()).hasToString("200");
        }
    }

    // --- §4.3, RFC 7541: header blocks ---

    static Stream<Arguments> brokenBlocks() {
        return Stream.of(
                Arguments.of("index 0", new byte[] {(byte) 0x80}),
                Arguments.of("index beyond the table", new byte[] {(byte) 0xff, 0x40}),
                Arguments.of("table larger than announced", new byte[] {0x3f, (byte) 0xe1, (byte) 0xff, 3}),
                Arguments.of("number without an end", new byte[] {0x40, 0x7f, -1, -1, -1, -1, -1, -1, -1, 127}),
                Arguments.of("name longer than the block", new byte[] {0x40, 0x20, 'x'}));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("brokenBlocks")
    void headerBlock_broken_compressionError(String name, byte[] block) throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.HEADERS, 5, 1, block);

            assertConnectionError(client, Http2Error.COMPRESSION_ERROR);
        }
    }

    /** A large entry of the table, named thousands of times in one small frame. */
    @Test
    void headerBlock_bomb_refusedAndNotForwarded() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            ByteArrayOutputStream block = new ByteArrayOutputStream();
            block.writeBytes(client.block(RawHttp2.get("/", MARK, "1")));
            // Literal with indexing: name "x-b", value of 3900 octets (length 127 + 3773).
            block.writeBytes(new byte[] {0x40, 3, 'x', '-', 'b', 0x7f, (byte) (3773 & 0x7f | 0x80), 3773 >> 7});
            byte[] value = new byte[3900];
            Arrays.fill(value, (byte) 'v');
            block.writeBytes(value);
            byte[] repeated = new byte[10_000];
            Arrays.fill(repeated, (byte) 0xbe);
            block.writeBytes(repeated);
            client.frame(RawHttp2.HEADERS, 5, 1, block.toByteArray());

            assertRefused(client);
        }
    }

    @Test
    void head_moreFieldsThanAllowed_refusedAndNotForwarded() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            Http2Headers many = RawHttp2.get("/", MARK, "1");
            for (int i = 0; i < 300; i++) {
                many.add("x-" + i, "1");
            }
            client.headers(1, many, true);

            assertRefused(client);
        }
    }

    @Test
    void head_largerThanAllowed_refusedAndNotForwarded() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            byte[] block = client.block(RawHttp2.get("/", MARK, "1", "x-long", "a~".repeat(60_000)));
            client.frame(RawHttp2.HEADERS, RawHttp2.END_STREAM, 1, Arrays.copyOf(block, 16_000));
            for (int at = 16_000; at < block.length; at += 16_000) {
                int to = Math.min(block.length, at + 16_000);
                client.frame(RawHttp2.CONTINUATION, to == block.length ? 4 : 0, 1, Arrays.copyOfRange(block, at, to));
            }

            assertRefused(client);
        } catch (IOException ended) {
            assertThat(connector.requests).noneMatch(seen -> seen.header(MARK) != null);
        }
    }

    private static void assertRefused(RawHttp2 client) throws Exception {
        RawHttp2.Frame answer = client.on(1);
        if (answer.type() == RawHttp2.HEADERS) {
            assertThat(answer.headers().status().toString()).isIn("431", "400");
        } else {
            assertThat(answer.type()).isIn(RawHttp2.RST_STREAM, RawHttp2.GOAWAY);
        }
        assertThat(connector.requests).noneMatch(seen -> seen.header(MARK) != null);
    }

    // --- Smuggling through fields that HTTP/1.1 would read differently ---

    static Stream<Arguments> injections() {
        String next = "x\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: app.localhost\r\n\r\n";
        return Stream.of(
                Arguments.of("H2.TE", "transfer-encoding", "chunked"),
                Arguments.of("H2.TE in capitals", "Transfer-Encoding", "chunked"),
                Arguments.of("value with a whole request", "x-a", next),
                Arguments.of("value with CR", "x-a", "1\rx-b: 2"),
                Arguments.of("value with LF", "x-a", "1\nx-b: 2"),
                Arguments.of("value ends with a space", "x-a", "1 "),
                Arguments.of("name with a colon", "x-a: 1", "2"),
                Arguments.of("name with CR LF", "x-a: 1\r\nx-b", "2"),
                Arguments.of("name with LF", "x\nb", "2"),
                Arguments.of("name with NUL", "x\0b", "2"),
                Arguments.of("name beyond ASCII", "x\u00ff", "2"),
                Arguments.of("length of two", "content-length", "1, 1"),
                Arguments.of("length below zero", "content-length", "-1"),
                Arguments.of("length with a sign", "content-length", "+1"),
                Arguments.of("length in hexadecimal", "content-length", "0x1"),
                Arguments.of("host twice", "host", "other.localhost"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("injections")
    void field_readDifferentlyByHttp1_refusedAndNotForwarded(String name, String field, String value) throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(
                    RawHttp2.HEADERS,
                    5,
                    1,
                    RawHttp2.literal(
                            ":method",
                            "GET",
                            ":scheme",
                            "https",
                            ":authority",
                            "app.localhost",
                            ":path",
                            "/",
                            MARK,
                            "1",
                            field,
                            value));

            assertNotForwarded(client);
        }
    }

    static Stream<Arguments> pseudoInjections() {
        return Stream.of(
                Arguments.of("path with a request line", ":path", "/ HTTP/1.1\r\nHost: other.localhost\r\n\r\n"),
                Arguments.of("path with LF", ":path", "/\nx"),
                Arguments.of("path of another host", ":path", "https://other.localhost/"),
                Arguments.of("method with a request line", ":method", "GET /smuggled HTTP/1.1\r\nx: y"),
                Arguments.of("authority with CR LF", ":authority", "app.localhost\r\nx: y"),
                Arguments.of("authority with a path", ":authority", "app.localhost/x"),
                Arguments.of("authority empty", ":authority", ""),
                Arguments.of("scheme with CR LF", ":scheme", "https\r\nx: y"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pseudoInjections")
    void pseudoField_readDifferentlyByHttp1_refusedAndNotForwarded(String name, String field, String value)
            throws Exception {
        String[] fields = {":method", "GET", ":scheme", "https", ":authority", "app.localhost", ":path", "/", MARK, "1"
        };
        fields[Arrays.asList(fields).indexOf(field) + 1] = value;
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.frame(RawHttp2.HEADERS, 5, 1, RawHttp2.literal(fields));

            assertNotForwarded(client);
        }
    }

    private static void assertNotForwarded(RawHttp2 client) throws Exception {
        RawHttp2.Frame answer = client.on(1);
        if (answer.type() == RawHttp2.HEADERS) {
            assertThat(answer.headers().status()).hasToString("400");
        } else {
            assertThat(answer.code()).isIn(Http2Error.PROTOCOL_ERROR.code(), Http2Error.COMPRESSION_ERROR.code());
        }
        assertThat(connector.requests).noneMatch(seen -> seen.header(MARK) != null);
    }

    @Test
    void h2Cl_lengthZeroWithABody_bodyIsNeverServed() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, post("content-length", "0"), false)
                    .data(1, "GET /smuggled HTTP/1.1\r\nHost: app.localhost\r\n\r\n", true);

            assertStreamError(client, 1, Http2Error.PROTOCOL_ERROR);
            ScriptedConnector.Seen begun = connector.requests.poll();
            assertThat(begun == null || !begun.bodyText().contains("smuggled")).isTrue();
        }
    }

    // --- Floods ---

    private static byte[] many(int times, byte[] frames) {
        ByteBuffer all = ByteBuffer.allocate(times * frames.length);
        while (all.hasRemaining()) {
            all.put(frames);
        }
        return all.array();
    }

    static void assertFloodEnds(RawHttp2 client, int rounds, byte[] frames) throws Exception {
        try {
            for (int i = 0; i < rounds; i++) {
                client.raw(frames);
            }
        } catch (IOException ended) {
            return;
        }
        // The end may overtake its reason: what we still send makes the socket forget what came in.
        assertThat(client.goAway()).isIn(Http2Error.ENHANCE_YOUR_CALM.code(), -1L);
        assertThat(client.isEnded()).isTrue();
    }

    @Test
    void pings_inFlood_connectionEnds() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            assertFloodEnds(client, 60, many(1000, RawHttp2.bytes(8, RawHttp2.PING, 0, 0, new byte[8])));
        }
    }

    @Test
    void emptyData_inFlood_connectionEnds() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            client.headers(1, post(), false);

            assertFloodEnds(client, 20, many(100, RawHttp2.bytes(0, RawHttp2.DATA, 0, 1, new byte[0])));
        }
    }

    @Test
    void priorities_inFlood_connectionEnds() throws Exception {
        try (RawHttp2 client = RawHttp2.open(fixture)) {
            assertFloodEnds(client, 60, many(1000, RawHttp2.bytes(5, RawHttp2.PRIORITY, 0, 1, new byte[5])));
        }
    }

    /** The client makes the edge reset streams, so that its own resets are not counted. */
    @Test
    void provokedResets_inFlood_connectionEnds() throws Exception {
        try (EdgeFixture flooded = new EdgeFixture();
                RawHttp2 client = RawHttp2.open(flooded)) {
            ByteArrayOutputStream flood = new ByteArrayOutputStream();
            for (int i = 0; i < 1500; i++) {
                byte[] block = client.block(post());
                flood.writeBytes(RawHttp2.bytes(block.length, RawHttp2.HEADERS, 4, 2 * i + 1, block));
                flood.writeBytes(RawHttp2.bytes(4, RawHttp2.WINDOW_UPDATE, 0, 2 * i + 1, number(0)));
            }

            assertFloodEnds(client, 1, flood.toByteArray());
        }
    }
}
