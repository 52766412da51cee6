package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Ingress;
import io.tunnel4j.IpRule;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.WebSocketFrames;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What access clients find at the far end: the reference connector's measured behaviour, and where ours is better. */
@ExtendWith(LeakCheck.class)
class ConnectorBehaviourTest {
    private static final JsonObject VECTORS = read("connector-behaviour.json");

    private ScriptedOrigin origin;
    private ScriptedEdge edge;

    private static JsonObject read(String name) {
        try (InputStream in = ConnectorBehaviourTest.class.getResourceAsStream("/vectors/access/" + name)) {
            return JsonParser.parseString(new String(in.readAllBytes(), ISO_8859_1))
                    .getAsJsonObject();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static Stream<JsonObject> list(String name) {
        return StreamSupport.stream(VECTORS.getAsJsonArray(name).spliterator(), false)
                .map(JsonElement::getAsJsonObject);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
        if (origin != null) {
            origin.close();
        }
    }

    static Stream<JsonObject> messages() {
        return list("client_message_truncation");
    }

    /** The reference throws away what exceeds 16384 bytes of a message; ours loses nothing. */
    @ParameterizedTest
    @MethodSource("messages")
    void message_anySize_arrivesWhole(JsonObject vector) throws Exception {
        int first = vector.get("message_bytes").getAsInt();
        int second = vector.get("then_message_bytes").getAsInt();
        assertThat(first + second)
                .isGreaterThanOrEqualTo(vector.get("origin_received_total").getAsInt());
        AtomicInteger received = new AtomicInteger();
        origin = new ScriptedOrigin(connection -> {
            byte[] buffer = new byte[8192];
            int n;
            while ((n = connection.in().read(buffer)) > 0) {
                received.addAndGet(n);
            }
        });
        edge = new ScriptedEdge(Origin.tcp("127.0.0.1", origin.port()));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, new byte[first]), false);
        call.sendBytes(frame(WebSocketFrames.BINARY, new byte[second]), false);

        Awaitility.await().untilAsserted(() -> assertThat(received).hasValue(first + second));
    }

