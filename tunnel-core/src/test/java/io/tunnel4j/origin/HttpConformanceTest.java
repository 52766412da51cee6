package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.io.ByteArrayOutputStream;
import java.net.Socket;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.zip.GZIPOutputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Protocol document connector-edge §6: what a connector does between an edge and an HTTP/1.1 origin. */
@ExtendWith(LeakCheck.class)
class HttpConformanceTest {
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    private ScriptedOrigin origin;
    private ScriptedEdge edge;

    private void start(ScriptedOrigin.Script script) throws Exception {
        start(script, options -> options);
    }

    private void start(ScriptedOrigin.Script script, UnaryOperator<OriginOptions.Builder> options) throws Exception {
        origin = new ScriptedOrigin(script);
        OriginOptions built = options.apply(OriginOptions.builder()).build();
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port()).options(built)),
                config -> config.maxBufferedRequestBytes(100_000));
    }

    /** Answers every request head with the same bytes. */
    private ScriptedOrigin.Script answering(String response) {
        return connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                heads.add(head);
                connection.write(response);
            }
        };
    }

    /** Answers one request head and closes. */
    private ScriptedOrigin.Script answeringOnce(String response) {
        return connection -> {
            heads.add(connection.readHead());
            connection.write(response);
        };
    }

    private String nextHead() throws InterruptedException {
        String head = heads.poll(10, TimeUnit.SECONDS);
        return head == null ? "no request within 10 s" : head;
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
        origin.close();
    }

    // --- 6.1 towards the origin ---

    @Test
    void request_plain_reachesOriginWithTagAndKeepAlive() throws Exception {
        start(answering(OK));

        Call call = edge.get("/hello?x=1", "user-agent", "curl/7.88.1", "accept", "*/*");

        assertThat(call.body()).isEqualTo("ok");
        assertThat(nextHead())
                .isEqualTo(
                        "GET /hello?x=1 HTTP/1.1\r\nHost: app.example.com\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n"
                                + "Cf-Warp-Tag-Id: 11111111-2222-4333-8444-555555555555\r\nConnection: keep-alive\r\nAccept-Encoding: gzip\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a%2Fb?q=%zz", "/a|b\"c", "/\u00c3\u00a4?%00", "/%7Euser//x/../y", "/?", "//double"})
    void path_anyOctets_arrivesUnchanged(String path) throws Exception {
        start(answering(OK));

        assertThat(edge.get(path).status()).isEqualTo(200);

        assertThat(nextHead()).startsWith("GET " + path + " HTTP/1.1\r\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a b", "/a\tb", "http://other.example.com/", "/x\u007fy"})
    void path_thatWouldEndTheRequestTarget_isRefused(String path) throws Exception {
        start(answering(OK));

        Call call = edge.get(path);

        assertThat(call.status()).isEqualTo(502);
        assertThat(call.meta()).isEqualTo("{\"src\":\"cloudflared\"}");
        assertThat(heads).isEmpty();
    }

    @Test
    void cookies_split_areJoined() throws Exception {
        start(answering(OK));

        edge.get("/", "cookie", "a=1", "x-between", "1", "cookie", "b=2", "cookie", "c=3")
                .body();

        assertThat(nextHead()).contains("Cookie: a=1; b=2; c=3\r\n").containsOnlyOnce("Cookie");
    }

    @Test
    void fields_ofTunnelLayer_areForwardedButUpgradeAndTraceAreNot() throws Exception {
        start(answering(OK));

        edge.get(
                        "/",
                        "cf-ray",
                        "1-FRA",
                        "cf-connecting-ip",
                        "192.0.2.1",
                        "cf-cloudflared-request-headers",
                        "x",
                        "cf-cloudflared-proxy-connection-upgrade",
                        "unknown",
                        "cf-trace-id",
                        "1:2:0:1",
                        "x-forwarded-for",
                        "192.0.2.1")
                .body();

        assertThat(nextHead())
                .contains("Cf-Ray: 1-FRA\r\n", "Cf-Connecting-Ip: 192.0.2.1\r\n", "X-Forwarded-For: 192.0.2.1\r\n")
                .contains("Cf-Cloudflared-Request-Headers: x\r\n")
                .doesNotContainIgnoringCase("connection-upgrade")
                .doesNotContainIgnoringCase("trace-id");
    }

    @Test
    void tagId_sentByTheEyeball_isReplaced() throws Exception {
        start(answering(OK));

        edge.get("/", "cf-warp-tag-id", "forged").body();

        assertThat(nextHead()).containsOnlyOnce("Cf-Warp-Tag-Id").doesNotContain("forged");
    }

    @Test
    void userAgent_absent_staysAbsent() throws Exception {
        start(answering(OK));

        edge.get("/").body();

        assertThat(nextHead()).doesNotContainIgnoringCase("user-agent");
    }

    @Test
    void value_outsideAscii_isByteExact() throws Exception {
        start(answering(OK));

        edge.get("/", "x-latin", "caf\u00e9", "x-utf8", "\u00c3\u00a9", "x-bytes", "\u0080\u00ff")
                .body();

        assertThat(nextHead())
                .contains("X-Latin: caf\u00e9\r\n", "X-Utf8: \u00c3\u00a9\r\n", "X-Bytes: \u0080\u00ff\r\n");
    }

    @Test
    void hostHeader_replaced_keepsOriginalInForwardedHost() throws Exception {
        start(answering(OK), options -> options.httpHostHeader("inner.test"));

        edge.get("/", "x-forwarded-host", "forged").body();

        assertThat(nextHead())
                .contains("Host: inner.test\r\n", "X-Forwarded-Host: app.example.com\r\n")
                .doesNotContain("forged");
    }

    @Test
    void body_withLength_keepsLength() throws Exception {
        start(connection -> {
            heads.add(connection.readHead());
            assertThat(connection.read(3)).isEqualTo("a=b");
            connection.write(OK);
        });

        Call call = edge.post(head("POST", "/sink", "content-length", "3"), "a=b");

        assertThat(call.status()).isEqualTo(200);
        assertThat(nextHead()).contains("Content-Length: 3\r\n").doesNotContain("Transfer-Encoding");
    }

    @Test
    void body_withoutLength_isChunked() throws Exception {
        BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
        start(connection -> {
            heads.add(connection.readHead());
            bodies.add(connection.readUntil("\r\n0\r\n\r\n"));
            connection.write(OK);
        });

        Call call = edge.open(head("POST", "/sink"), false);
        call.send("chunked-body", false);
        assertThat(nextHead()).contains("Transfer-Encoding: chunked\r\n").doesNotContain("Content-Length");
        call.send("0123456789abcdefg", true);

        assertThat(call.status()).isEqualTo(200);
        assertThat(bodies.poll(10, TimeUnit.SECONDS))
                .isEqualTo("c\r\nchunked-body\r\n11\r\n0123456789abcdefg\r\n0\r\n\r\n");
    }

    @ParameterizedTest
    @CsvSource({"POST,true", "PUT,true", "PATCH,true", "GET,false", "HEAD,false", "DELETE,false", "OPTIONS,false"})
    void body_endedWithHead_isEmpty(String method, boolean saysSo) throws Exception {
        start(answering("HTTP/1.1 204 No Content\r\n\r\n"));

        assertThat(edge.open(head(method, "/"), true).status()).isEqualTo(204);

        // The reference says it with an empty chunked body; a length of 0 is the same and understood by every origin.
        String head = nextHead();
        assertThat(head.contains("Content-Length: 0\r\n")).isEqualTo(saysSo);
        assertThat(head).doesNotContain("Transfer-Encoding");
    }

    @Test
    void get_openStreamThatEndsEmpty_hasNoBody() throws Exception {
        start(answering(OK));

        Call call = edge.open(head("GET", "/"), false);
        call.send("", true);

        assertThat(call.body()).isEqualTo("ok");
        assertThat(nextHead()).doesNotContain("Content-Length", "Transfer-Encoding");
    }

    @Test
    void get_openStreamWithoutBytes_isSentAfterAShortWait() throws Exception {
        start(answering(OK));

        Call call = edge.open(head("GET", "/"), false);

        assertThat(nextHead()).contains("Transfer-Encoding: chunked\r\n");
        assertThat(call.body()).isEqualTo("ok");
    }

    @Test
    void trailers_ofRequest_followChunkedBody() throws Exception {
        BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
        start(connection -> {
            heads.add(connection.readHead());
            bodies.add(connection.readUntil("\r\n0\r\n") + connection.readHead());
            connection.write(OK);
        });

        Call call = edge.open(head("POST", "/", "trailer", "X-Sum", "te", "trailers"), false);
        call.send("abc", false);
        call.sendTrailers("x-sum", "900150983cd24fb0");

        assertThat(call.status()).isEqualTo(200);
        assertThat(nextHead()).contains("Trailer: X-Sum\r\n", "Te: trailers\r\n");
        assertThat(bodies.poll(10, TimeUnit.SECONDS)).isEqualTo("3\r\nabc\r\n0\r\nX-Sum: 900150983cd24fb0\r\n\r\n");
    }

    @Test
    void expectContinue_isAnsweredByTheConnector() throws Exception {
        start(connection -> {
            heads.add(connection.readHead());
            assertThat(connection.read(10)).isEqualTo("expectbody");
            connection.write(OK);
        });

        Call call = edge.open(head("POST", "/sink", "expect", "100-continue", "content-length", "10"), false);
        assertThat(call.nextEvent()).isEqualTo("100");
        call.send("expectbody", true);

        assertThat(call.nextEvent()).isEqualTo("200");
        assertThat(nextHead()).doesNotContainIgnoringCase("expect");
    }

    @Test
    void chunkedDisabled_withoutLength_bodyIsCollectedAndGetsOne() throws Exception {
        start(
                connection -> {
                    heads.add(connection.readHead());
                    assertThat(connection.read(6)).isEqualTo("abcdef");
                    connection.write(OK);
                },
                options -> options.disableChunkedEncoding(true));

        Call call = edge.open(head("POST", "/"), false);
        call.send("abc", false);
        call.send("def", true);

        assertThat(call.status()).isEqualTo(200);
        assertThat(nextHead()).contains("Content-Length: 6\r\n").doesNotContain("Transfer-Encoding");
    }

    @Test
    void chunkedDisabled_bodyAboveLimit_is502() throws Exception {
        start(answering(OK), options -> options.disableChunkedEncoding(true));

        Call call = edge.open(head("POST", "/"), false);
        call.sendBytes(new byte[100_001], false);

        assertThat(call.status()).isEqualTo(502);
        assertThat(heads).isEmpty();
    }

    // --- Compression ---

    private static byte[] gzip(String text) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(text.getBytes(ISO_8859_1));
        }
        return out.toByteArray();
    }

    private ScriptedOrigin.Script answeringGzip(byte[] body) {
        return connection -> {
            heads.add(connection.readHead());
            connection.write("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " + body.length
                    + "\r\nX-Other: 1\r\n\r\n");
            connection.out().write(body);
            connection.awaitClose();
        };
    }

    @Test
    void gzip_notAskedByEyeball_isUndone() throws Exception {
        String text = "tunnel ".repeat(100_000);
        start(answeringGzip(gzip(text)));

        Call call = edge.get("/");

        assertThat(call.body()).isEqualTo(text);
        assertThat(call.originFields()).containsExactly("X-Other: 1");
        assertThat(call.head().get("content-length")).isNull();
    }

    @ParameterizedTest
    @CsvSource({"accept-encoding,gzip", "accept-encoding,br", "range,bytes=0-"})
    void gzip_eyeballSaysEncodingOrRange_isUntouched(String name, String value) throws Exception {
        byte[] body = gzip("hello");
        start(answeringGzip(body));

        Call call = edge.get("/", name, value);

        assertThat(call.body()).hasSize(body.length);
        assertThat(call.originFields()).contains("Content-Encoding: gzip", "Content-Length: " + body.length);
        assertThat(nextHead().contains("Accept-Encoding: gzip")).isEqualTo(value.equals("gzip"));
    }

    @Test
    void gzip_headRequest_isNotAskedFor() throws Exception {
        start(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"));

        edge.open(head("HEAD", "/"), true).end();

        assertThat(nextHead()).doesNotContain("Accept-Encoding");
    }

    @Test
    void tags_ofTheConnector_reachTheOrigin() throws Exception {
        origin = new ScriptedOrigin(answering(OK));
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port())), config -> config.tag("site", "north 1"));

        edge.get("/").end();

        assertThat(nextHead()).contains("\r\nCf-Warp-Tag-Site: north 1\r\n");
    }

    @Test
    void gzip_damaged_isReset() throws Exception {
        byte[] body = gzip("hello hello hello hello");
        body[body.length - 6] ^= 1;
        start(answeringGzip(body));

        assertThat(edge.get("/").end()).isEqualTo("reset 2");
    }

    // --- 6.2 towards the edge ---

    @Test
    void response_withLength_hasSerialisedFieldsMetaAndRealLength() throws Exception {
        start(
                answering(
                        "HTTP/1.1 418 I'm a teapot\r\nx-lower-case: a\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
                                + "Content-Length: 2\r\nX-Empty:\r\nX-Tab: a\tb\r\nX-Bin: \u0080\u00ff\r\nBad name: x\r\ncf-int-x: 1\r\n\r\nok"));

        Call call = edge.get("/");

        assertThat(call.status()).isEqualTo(418);
        assertThat(call.body()).isEqualTo("ok");
        assertThat(call.meta()).isEqualTo("{\"src\":\"origin\"}");
        assertThat(call.head().get("content-length")).hasToString("2");
        assertThat(call.originFields())
                .containsExactly(
                        "X-Lower-Case: a",
                        "Set-Cookie: a=1",
                        "Set-Cookie: b=2",
                        "Content-Length: 2",
                        "X-Empty: ",
                        "X-Tab: a\tb",
                        "X-Bin: \u0080\u00ff");
    }

    @Test
    void response_hopByHopFields_onlyFramingIsConsumed() throws Exception {
        start(answeringOnce(
                "HTTP/1.1 200 OK\r\nConnection: keep-alive, X\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\n"
                        + "Upgrade: h2c\r\nTE: x\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));

        Call call = edge.get("/");

        assertThat(call.originFields())
                .containsExactly(
                        "Connection: keep-alive, X",
                        "Keep-Alive: timeout=5",
                        "Proxy-Connection: x",
                        "Upgrade: h2c",
                        "Te: x");
        assertThat(call.body()).isEmpty();
    }

    @Test
    void response_connectionClose_isConsumedAndConnectionNotReused() throws Exception {
        start(answering("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"));

        assertThat(edge.get("/").originFields()).containsExactly("Content-Length: 2");
        assertThat(edge.get("/").body()).isEqualTo("ok");

        assertThat(origin.accepted()).isEqualTo(2);
    }

    @Test
    void response_withoutAnyField_hasEmptySerialisedField() throws Exception {
        start(answeringOnce("HTTP/1.1 200 OK\r\n\r\nuntil close"));

        Call call = edge.get("/");

        assertThat(call.head().get("cf-cloudflared-response-headers")).hasToString("");
        assertThat(call.body()).isEqualTo("until close");
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void interim_responsesOfOrigin_areSwallowed() throws Exception {
        start(answeringOnce("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK));

        Call call = edge.get("/");

        assertThat(call.nextEvent()).isEqualTo("200");
        assertThat(call.originFields()).containsExactly("Content-Length: 2");
    }

    @ParameterizedTest
    @CsvSource({
        "HEAD, 'HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n', true",
        "GET, 'HTTP/1.1 204 No Content\r\n\r\n', false",
        "GET, 'HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n', false",
        "GET, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', true"
    })
    void noBody_endsAsTheReferenceDoes(String method, String response, boolean withHead) throws Exception {
        start(answering(response));

        Call call = edge.open(head(method, "/"), true);

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.headEnded()).isEqualTo(withHead);
        assertThat(edge.open(head(method, "/"), true).end()).isEqualTo("end");
        assertThat(origin.accepted()).isEqualTo(1);
    }

    @Test
    void trailers_ofOrigin_becomeTrailingHeaders() throws Exception {
        start(answeringOnce("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n"
                + "X-Sum: abc123\r\nGrpc-Status: 0\r\nContent-Length: 4\r\nBad Name: x\r\n\r\n"));

        Call call = edge.get("/trailers");

        assertThat(call.body()).isEqualTo("body");
        assertThat(call.trailers().get("x-sum")).hasToString("abc123");
        assertThat(call.trailers().get("grpc-status")).hasToString("0");
        assertThat(call.trailers().size()).isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Length: 8", "Transfer-Encoding: chunked"})
    void flush_byOrigin_isOnTheWireAtOnce(String framing) throws Exception {
        CountDownLatch seen = new CountDownLatch(1);
        boolean chunked = framing.contains("chunked");
        start(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\n" + framing + "\r\n\r\n" + (chunked ? "4\r\nslow\r\n" : "slow"));
            assertThat(seen.await(10, TimeUnit.SECONDS)).isTrue();
            connection.write(chunked ? "4\r\nrest\r\n0\r\n\r\n" : "rest");
        });

        Call call = edge.get("/");
        Awaitility.await().until(() -> call.bodySoFar().equals("slow"));
        seen.countDown();

        assertThat(call.body()).isEqualTo("slowrest");
    }

    @Test
    void chunks_inAnyPieces_areJoined() throws Exception {
        start(connection -> {
            connection.readHead();
            String response =
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;ext=\"x\"\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n";
            connection.socket().setTcpNoDelay(true);
            for (int i = 0; i < response.length(); i++) {
                connection.write(response.substring(i, i + 1));
            }
            connection.awaitClose();
        });

        assertThat(edge.get("/").body()).isEqualTo("hello0123456789");
    }

    @Test
    void head_of2Megabytes_passes() throws Exception {
        String big = "z".repeat(700_000);
        start(answeringOnce("HTTP/1.1 200 OK\r\nX-Big: " + big + "\r\nContent-Length: 2\r\n\r\nok"));

        Call call = edge.get("/");

        assertThat(call.originFields().get(0)).hasSize(7 + big.length());
        assertThat(call.body()).isEqualTo("ok");
    }

    @Test
    void folded_lineOfOrigin_isOneValue() throws Exception {
        start(answering("HTTP/1.1 200 OK\r\nX-Fold: a\r\n  b\r\nContent-Length: 2\r\n\r\nok"));

        assertThat(edge.get("/").originFields()).containsExactly("X-Fold: a    b", "Content-Length: 2");
    }

    // --- 6.4 errors ---

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage\r\n\r\n",
                "HTTP/1.1 99 Too low\r\n\r\n",
                "HTTP/2 200\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
                "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 1x\r\n\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX-Nul: a\u0000b\r\n\r\n",
                "HTTP/1.1 200 OK\r\nX-Cr: a\rb\r\n\r\n",
                "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"
            })
    void origin_answersGarbageOrCloses_is502OfTheConnector(String response) throws Exception {
        start(answeringOnce(response));

        Call call = edge.get("/closed");

        assertThat(call.status()).isEqualTo(502);
        assertThat(call.meta()).isEqualTo("{\"src\":\"cloudflared\"}");
        assertThat(call.head().get("content-length")).hasToString("0");
        assertThat(call.head().get("cf-cloudflared-response-headers")).isNull();
        assertThat(call.headEnded()).isTrue();
        assertThat(edge.outcomes.poll(10, TimeUnit.SECONDS).error()).isNotNull();
    }

    @Test
    void origin_refusesConnection_is502() throws Exception {
        origin = new ScriptedOrigin(answering(OK));
        try (Socket bound = ScriptedOrigin.refusing()) {
            edge = new ScriptedEdge(Origin.http("127.0.0.1", bound.getLocalPort()));

            assertThat(edge.get("/").status()).isEqualTo(502);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\npart",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npartX\r\n0\r\n\r\n",
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n"
            })
    void origin_breaksOffInsideBody_isReset(String response) throws Exception {
        start(answeringOnce(response));

        Call call = edge.get("/abort");

        assertThat(call.end()).isEqualTo("reset 2");
        assertThat(edge.outcomes.poll(10, TimeUnit.SECONDS).error()).isNotNull();
    }

    @Test
    void origin_saysLengthAndChunked_chunkedWinsAndConnectionIsNotReused() throws Exception {
        start(answering(
                "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"));

        Call call = edge.get("/");
        assertThat(call.body()).isEqualTo("ok");
        assertThat(call.originFields()).isEmpty();
        assertThat(call.head().get("content-length")).isNull();
        assertThat(edge.get("/").body()).isEqualTo("ok");

        assertThat(origin.accepted()).isEqualTo(2);
    }

    // --- Connections ---

    @Test
    void connection_isKeptForTheNextRequest() throws Exception {
        start(answering(OK));

        for (int i = 0; i < 20; i++) {
            assertThat(edge.get("/" + i).body()).isEqualTo("ok");
        }

        assertThat(origin.accepted()).isEqualTo(1);
    }

    @Test
    void connection_closedByOriginWhenReused_requestIsRetriedOnce() throws Exception {
        start(connection -> {
            connection.readHead();
            connection.write(OK);
            if (connection.number() == 1) {
                // Reads the second request and closes without a byte of an answer.
                connection.readHead();
            } else {
                connection.awaitClose();
            }
        });

        assertThat(edge.get("/1").body()).isEqualTo("ok");
        assertThat(edge.get("/2").body()).isEqualTo("ok");

        assertThat(origin.accepted()).isEqualTo(2);
    }

    @Test
    void connection_closedByOriginWhenReused_postIsNotRepeated() throws Exception {
        start(connection -> {
            connection.readHead();
            connection.write(OK);
            connection.readHead();
        });

        assertThat(edge.get("/1").body()).isEqualTo("ok");
        assertThat(edge.post(head("POST", "/2", "content-length", "1"), "x").status())
                .isEqualTo(502);

        assertThat(origin.accepted()).isEqualTo(1);
    }

    @Test
    void connection_withBytesAfterTheResponse_isNotReused() throws Exception {
        start(answering(OK + "HTTP/1.1 200 smuggled\r\nContent-Length: 0\r\n\r\n"));

        assertThat(edge.get("/1").body()).isEqualTo("ok");
        assertThat(edge.get("/2").body()).isEqualTo("ok");

        assertThat(origin.accepted()).isEqualTo(2);
    }

    @Test
    void response_beforeUploadEnds_endsStreamAndConnection() throws Exception {
        start(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
            connection.awaitClose();
        });

        Call call = edge.open(head("POST", "/", "content-length", "1000000"), false);
        call.send("begin", false);

        assertThat(call.status()).isEqualTo(413);
        assertThat(call.body()).isEqualTo("no");
        assertThat(call.nextEvent()).isEqualTo("413");
        assertThat(call.nextEvent()).isEqualTo("data 2");
        assertThat(call.nextEvent()).isEqualTo("end");
        assertThat(call.nextEvent()).isEqualTo("reset 0");
        assertThat(edge.get("/").status()).isEqualTo(413);
        assertThat(origin.accepted()).isEqualTo(2);
    }

    @Test
    void response_thenOriginResets_whileUploading_isDelivered() throws Exception {
        start(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
        });

        Call call = edge.open(head("POST", "/", "content-length", "4000000"), false);
        for (int i = 0; i < 20; i++) {
            call.sendBytes(new byte[50_000], false);
        }

        assertThat(call.status()).isEqualTo(413);
    }

    @Test
    void edge_resets_originRequestIsAborted() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        start(connection -> {
            heads.add(connection.readHead());
            connection.awaitClose();
            closed.countDown();
        });

        Call call = edge.get("/slow");
        nextHead();
        call.reset(8);

        assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void upload_toStalledOrigin_isHeldBackByCredit() throws Exception {
        // More than the largest window and the sockets' buffers together take.
        int bytes = 40_000_000;
        CountDownLatch go = new CountDownLatch(1);
        start(connection -> {
            connection.readHead();
            go.await(10, TimeUnit.SECONDS);
            long read = connection.in().readNBytes(bytes).length;
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n" + read);
        });

        Call call = edge.open(head("PUT", "/", "content-length", String.valueOf(bytes)), false);
        for (int i = 0; i < bytes / 100_000; i++) {
            call.sendBytes(new byte[100_000], i == bytes / 100_000 - 1);
        }
        Awaitility.await().until(() -> !call.stream().isWritable());
        go.countDown();

        assertThat(call.body()).isEqualTo(String.valueOf(bytes));
    }

    @Test
    void download_toStalledEyeball_stopsReadingTheOrigin() throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        byte[] block = new byte[1 << 20];
        start(connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: " + 64L * block.length + "\r\n\r\n");
            for (int i = 0; i < 64; i++) {
                connection.out().write(block);
            }
            done.countDown();
            connection.awaitClose();
        });

        Call call = edge.open(head("GET", "/"), true);
        call.holdCredit();
        call.head();
        assertThat(done.await(1, TimeUnit.SECONDS)).isFalse();
        call.giveHeldCredit();

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.bytes()).isEqualTo(64L * block.length);
    }

    @Test
    void unconfigured_is503OfTheOrigin() throws Exception {
        origin = new ScriptedOrigin(answering(OK));
        edge = new ScriptedEdge(Ingress.empty(), config -> {});

        Call call = edge.get("/");

        assertThat(call.status()).isEqualTo(503);
        assertThat(call.meta()).isEqualTo("{\"src\":\"origin\"}");
        assertThat(call.end()).isEqualTo("end");
    }
}
