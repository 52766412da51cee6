package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.tunnel4j.edge.registry.ConnectorLimits;
import io.tunnel4j.edge.state.ConnectionDirectory.LiveConnection;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.testing.LeakCheck;
import java.io.DataInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A connector's connection from its first octet to its last: liveness, limits, configuration, the captured octets in both directions (protocol document
 * connector-edge §4, §8, §10, §12, config-and-api §1).
 */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class ConnectorLifeTest {
    private static final Duration LONG = Duration.ofSeconds(60);
    private static final UUID TUNNEL = UUID.fromString(ScriptedConnector.TUNNEL_ID);

    private static EdgeFixture edge(Duration registration, Duration leave, Duration pingInterval, Duration pingTimeout)
            throws Exception {
        return edge(new ConnectorLimits(LONG, registration, leave, pingInterval, pingTimeout, 100, 100, 100));
    }

    private static EdgeFixture edge(ConnectorLimits limits) throws Exception {
        return new EdgeFixture(builder -> builder.settings(settings -> settings.connectorLimits = limits));
    }

    private static ScriptedConnector dial(EdgeFixture fixture, String scenario, ScriptedConnector.Manners manners)
            throws Exception {
        return ScriptedConnector.dial(
                fixture.edge.connectorsAddress(), fixture.authority.certificate(), scenario, manners);
    }

    private static List<LiveConnection> live(EdgeFixture fixture) {
        return fixture.edge.operations().connections().connections();
    }

    // --- §4: liveness is the edge's task ---

    @Test
    void ping_idleConnection_isAskedAndStays() throws Exception {
        try (EdgeFixture fixture = edge(LONG, LONG, Duration.ofMillis(200), LONG);
                ScriptedConnector connector = fixture.connector()) {
            Awaitility.await().atMost(LONG).until(() -> connector.pings.get() >= 3);

            assertThat(connector.awaitClosed(0)).isFalse();
            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
        }
    }

    @Test
    void ping_unanswered_connectionIsDropped() throws Exception {
        try (EdgeFixture fixture = edge(LONG, LONG, Duration.ofMillis(300), Duration.ofMillis(700));
                ScriptedConnector dead =
                        dial(fixture, "success-locally-managed", ScriptedConnector.Manners.ORDINARY.deaf())) {
            assertThat(dead.awaitClosed(60)).isTrue();

            Awaitility.await().atMost(LONG).until(() -> fixture.edge.connectorConnections() == 0);
            assertThat(dead.pings).hasPositiveValue();
        }
    }

    // --- §4: first frames ---

    @Test
    void firstFrames_capturedOnes_answeredWithTheControlStream() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                SSLSocket socket = RawHttp.tlsSocket(
                        fixture.edge.connectorsAddress(), fixture.authority.certificate(), "h2.cftunnel.com")) {
            socket.setSoTimeout(30_000);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            // The edge speaks first, as an HTTP/2 client, without ALPN.
            assertThat(new String(in.readNBytes(24), StandardCharsets.US_ASCII))
                    .isEqualTo("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
            assertThat(socket.getApplicationProtocol()).isEmpty();
            Frame settings = Frame.read(in);
            assertThat(settings.type()).isEqualTo(RawHttp2.SETTINGS);
            assertThat(settings.setting(2)).as("ENABLE_PUSH").isZero();
            assertThat(settings.setting(4)).as("INITIAL_WINDOW_SIZE").isGreaterThanOrEqualTo(1 << 20);

            socket.getOutputStream().write(ScriptedConnector.vectorBytes("h2/connector-first-frames.bin"));
            List<Frame> frames = new ArrayList<>();
            while (frames.stream().noneMatch(Frame::isSettingsAck)
                    || frames.stream().noneMatch(frame -> frame.type() == RawHttp2.HEADERS)) {
                frames.add(Frame.read(in));
            }

            Frame control = frames.stream()
                    .filter(frame -> frame.type() == RawHttp2.HEADERS)
                    .findFirst()
                    .orElseThrow();
            assertThat(control.stream()).isEqualTo(1);
            assertThat(control.flags() & RawHttp2.END_STREAM).as("left open").isZero();
        }
    }

    private record Frame(int type, int flags, int stream, byte[] payload) {
        static Frame read(DataInputStream in) throws Exception {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            return new Frame(in.readUnsignedByte(), in.readUnsignedByte(), in.readInt(), in.readNBytes(length));
        }

        boolean isSettingsAck() {
            return type == RawHttp2.SETTINGS && (flags & RawHttp2.ACK) != 0;
        }

        long setting(int id) {
            ByteBuffer settings = ByteBuffer.wrap(payload);
            while (settings.hasRemaining()) {
                int found = settings.getShort();
                long value = settings.getInt() & 0xffff_ffffL;
                if (found == id) {
                    return value;
                }
            }
            return -1;
        }
    }

    // --- §8.1, §8.5: the control stream ---

    @ParameterizedTest
    @CsvSource({"success-locally-managed,1", "success-remotely-managed,3", "bootstrap-answered-late,7"})
    void controlStream_messagesInPieces_readWhole(String scenario, int pieceBytes) throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector =
                        dial(fixture, scenario, ScriptedConnector.Manners.ORDINARY.pieces(pieceBytes))) {
            connector.awaitScript();

            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
        }
    }

    /** All that the edge says in a scenario, octet by octet against the captured answers; only the connection's uuid is its own. */
    @ParameterizedTest
    @CsvSource({
        "success-locally-managed,03-edge-to-connector-return-bootstrap",
        "success-locally-managed,05-edge-to-connector-return-registerConnection",
        "success-locally-managed,08-edge-to-connector-return-updateLocalConfiguration",
        "success-remotely-managed,05-edge-to-connector-return-registerConnection",
        "bootstrap-answered-late,05-edge-to-connector-return-registerConnection",
        "success-locally-managed,../refused-duplicate/05-edge-to-connector-return-registerConnection",
    })
    void edgeMessages_sameQuestions_equalToTheCapturedOnesButForTheUuid(String scenario, String message)
            throws Exception {
        byte[] captured = ScriptedConnector.vectorBytes("control-stream/" + scenario + "/" + message + ".bin");
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.location("tst01"))) {
            if (scenario.contains("remotely")) {
                fixture.edge.tunnels().configure(TUNNEL, "{\"ingress\":[]}");
            }
            try (ScriptedConnector first = message.contains("duplicate") ? fixture.connector(scenario) : null;
                    ScriptedConnector connector = dial(fixture, scenario, ScriptedConnector.Manners.ORDINARY)) {
                assertThat(first == null || first.awaitScript() == first).isTrue();
                List<byte[]> said = new ArrayList<>();
                int wanted = message.contains("bootstrap") ? 1 : message.contains("register") ? 2 : 3;
                while (said.size() < wanted) {
                    byte[] next = connector.edgeMessages.poll(30, TimeUnit.SECONDS);
                    assertThat(next).as("message " + said.size()).isNotNull();
                    said.add(next);
                }
                byte[] answer = said.get(wanted - 1);

                assertThat(answer).hasSameSizeAs(captured);
                int different = 0;
                int from = -1;
                for (int i = 0; i < answer.length; i++) {
                    if (answer[i] != captured[i]) {
                        different++;
                        from = from < 0 ? i : from;
                        assertThat(i - from)
                                .as("all differences are in one uuid")
                                .isLessThan(16);
                    }
                }
                assertThat(different).isLessThanOrEqualTo(message.startsWith("05") ? 16 : 0);
            }
        }
    }

    @Test
    void registration_neverCalled_closedAfterTheDeadline() throws Exception {
        try (EdgeFixture fixture = edge(Duration.ofSeconds(1), LONG, LONG, LONG);
                ScriptedConnector mute =
                        ScriptedConnector.dialMute(fixture.edge.connectorsAddress(), fixture.authority.certificate())) {
            assertThat(mute.awaitClosed(60)).isTrue();
            assertThat(fixture.edge.connectorConnections()).isZero();
        }
    }

    @Test
    void registration_moreThanATunnelMayHave_refusedToBeTriedLater() throws Exception {
        ConnectorLimits one = new ConnectorLimits(LONG, LONG, LONG, LONG, LONG, 100, 100, 1);
        try (EdgeFixture fixture = edge(one);
                ScriptedConnector first = fixture.connector("success-locally-managed");
                ScriptedConnector second = dial(fixture, "refused-retryable", ScriptedConnector.Manners.ORDINARY)) {
            second.edgeMessages.poll(30, TimeUnit.SECONDS);
            byte[] answer = second.edgeMessages.poll(30, TimeUnit.SECONDS);

            // ConnectionError: retryAfter in nanoseconds, then the word whose lowest bit is shouldRetry (§8.4).
            byte[] captured = ScriptedConnector.vectorBytes(
                    "control-stream/refused-retryable/05-edge-to-connector-return-registerConnection.bin");
            assertThat(afterRetryTime(captured)).isEqualTo(1);
            assertThat(afterRetryTime(answer)).isEqualTo(1);
            assertThat(second.awaitClosed(30)).isTrue();
            assertThat(first.awaitClosed(0)).isFalse();
        }
    }

    @Test
    void connections_moreThanAllowedPerAddress_areClosed() throws Exception {
        try (EdgeFixture fixture = edge(new ConnectorLimits(LONG, LONG, LONG, LONG, LONG, 100, 1, 100));
                ScriptedConnector first = fixture.connector("success-locally-managed");
                Socket second = new Socket(
                        fixture.edge.connectorsAddress().getAddress(),
                        fixture.edge.connectorsAddress().getPort())) {
            second.setSoTimeout(30_000);

            assertThat(second.getInputStream().read()).isEqualTo(-1);
            assertThat(first.awaitClosed(0)).isFalse();
        }
    }

    @Test
    void handshake_neverBegun_closedAfterTheDeadline() throws Exception {
        ConnectorLimits hasty = new ConnectorLimits(Duration.ofMillis(300), LONG, LONG, LONG, LONG, 100, 100, 100);
        try (EdgeFixture fixture = edge(hasty);
                Socket mute = new Socket(
                        fixture.edge.connectorsAddress().getAddress(),
                        fixture.edge.connectorsAddress().getPort())) {
            mute.setSoTimeout(30_000);

            assertThat(mute.getInputStream().read()).isEqualTo(-1);
        }
    }

    private static long afterRetryTime(byte[] message) {
        ByteBuffer words = ByteBuffer.wrap(message).order(ByteOrder.LITTLE_ENDIAN);
        words.getLong();
        while (words.hasRemaining()) {
            if (words.getLong() == Duration.ofSeconds(30).toNanos()) {
                return words.getLong();
            }
        }
        throw new AssertionError("no retryAfter of 30 s in " + Arrays.toString(message));
    }

    // --- §10, §12: the end ---

    @Test
    void unregister_streamThatDoesNotEnd_cutAtTheLimit() throws Exception {
        try (EdgeFixture fixture = edge(LONG, Duration.ofSeconds(1), LONG, LONG);
                ScriptedConnector leaving = fixture.connector();
                RawHttp client =
                        RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST)) {
            leaving.responding(seen -> {
                seen.head(200, -1);
                seen.data("open", false);
            });
            client.get("/endless").head();
            leaving.unregister();

            assertThat(leaving.awaitClosed(60)).isTrue();
            client.line();
            // A chunk's line end comes with what follows it.
            assertThat(new String(client.exactly(4), StandardCharsets.US_ASCII)).isEqualTo("open");
            assertThat(client.isEnded()).isTrue();
            Awaitility.await().atMost(LONG).until(() -> fixture.edge.connectorConnections() == 0);
        }
    }

    @Test
    void operator_cleansUp_tcpIsClosedSoThatTheConnectorDialsAgain() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector()) {
            fixture.edge.operations().connections().disconnect(TUNNEL, null);

            assertThat(connector.awaitClosed(30)).isTrue();
        }
    }

    @Test
    void tunnel_deleted_connectionsAreClosed() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector()) {
            fixture.edge.tunnels().delete(TUNNEL);

            assertThat(connector.awaitClosed(30)).isTrue();
        }
    }

    // --- Configuration ---

    @Test
    void localConfiguration_reported_isKeptForTheApi() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector("success-locally-managed")) {
            Awaitility.await()
                    .atMost(LONG)
                    .untilAsserted(() -> assertThat(fixture.edge
                                    .state()
                                    .current()
                                    .documents(Kind.LOCAL_CONFIGURATION)
                                    .get(ScriptedConnector.TUNNEL_ID))
                            .isNotNull()
                            .satisfies(document -> assertThat(document.json()).contains("\"ingress\":[")));
            assertThat(connector.awaitClosed(0)).isFalse();
        }
    }

    static List<Arguments> pushAnswers() throws Exception {
        JsonArray exchanges = JsonParser.parseString(new String(
                        ScriptedConnector.vectorBytes("remote-config/http2-exchanges.json"), StandardCharsets.UTF_8))
                .getAsJsonArray();
        List<Arguments> answers = new ArrayList<>();
        for (JsonElement element : exchanges) {
            JsonObject exchange = element.getAsJsonObject();
            answers.add(Arguments.of(
                    exchange.get("name").getAsString(),
                    exchange.get("status").getAsInt(),
                    exchange.get("response_body").getAsString()));
        }
        answers.add(
                Arguments.of("error as a string", 200, "{\"lastAppliedVersion\":-1,\"err\":\"rule 2: no service\"}"));
        answers.add(Arguments.of("no JSON", 200, "nonsense"));
        answers.add(Arguments.of("nothing", 200, ""));
        return answers;
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pushAnswers")
    void push_capturedAnswers_outcomeIsRecorded(String name, int status, String body) throws Exception {
        try (EdgeFixture fixture = new EdgeFixture()) {
            fixture.edge.tunnels().configure(TUNNEL, "{\"ingress\":[]}");
            try (ScriptedConnector connector = fixture.connector("success-remotely-managed")) {
                connector.responding(seen -> {
                    seen.raw(new DefaultHttp2Headers().status(Integer.toString(status)), body.isEmpty());
                    if (!body.isEmpty()) {
                        seen.data(body, true);
                    }
                });
                fixture.edge.tunnels().configure(TUNNEL, "{\"ingress\":[{\"service\":\"http_status:404\"}]}");
                boolean isApplied = status == 200 && body.contains("\"err\":null");

                Awaitility.await().atMost(LONG).untilAsserted(() -> {
                    LiveConnection seen = live(fixture).get(0);
                    if (isApplied) {
                        assertThat(seen.configurationVersion()).isNotNegative();
                        assertThat(seen.configurationError()).isNull();
                    } else {
                        assertThat(seen.configurationError()).isNotEmpty();
                    }
                });
                if (name.equals("error as a string")) {
                    assertThat(live(fixture).get(0).configurationError()).isEqualTo("rule 2: no service");
                }
            }
        }
    }

    @Test
    void push_severalConnectionsOfOneConnector_comesOnce() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture()) {
            fixture.edge.tunnels().configure(TUNNEL, "{\"ingress\":[]}");
            try (ScriptedConnector zero = fixture.connector("success-remotely-managed")) {
                UUID client = live(fixture).get(0).clientId();
                UUID other;
                try (ScriptedConnector one = fixture.connector("success-index-1")) {
                    other = live(fixture).stream()
                            .map(LiveConnection::clientId)
                            .filter(id -> !id.equals(client))
                            .findFirst()
                            .orElseThrow();
                }
                Awaitility.await().atMost(LONG).until(() -> fixture.edge.connectorConnections() == 1);
                try (ScriptedConnector one = ScriptedConnector.dialChanged(
                                fixture.edge.connectorsAddress(),
                                fixture.authority.certificate(),
                                "success-index-1",
                                bytes(other),
                                bytes(client))
                        .awaitScript()) {
                    assertThat(zero.nextRequest().header("cf-cloudflared-proxy-connection-upgrade"))
                            .isEqualTo("update-configuration");
                    for (ScriptedConnector connector : List.of(zero, one)) {
                        connector.responding(seen -> {
                            seen.raw(new DefaultHttp2Headers().status("200"), false);
                            seen.data("{\"lastAppliedVersion\":1,\"err\":null}", true);
                        });
                    }
                    fixture.edge.tunnels().configure(TUNNEL, "{\"ingress\":[{\"service\":\"http_status:404\"}]}");

                    Awaitility.await()
                            .atMost(LONG)
                            .until(() -> live(fixture).stream().allMatch(c -> c.configurationVersion() == 1));
                    assertThat(zero.requests.size() + one.requests.size()).isEqualTo(1);
                }
            }
        }
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(16)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }
}
