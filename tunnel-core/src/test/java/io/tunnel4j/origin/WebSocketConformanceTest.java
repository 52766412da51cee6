package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tunnel4j.Ingress;
import io.tunnel4j.IpRule;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.ProxyProtocol;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.Role;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.ClockedLoops;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.WebSocketFrames;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Protocol document connector-edge §7: WebSockets to HTTP origins, and TCP origins behind WebSocket messages. */
@ExtendWith(LeakCheck.class)
class WebSocketConformanceTest {
    private static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";
    private static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private ScriptedOrigin origin;
    private ScriptedEdge edge;

    private void start(Origin service) throws Exception {
        edge = new ScriptedEdge(service);
    }

    private Origin.Tcp tcp(ScriptedOrigin.Script script) throws Exception {
        origin = new ScriptedOrigin(script);
        return Origin.tcp("127.0.0.1", origin.port());
    }

    private Origin http(ScriptedOrigin.Script script) throws Exception {
        origin = new ScriptedOrigin(script);
        return Origin.http("127.0.0.1", origin.port());
    }

    private static ScriptedOrigin.Script echo() {
        return connection -> connection.in().transferTo(connection.out());
    }

    private Call upgrade(String... more) throws Exception {
        String[] fields = new String[more.length + 4];
        fields[0] = "cf-cloudflared-proxy-connection-upgrade";
        fields[1] = "websocket";
        fields[2] = "sec-websocket-key";
        fields[3] = KEY;
        System.arraycopy(more, 0, fields, 4, more.length);
        return edge.open(ScriptedEdge.head("GET", "/ws", fields), false);
    }

    /** One masked frame as a client sends it. */
    private static byte[] frame(int opcode, boolean fin, byte[] payload) {
        ByteBuf out = Unpooled.buffer();
        WebSocketFrames.writeMaskedHeader(opcode, fin, payload.length, 0x01020304, out);
        int start = out.writerIndex();
        out.writeBytes(payload);
        WebSocketFrames.mask(out, start, payload.length, 0x01020304);
        return ByteBufUtil.getBytes(out);
    }

    private static byte[] frame(int opcode, String payload) {
        return frame(opcode, true, payload.getBytes(ISO_8859_1));
    }

    private static byte[] closeFrame(int code) {
        return frame(WebSocketFrames.CLOSE, true, new byte[] {(byte) (code >> 8), (byte) code});
    }

    private String next() throws InterruptedException {
        String next = seen.poll(10, TimeUnit.SECONDS);
        return next == null ? "nothing within 10 s" : next;
    }

    private static void awaitBody(Call call, String body) {
        Awaitility.await().untilAsserted(() -> assertThat(call.bodySoFar()).isEqualTo(body));
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
        if (origin != null) {
            origin.close();
        }
    }

    // --- To HTTP origins ---

    @Test
    void upgrade_accepted_isSerialised200AndRawBytes() throws Exception {
        start(http(connection -> {
            seen.add(connection.readHead());
            connection.write(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                            + ACCEPT + "\r\nSec-WebSocket-Protocol: chat\r\n\r\nfirst");
            connection.in().transferTo(connection.out());
        }));

        Call call = upgrade("sec-websocket-protocol", "chat", "origin", "http://x");

        assertThat(call.status()).isEqualTo(200);
        assertThat(call.meta()).isEqualTo("{\"src\":\"origin\"}");
        assertThat(call.originFields())
                .containsExactly(
                        "Upgrade: websocket",
                        "Connection: Upgrade",
                        "Sec-Websocket-Accept: " + ACCEPT,
                        "Sec-Websocket-Protocol: chat");
        assertThat(next())
                .startsWith("GET /ws HTTP/1.1\r\n")
                .contains("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-Websocket-Version: 13\r\n")
                .contains("Sec-Websocket-Key: " + KEY, "Sec-Websocket-Protocol: chat", "Origin: http://x")
                .doesNotContain("Transfer-Encoding", "Content-Length", "Accept-Encoding", "keep-alive");
        call.send("not even a frame", false);
        awaitBody(call, "firstnot even a frame");
    }