    /** The reference drops text silently; ours takes it for bytes, so that nothing is lost. */
    @Test
    void frames_otherThanBinary_areTakenAsTheReferenceDoesOrBetter() throws Exception {
        assertThat(VECTORS.get("text_message_from_client").getAsString()).isEqualTo("dropped silently");
        assertThat(VECTORS.get("ping_from_client").getAsString()).contains("pong of the same payload");
        assertThat(VECTORS.get("close_from_client").getAsString()).startsWith("echoed (1000)");
        assertThat(VECTORS.get("own_ping").getAsString()).contains(WebSocketRelay.PING_SECONDS + " s");
        origin = new ScriptedOrigin(connection -> connection.in().transferTo(connection.out()));
        edge = new ScriptedEdge(Origin.tcp("127.0.0.1", origin.port()));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.TEXT, "t".getBytes(ISO_8859_1)), false);
        Awaitility.await().until(() -> call.bodySoFar().equals("\u0082\u0001t"));
        call.sendBytes(frame(WebSocketFrames.PING, "p".getBytes(ISO_8859_1)), false);
        Awaitility.await().until(() -> call.bodySoFar().endsWith("\u008a\u0001p"));
        call.sendBytes(frame(WebSocketFrames.CLOSE, new byte[] {0x03, (byte) 0xe8}), false);

        assertThat(call.body()).endsWith("\u0088\u0002\u0003\u00e8");
    }

    static Stream<JsonObject> socks() {
        return list("socks_replies");
    }

    @ParameterizedTest
    @MethodSource("socks")
    void socks_recordedClient_getsTheRecordedReplies(JsonObject vector) throws Exception {
        origin = new ScriptedOrigin(connection -> connection.in().transferTo(connection.out()));
        edge = new ScriptedEdge(Origin.socksProxy()
                .options(OriginOptions.builder()
                        .ipRules(List.of(new IpRule("127.0.0.0/8", List.of(), true)))
                        .build()));
        String sent = vector.get("client_hex").getAsString().replace("<port>", String.format("%04x", origin.port()));
        List<String> expected = new ArrayList<>();
        vector.getAsJsonArray("server_hex").forEach(reply -> expected.add(reply.getAsString()));
        boolean succeeds = vector.toString().contains("<localport>");

        Call call = upgrade();
        call.sendBytes(
                frame(WebSocketFrames.BINARY, ByteBufUtil.decodeHexDump(sent.substring(0, Math.min(6, sent.length())))),
                false);
        if (sent.length() > 6) {
            call.sendBytes(frame(WebSocketFrames.BINARY, ByteBufUtil.decodeHexDump(sent.substring(6))), false);
        }

        if (succeeds) {
            Awaitility.await().until(() -> replies(call.bodySoFar()).size() == 2);
            assertThat(replies(call.bodySoFar()).get(1)).matches("050000017f000001[0-9a-f]{4}");
        } else if (expected.equals(List.of("0500"))
                && !vector.has("what")) { // only the greeting: the connector waits for more
            Awaitility.await().until(() -> replies(call.bodySoFar()).equals(expected));
        } else {
            assertThat(replies(call.body())).isEqualTo(expected);
        }
    }

    /** Payloads of the binary frames in what the connector sent, in hexadecimal digits. */
    private static List<String> replies(String body) {
        List<String> replies = new ArrayList<>();
        int at = 0;
        while (at + 2 <= body.length()) {
            int length = body.charAt(at + 1);
            if (at + 2 + length > body.length()) {
                break;
            }
            if (body.charAt(at) == 0x82) {
                replies.add(ByteBufUtil.hexDump(
                        body.substring(at + 2, at + 2 + length).getBytes(ISO_8859_1)));
            }
            at += 2 + length;
        }
        return replies;
    }

    /** The reference dials a name without a port too, and fails; ours refuses it at once. */
    @Test
    void jumpDestination_recordedForms_nameTheSameEndpoint() throws Exception {
        edge = new ScriptedEdge(Origin.bastion());
        list("jump_destination").forEach(vector -> {
            Endpoint read = BastionService.destination(vector.get("header").getAsString());
            String dial = vector.has("dial") ? vector.get("dial").getAsString() : "";
            if (dial.contains(":")) {
                assertThat(read.host() + ":" + read.port()).isEqualTo(dial);
            } else {
                assertThat(read).isNull();
            }
        });
        assertThat(upgrade().status()).isEqualTo(502);
    }

    static Stream<JsonObject> assertions() {
        return list("jwt_assertion_check");
    }

    @ParameterizedTest
    @MethodSource("assertions")
    void assertion_recordedCase_hasTheRecordedOutcome(JsonObject vector) throws Exception {
        String name = vector.get("case").getAsString();
        String result = vector.get("result").getAsString();
        RSAKey published = new RSAKeyGenerator(2048).keyID("k").generate();
        RSAKey rogue = new RSAKeyGenerator(2048).keyID("k").generate();
        boolean isFed = name.contains("fed");
        String issuer = name.contains("iss team.fed") || !isFed && !name.equals("other iss")
                ? "https://team" + (isFed ? ".fed" : "") + ".cloudflareaccess.com"
                : isFed ? "https://team.cloudflareaccess.com" : "https://evil.cloudflareaccess.com";
        String audience = name.startsWith("aud does not") || name.startsWith("org token") ? "other" : "aud-1";
        Instant now = Instant.now();
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("k").build(),
                new JWTClaimsSet.Builder()
                        .issuer(issuer)
                        .audience(audience)
                        .expirationTime(Date.from(now.plusSeconds(name.equals("expired") ? -600 : 600)))
                        .build());
        jwt.sign(new RSASSASigner(name.contains("unpublished") ? rogue : published));
        AccessRequirement requirement = new AccessRequirement(
                true, "team", name.startsWith("no audTag") ? List.of() : List.of("aud-1"), isFed ? "fed" : "");
        edge = new ScriptedEdge(
                Ingress.of(Origin.status(200)
                        .options(OriginOptions.builder().access(requirement).build())),
                config -> config.accessKeys(
                        address -> CompletableFuture.completedFuture(new JWKSet(published).toString())));

        Call call = name.equals("header missing")
                ? edge.get("/")
                : name.startsWith("token only in")
                        ? edge.get("/", "cookie", "CF_Authorization=" + jwt.serialize())
                        : edge.get("/", "cf-access-jwt-assertion", jwt.serialize());

        assertThat(call.status())
                .describedAs(name)
                .isEqualTo(result.equals("pass") ? 200 : result.startsWith("403") ? 403 : 502);
    }

    private Call upgrade() throws Exception {
        return edge.open(
                ScriptedEdge.head(
                        "GET",
                        "/",
                        "cf-cloudflared-proxy-connection-upgrade",
                        "websocket",
                        "sec-websocket-key",
                        "dGhlIHNhbXBsZSBub25jZQ=="),
                false);
    }

    private static byte[] frame(int opcode, byte[] payload) {
        ByteBuf out = Unpooled.buffer();
        WebSocketFrames.writeMaskedHeader(opcode, true, payload.length, 0x01020304, out);
        int start = out.writerIndex();
        out.writeBytes(payload);
        WebSocketFrames.mask(out, start, payload.length, 0x01020304);
        return ByteBufUtil.getBytes(out);
    }
}
