package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import io.tunnel4j.testing.LeakCheck;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Our client against the edge's side of recorded sessions of the reference client: the same request bytes (but for the random key), the same bytes
 * delivered to both ends.
 */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class TranscriptReplayTest {
    private static final HexFormat HEX = HexFormat.of();

    @ParameterizedTest
    @ValueSource(strings = {"ws-banner", "ws-text", "ws-ping", "ws-frag", "ws-empty", "ws-close", "ws-drop"})
    void dataPlane_recordedEdge_localProgramReceivesTheSame(String name) throws Exception {
        JsonObject transcript = Vectors.transcript(name);
        List<String> requests = new CopyOnWriteArrayList<>();
        try (ScriptedEdge edge = new ScriptedEdge(replay(transcript, requests));
                AccessTcpForwarder forwarder = forwarder(transcript, edge, null);
                Socket socket = connect(forwarder)) {
            byte[] expected =
                    transcript.get("tcp_client_received").getAsString().getBytes(StandardCharsets.UTF_8);

            assertThat(socket.getInputStream().readNBytes(expected.length)).isEqualTo(expected);
            await().until(() -> !requests.isEmpty());
            assertThat(stateOf(socket)).isEqualTo(Vectors.text(transcript, "tcp_client_saw"));
            assertThat(edge.failures()).isEmpty();
            assertThat(requests).containsExactly(recordedRequest(transcript, 0));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"service-token-flags", "service-token-env"})
    void serviceToken_recordedEdge_sameRequestAndEcho(String name) throws Exception {
        JsonObject transcript = Vectors.transcript(name);
        List<String> requests = new CopyOnWriteArrayList<>();
        Map<String, String> environment =
                Map.of(ServiceToken.ID_VARIABLE, "svc-id.access", ServiceToken.SECRET_VARIABLE, "svc-secret");
        try (ScriptedEdge edge = new ScriptedEdge(replay(transcript, requests));
                AccessTcpForwarder forwarder = forwarder(transcript, edge, ServiceToken.fromEnvironment(environment));
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write("abc".getBytes(StandardCharsets.UTF_8));

            assertThat(socket.getInputStream().readNBytes(3)).isEqualTo("abc".getBytes(StandardCharsets.UTF_8));
            await().until(() -> !requests.isEmpty());
            assertThat(requests).containsExactly(recordedRequest(transcript, 0));
        }
    }

    @Test
    void serviceToken_recordedRefusal_isFinalAndNeverALogin() throws Exception {
        JsonObject transcript = Vectors.transcript("service-token-refused-401");
        List<String> requests = new CopyOnWriteArrayList<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    requests.add(normalised(peer.head()));
                    peer.answer(exchanges(transcript).get(0).get("response").getAsString());
                });
                AccessConnector connector = AccessConnector.builder()
                        .caPool(edge.root())
                        .userAgent("cloudflared/2026.8.2")
                        .serviceToken(ServiceToken.of("svc-id.access", "wrong"))
                        .login(request -> requests.add("login"))
                        .tokenStore(TokenStore.inMemory())
                        .build()) {
            assertThatThrownBy(() -> connector.pipe(
                            target("svc.example.test", edge).build(),
                            new ByteArrayInputStream(new byte[0]),
                            new ByteArrayOutputStream()))
                    .isInstanceOfSatisfying(
                            io.tunnel4j.TunnelException.class,
                            failure -> assertThat(failure.code())
                                    .isEqualTo(io.tunnel4j.TunnelErrorCode.SERVICE_TOKEN_REFUSED))
                    .hasMessageNotContaining("wrong");
            assertThat(requests).containsExactly(recordedRequest(transcript, 0));
        }
    }

    @Test
    void upload_recordedEdge_sameBytesInMessagesThatAConnectorTakes() throws Exception {
        JsonObject transcript = Vectors.transcript("ws-upload");
        int total = 5 + 4096 + 4097 + 5000 + 40_000;
        CompletableFuture<Integer> received = new CompletableFuture<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    assertThat(normalised(peer.head())).isEqualTo(recordedRequest(transcript, 0));
                    peer.upgrade();
                    int sum = 0;
                    while (sum < total) {
                        ScriptedEdge.Frame frame = peer.read();
                        assertThat(frame.opcode()).isEqualTo(2);
                        assertThat(frame.fin()).isTrue();
                        assertThat(frame.payload().length).isLessThanOrEqualTo(16_384);
                        sum += frame.payload().length;
                    }
                    received.complete(sum);
                    peer.echo();
                });
                AccessConnector connector = connector(edge, null)) {
            byte[] input = new byte[total];

            PipeEnd end = connector.pipe(
                    target("open.example.test", edge).build(),
                    new ByteArrayInputStream(input),
                    new ByteArrayOutputStream());

            assertThat(received.get()).isEqualTo(total);
            assertThat(end).isEqualTo(PipeEnd.ORDERLY);
        }
    }

    /** The reference tears the connection down and loses the answer; we keep reading. */
    @Test
    void halfClose_recordedQuestion_answerIsNotLost() throws Exception {
        JsonObject transcript = Vectors.transcript("ws-half-close");
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    peer.upgrade();
                    assertThat(HEX.formatHex(peer.read().payload()))
                            .isEqualTo(frames(transcript).get(0).get("head").getAsString());
                    assertThat(peer.read().code()).isEqualTo(1000);
                    peer.message("answer".getBytes(StandardCharsets.UTF_8));
                    peer.close(1000, "");
                });
                AccessTcpForwarder forwarder = forwarder(transcript, edge, null);
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write("question".getBytes(StandardCharsets.UTF_8));
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).isEqualTo("answer".getBytes(StandardCharsets.UTF_8));
            assertThat(edge.failures()).isEmpty();
        }
    }

    /** The reference asks without the token first, then for metadata, then with the token; we send its last request at once. */
    @Test
    void stdio_recordedCachedToken_theThirdRequestIsTheOnlyOne() throws Exception {
        JsonObject transcript = Vectors.transcript("stdio-cached-token");
        String authenticated = recordedRequest(transcript, 2);
        List<String> requests = new CopyOnWriteArrayList<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    requests.add(normalised(peer.head()));
                    peer.upgrade();
                    peer.echo();
                });
                AccessConnector connector = AccessConnector.builder()
                        .caPool(edge.root())
                        .userAgent("cloudflared/2026.8.2")
                        .tokens(oneToken(tokenIn(authenticated)))
                        .build()) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();

            connector.pipe(
                    target("app.example.test", edge).build(),
                    new ByteArrayInputStream("stdio-hello\n".getBytes(StandardCharsets.UTF_8)),
                    out);

            assertThat(out)
                    .hasToString(transcript
                            .getAsJsonArray("runs")
                            .get(0)
                            .getAsJsonObject()
                            .get("stdout")
                            .getAsString());
            assertThat(requests).containsExactly(authenticated);
        }
    }

    /** First use without a token: the recorded refusal leads to the login, then to the recorded authenticated request. */
    @Test
    void forwarder_recordedFirstUse_sameTwoUpgrades() throws Exception {
        JsonObject transcript = Vectors.transcript("tcp-forwarder-first-use");
        List<JsonObject> upgrades = exchanges(transcript).stream()
                .filter(exchange ->
                        exchange.has("websocket") && exchange.get("websocket").getAsBoolean())
                .toList();
        String refused = normalised(upgrades.get(0).get("request").getAsString());
        String authenticated = normalised(upgrades.get(1).get("request").getAsString());
        List<String> requests = new CopyOnWriteArrayList<>();
        try (ScriptedEdge edge = new ScriptedEdge(peer -> {
                    requests.add(normalised(peer.head()));
                    if (requests.size() == 1) {
                        peer.answer(upgrades.get(0).get("response").getAsString());
                        return;
                    }
                    peer.upgrade();
                    peer.echo();
                });
                AccessTcpForwarder forwarder = AccessTcpForwarder.builder(
                                target("app.example.test", edge).build())
                        .connector(connectorFor(edge, loginGives(tokenIn(authenticated))))
                        .build()
                        .start();
                Socket socket = connect(forwarder)) {
            socket.getOutputStream().write("hello".getBytes(StandardCharsets.UTF_8));

            assertThat(socket.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(StandardCharsets.UTF_8));
            assertThat(requests).containsExactly(refused, authenticated);
        }
    }

    // --- Replay ---

    private static ScriptedEdge.Script replay(JsonObject transcript, List<String> requests) {
        return peer -> {
            String answer = exchanges(transcript).get(0).get("response").getAsString();
            peer.answer(answer.replaceFirst(
                    "Sec-WebSocket-Accept: \\S+",
                    "Sec-WebSocket-Accept: " + java.util.regex.Matcher.quoteReplacement(peer.accept())));
            for (JsonObject frame : frames(transcript)) {
                byte[] payload = HEX.parseHex(frame.get("head").getAsString());
                if (frame.get("dir").getAsString().equals("s>c")) {
                    peer.frame(frame.get("fin").getAsBoolean(), frame.get("op").getAsInt(), payload);
                } else {
                    ScriptedEdge.Frame got = peer.read();
                    assertThat(got.opcode()).isEqualTo(frame.get("op").getAsInt());
                    assertThat(got.payload()).isEqualTo(payload);
                    assertThat(got.masked()).isTrue();
                }
            }
            requests.add(normalised(peer.head()));
            if ("timeout".equals(Vectors.text(transcript, "tcp_client_saw")) || !transcript.has("tcp_client_saw")) {
                peer.read();
            }
        };
    }

    private static String recordedRequest(JsonObject transcript, int index) {
        return normalised(exchanges(transcript).get(index).get("request").getAsString());
    }

    /** The key is random. */
    private static String normalised(String request) {
        return request.replaceFirst("Sec-WebSocket-Key: \\S+", "Sec-WebSocket-Key: KEY");
    }

    private static String tokenIn(String request) {
        String start = "Cf-Access-Token: ";
        int at = request.indexOf(start) + start.length();
        return request.substring(at, request.indexOf('\r', at));
    }

    private static List<JsonObject> exchanges(JsonObject transcript) {
        return transcript.getAsJsonArray("exchanges").asList().stream()
                .map(each -> each.getAsJsonObject())
                .filter(each -> !each.has("proxy_connect"))
                .toList();
    }

    private static List<JsonObject> frames(JsonObject transcript) {
        return transcript.getAsJsonArray("frames").asList().stream()
                .map(each -> each.getAsJsonObject())
                .toList();
    }

    private static String stateOf(Socket socket) throws IOException {
        socket.setSoTimeout(300);
        try {
            return socket.getInputStream().read() < 0 ? "EOF" : "data";
        } catch (SocketTimeoutException e) {
            return "timeout";
        }
    }

    // --- The recorded command line ---

    private AccessTcpForwarder forwarder(JsonObject transcript, ScriptedEdge edge, @Nullable ServiceToken token) {
        List<String> arguments = new ArrayList<>();
        transcript
                .getAsJsonArray("runs")
                .get(0)
                .getAsJsonObject()
                .getAsJsonArray("argv")
                .forEach(argument -> arguments.add(argument.getAsString()));
        AccessTarget.Builder target = target(arguments.get(arguments.indexOf("--hostname") + 1), edge);
        for (int i = 0; i < arguments.size(); i++) {
            switch (arguments.get(i)) {
                case "-H" -> target.headerLine(arguments.get(i + 1));
                case "--destination" -> target.destination(arguments.get(i + 1));
                default -> {}
            }
        }
        if (transcript.get("scenario").getAsString().equals("service-token-env")) {
            target.destination(fieldOf(recordedRequest(transcript, 0), "Cf-Access-Jump-Destination"));
        }
        if (token != null) {
            target.serviceToken(token);
        }
        return AccessTcpForwarder.builder(target.build())
                .connector(connectorFor(edge, null))
                .build()
                .start();
    }

    private static String fieldOf(String request, String name) {
        return request.lines()
                .filter(line -> line.startsWith(name + ": "))
                .map(line -> line.substring(name.length() + 2))
                .findFirst()
                .orElseThrow();
    }

    private final List<AccessConnector> connectors = new ArrayList<>();

    @org.junit.jupiter.api.AfterEach
    void closeConnectors() {
        connectors.forEach(AccessConnector::close);
    }

    private AccessConnector connectorFor(ScriptedEdge edge, @Nullable TokenProvider tokens) {
        AccessConnector connector = connector(edge, tokens);
        connectors.add(connector);
        return connector;
    }

    private static AccessConnector connector(ScriptedEdge edge, @Nullable TokenProvider tokens) {
        AccessConnector.Builder builder =
                AccessConnector.builder().caPool(edge.root()).onlyCaPool().userAgent("cloudflared/2026.8.2");
        return tokens == null ? builder.build() : builder.tokens(tokens).build();
    }

    private static AccessTarget.Builder target(String hostname, ScriptedEdge edge) {
        return AccessTarget.builder(hostname).connectTo(edge.address());
    }

    private static Socket connect(AccessTcpForwarder forwarder) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), forwarder.port());
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static TokenProvider oneToken(String compact) {
        return provider(compact, compact);
    }

    private static TokenProvider loginGives(String compact) {
        return provider(null, compact);
    }

    private static TokenProvider provider(@Nullable String cached, String fresh) {
        return new TokenProvider() {
            @Override
            public CompletionStage<@Nullable AccessToken> cached(URI application) {
                return CompletableFuture.completedFuture(cached == null ? null : AccessToken.of(cached));
            }

            @Override
            public CompletionStage<AccessToken> obtain(URI application, @Nullable AccessToken refused) {
                return CompletableFuture.completedFuture(AccessToken.of(fresh));
            }
        };
    }
}