    @Test
    void upgrade_bytesBeforeAcceptance_follow() throws Exception {
        CountDownLatch sent = new CountDownLatch(1);
        start(http(connection -> {
            connection.readHead();
            assertThat(sent.await(10, TimeUnit.SECONDS)).isTrue();
            connection.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
            seen.add(connection.read(5));
        }));

        Call call = upgrade();
        call.send("early", false);
        sent.countDown();

        assertThat(next()).isEqualTo("early");
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void upgrade_refused_isAnOrdinaryResponseThenNoError() throws Exception {
        start(http(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
            connection.awaitClose();
        }));

        Call call = upgrade();

        assertThat(call.nextEvent()).isEqualTo("200");
        assertThat(call.nextEvent()).isEqualTo("data 5");
        assertThat(call.nextEvent()).isEqualTo("end");
        assertThat(call.nextEvent()).isEqualTo("reset 0");
        assertThat(call.originFields()).containsExactly("Content-Length: 5");
    }

    @Test
    void upgraded_originEnds_endsStreamThenNoError() throws Exception {
        start(http(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 101 Switching Protocols\r\n\r\nbye");
        }));

        Call call = upgrade();

        assertThat(call.body()).isEqualTo("bye");
        assertThat(call.nextEvent()).isEqualTo("200");
        assertThat(call.nextEvent()).isEqualTo("data 3");
        assertThat(call.nextEvent()).isEqualTo("end");
        assertThat(call.nextEvent()).isEqualTo("reset 0");
    }

    @Test
    void upgraded_edgeEnds_originStillAnswers() throws Exception {
        start(http(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
            String all = new String(connection.in().readAllBytes(), ISO_8859_1);
            connection.write("got " + all);
        }));

        Call call = upgrade();
        call.head();
        call.send("request", true);

        assertThat(call.body()).isEqualTo("got request");
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void upgraded_edgeResets_originIsClosed() throws Exception {
        start(http(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
            connection.awaitClose();
            seen.add("closed");
        }));

        Call call = upgrade();
        call.head();
        call.reset(8);

        assertThat(next()).isEqualTo("closed");
    }

    // --- To TCP origins ---

    @Test
    void tcp_accepted_hasAcceptanceFieldsAndBinaryFrames() throws Exception {
        start(tcp(echo()));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "over-ws"), false);

        assertThat(call.status()).isEqualTo(200);
        assertThat(call.originFields())
                .containsExactly("Connection: Upgrade", "Sec-Websocket-Accept: " + ACCEPT, "Upgrade: websocket");
        awaitBody(call, "\u0082\u0007over-ws");
    }

    @Test
    void tcp_every54Seconds_isPinged() throws Exception {
        origin = new ScriptedOrigin(echo());
        ClockedLoops loops = new ClockedLoops();
        edge = new ScriptedEdge(
                Ingress.of(Origin.tcp("127.0.0.1", origin.port())),
                config -> {},
                MuxConfig.builder(Role.CLIENT).build(),
                loops);
        Call call = upgrade();
        assertThat(call.status()).isEqualTo(200);

        loops.elapse(53);
        call.sendBytes(frame(WebSocketFrames.BINARY, "a"), false);
        Awaitility.await().until(() -> call.bytes() == 3);
        assertThat(call.bodySoFar()).isEqualTo("\u0082\u0001a");
        loops.elapse(2);
        Awaitility.await().until(() -> call.bytes() == 5);
        assertThat(call.bodySoFar()).endsWith("\u0089\u0000");
        loops.elapse(54);
        Awaitility.await().until(() -> call.bytes() == 7);
        call.reset(8);
    }

    @Test
    void tcp_messageOfAnyLengthFragmentedOrText_isOneByteStream() throws Exception {
        start(tcp(connection -> seen.add(String.valueOf(connection.in().readNBytes(200_011).length))));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, true, new byte[100_000]), false);
        call.sendBytes(frame(WebSocketFrames.BINARY, false, new byte[50_000]), false);
        call.sendBytes(frame(WebSocketFrames.PING, "?"), false);
        call.sendBytes(frame(WebSocketFrames.CONTINUATION, true, new byte[50_000]), false);
        call.sendBytes(frame(WebSocketFrames.TEXT, "hello world"), false);

        assertThat(next()).isEqualTo("200011");
        assertThat(call.end()).isEqualTo("end");
        assertThat(call.body()).startsWith("\u008a\u0001?");
    }

    @Test
    void tcp_largeAnswer_isFramedWhole() throws Exception {
        byte[] block = new byte[300_000];
        start(tcp(connection -> {
            connection.out().write(block);
            connection.out().flush();
        }));

        Call call = upgrade();

        String body = call.body();
        int payload = 0;
        int at = 0;
        while (body.charAt(at) == 0x82) {
            int length = body.charAt(at + 1);
            int header = length == 126 ? 4 : length == 127 ? 10 : 2;
            if (length == 126) {
                length = body.charAt(at + 2) << 8 | body.charAt(at + 3);
            } else if (length == 127) {
                length = body.charAt(at + 7) << 16 | body.charAt(at + 8) << 8 | body.charAt(at + 9);
            }
            payload += length;
            at += header + length;
        }
        assertThat(payload).isEqualTo(block.length);
        assertThat(body.substring(at)).isEqualTo("\u0088\u0002\u0003\u00e8");
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1001, 4000})
    void tcp_clientCloses_originsLastBytesThenSameCode(int code) throws Exception {
        start(tcp(connection -> {
            String all = new String(connection.in().readAllBytes(), ISO_8859_1);
            connection.write("last " + all);
        }));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "words"), false);
        call.sendBytes(closeFrame(code), false);

        assertThat(call.body()).isEqualTo("\u0082\nlast words\u0088\u0002" + (char) (code >> 8) + (char) (code & 0xff));
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void tcp_edgeEnds_originsLastBytesStillCome() throws Exception {
        start(tcp(connection -> {
            String all = new String(connection.in().readAllBytes(), ISO_8859_1);
            connection.write("re: " + all);
        }));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "x"), true);

        assertThat(call.body()).startsWith("\u0082\u0005re: x");
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void tcp_forbiddenFrame_closesWith1002() throws Exception {
        start(tcp(echo()));

        Call call = upgrade();
        call.sendBytes(new byte[] {(byte) 0x82, 0x01, 'x'}, false);

        assertThat(call.body()).isEqualTo("\u0088\u0002\u0003\u00ea");
    }

    @Test
    void tcp_originRefuses_is502() throws Exception {
        try (Socket bound = ScriptedOrigin.refusing()) {
            start(Origin.tcp("127.0.0.1", bound.getLocalPort()));

            Call call = upgrade();

            assertThat(call.status()).isEqualTo(502);
            assertThat(call.meta()).isEqualTo("{\"src\":\"cloudflared\"}");
        }
    }

    @Test
    void tcp_originResets_streamIsReset() throws Exception {
        start(tcp(connection -> {
            connection.read(1);
            connection.abort();
        }));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "x"), false);

        assertThat(call.end()).isEqualTo("reset 2");
    }

    @ParameterizedTest
    @CsvSource({"V1, 192.0.2.7, true", "V1, 2001:db8::7, false", "V2, 192.0.2.7, true", "V2, 2001:db8::7, false"})
    void tcp_proxyProtocol_namesTheEyeball(ProxyProtocol version, String eyeball, boolean four) throws Exception {
        start(tcp(connection -> {
                    int length = version == ProxyProtocol.V1 ? 0 : four ? 28 : 52;
                    String header = length == 0 ? connection.readUntil("\r\n") : connection.read(length);
                    seen.add(ByteBufUtil.hexDump(header.getBytes(ISO_8859_1)));
                    connection.in().transferTo(connection.out());
                })
                .proxyProtocol(version));

        Call call = upgrade("cf-connecting-ip", eyeball);
        call.sendBytes(frame(WebSocketFrames.BINARY, "x"), false);
        awaitBody(call, "\u0082\u0001x");

        String port = String.format("%04x", origin.port());
        String header = next();
        if (version == ProxyProtocol.V1) {
            String text = new String(ByteBufUtil.decodeHexDump(header), ISO_8859_1);
            String expected = four ? "PROXY TCP4 192.0.2.7 127.0.0.1 0 " : "PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 0 ";
            assertThat(text).isEqualTo(expected + origin.port() + "\r\n");
        } else {
            String addresses = four
                    ? "2111000cc00002077f000001"
                    : "2121002420010db8000000000000000000000007" + "00000000000000000000ffff7f000001";
            assertThat(header).isEqualTo("0d0a0d0a000d0a515549540a" + addresses + "0000" + port);
        }
    }

    // --- Bastion ---

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1:%d", "tcp://127.0.0.1:%d/path", "127.0.0.1:%d/x", "localhost:%d"})
    void bastion_destination_isDialled(String form) throws Exception {
        origin = new ScriptedOrigin(echo());
        start(Origin.bastion());

        Call call = upgrade("cf-access-jump-destination", String.format(form, origin.port()));
        call.sendBytes(frame(WebSocketFrames.BINARY, "b"), false);

        awaitBody(call, "\u0082\u0001b");
    }

    @Test
    void bastion_withoutDestination_is502() throws Exception {
        start(Origin.bastion());

        assertThat(upgrade().status()).isEqualTo(502);
        assertThat(upgrade("cf-access-jump-destination", "no-port").status()).isEqualTo(502);
    }

    // --- SOCKS ---

    private static OriginOptions rules(IpRule... rules) {
        return OriginOptions.builder().ipRules(List.of(rules)).build();
    }

    private static byte[] socksRequest(String hexAddress, int port) {
        return ByteBufUtil.decodeHexDump("050100" + hexAddress + String.format("%04x", port));
    }

    @ParameterizedTest
    @ValueSource(strings = {"017f000001", "03096c6f63616c686f7374"})
    void socks_allowedDestination_isConnected(String address) throws Exception {
        origin = new ScriptedOrigin(echo());
        start(Origin.socksProxy()
                .options(rules(
                        new IpRule("127.0.0.0/8", List.of(origin.port()), true),
                        new IpRule("::1/128", List.of(origin.port()), true))));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0000"), false);
        awaitBody(call, "\u0082\u0002\u0005\u0000");
        call.sendBytes(frame(WebSocketFrames.BINARY, true, socksRequest(address, origin.port())), false);
        Awaitility.await().until(() -> call.bodySoFar().length() > 4);
        assertThat(call.bodySoFar().substring(6)).startsWith("\u0005\u0000\u0000\u0001");
        call.sendBytes(frame(WebSocketFrames.BINARY, "through"), false);

        Awaitility.await().until(() -> call.bodySoFar().endsWith("\u0082\u0007through"));
    }

    @Test
    void socks_noRuleOrDeniedByRule_isReply2() throws Exception {
        origin = new ScriptedOrigin(echo());
        start(Origin.socksProxy().options(rules(new IpRule("127.0.0.0/8", List.of(1), true))));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0000"), false);
        call.sendBytes(frame(WebSocketFrames.BINARY, true, socksRequest("017f000001", origin.port())), false);

        assertThat(call.body()).startsWith("\u0082\u0002\u0005\u0000\u0082\n\u0005\u0002\u0000\u0001");
        assertThat(origin.accepted()).isZero();
    }

    @Test
    void socks_otherMethodOrCommand_isRefused() throws Exception {
        start(Origin.socksProxy().options(rules(new IpRule("0.0.0.0/0", List.of(), true))));

        Call password = upgrade();
        password.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0002"), false);
        assertThat(password.body()).startsWith("\u0082\u0002\u0005\u00ff");

        Call bind = upgrade();
        bind.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0000"), false);
        bind.sendBytes(frame(WebSocketFrames.BINARY, true, ByteBufUtil.decodeHexDump("050200017f0000010050")), false);
        assertThat(bind.body()).startsWith("\u0082\u0002\u0005\u0000\u0082\n\u0005\u0007");
    }

    @Test
    void socks_moreThan1024OctetsBeforeTheAnswer_endsTheStream() throws Exception {
        start(Origin.socksProxy().options(rules(new IpRule("0.0.0.0/0", List.of(), true))));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0000"), false);
        call.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0000\u0003" + "x".repeat(1024)), false);

        assertThat(call.body()).startsWith("\u0082\u0002\u0005\u0000");
    }

    @Test
    void socks_typeOfTcpService_goesToTheConfiguredDestination() throws Exception {
        Origin.Tcp service = tcp(echo());
        start(service.options(OriginOptions.builder().proxyType("socks").build()));

        Call call = upgrade();
        call.sendBytes(frame(WebSocketFrames.BINARY, "\u0005\u0001\u0000"), false);
        call.sendBytes(frame(WebSocketFrames.BINARY, true, socksRequest("01c0000201", 9)), false);
        call.sendBytes(frame(WebSocketFrames.BINARY, "x"), false);

        Awaitility.await().until(() -> call.bodySoFar().endsWith("\u0082\u0001x"));
        assertThat(origin.accepted()).isEqualTo(1);
    }

    @Test
    void tcpService_ordinaryRequest_is502() throws Exception {
        start(tcp(echo()));

        assertThat(edge.get("/").status()).isEqualTo(502);
    }
}
