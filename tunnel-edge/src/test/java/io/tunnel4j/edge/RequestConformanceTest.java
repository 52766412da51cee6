package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.testing.LeakCheck;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connector gets of a client's request (protocol document connector-edge §5, §6.1, §12). */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class RequestConformanceTest {
    private static EdgeFixture fixture;
    private static ScriptedConnector connector;

    @BeforeAll
    static void start() throws Exception {
        fixture = new EdgeFixture();
        connector = fixture.connector();
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

    @Test
    void request_plainFields_travelAsHttp2Fields() throws Exception {
        try (RawHttp client = client()) {
            client.get("/a%2Fb?x=%20&y", "User-Agent: test", "X-Mixed-Case: Value", "Accept: */*")
                    .response();
        }

        ScriptedConnector.Seen seen = connector.nextRequest();
        assertThat(seen.head.method()).hasToString("GET");
        assertThat(seen.head.authority()).hasToString(EdgeFixture.HOST);
        assertThat(seen.path()).isEqualTo("/a%2Fb?x=%20&y");
        assertThat(seen.header("user-agent")).isEqualTo("test");
        assertThat(seen.header("x-mixed-case")).isEqualTo("Value");
        assertThat(seen.header("cf-cloudflared-proxy-connection-upgrade")).isNull();
        assertThat(seen.ended).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a|b", "/\"quoted\"", "/%zz", "/r\u00e4w\u00ff", "//double//slash", "/a/./b;x=1", "/a\\b"})
    void request_unusualPath_forwardedByteExact(String path) throws Exception {
        try (RawHttp client = client()) {
            assertThat(client.get(path).response().status()).isEqualTo(200);
        }

        assertThat(connector.nextRequest().path()).isEqualTo(path);
    }

    @Test
    void request_hopByHopFields_removed() throws Exception {
        try (RawHttp client = client()) {
            client.get(
                            "/",
                            "Connection: keep-alive, X-Listed",
                            "X-Listed: 1",
                            "Keep-Alive: timeout=5",
                            "Proxy-Connection: keep-alive",
                            "Upgrade: h2c",
                            "HTTP2-Settings: AAMAAABkAAQAAP__",
                            "TE: trailers, deflate",
                            "X-Kept: yes")
                    .response();
        }

        ScriptedConnector.Seen seen = connector.nextRequest();
        assertThat(seen.head.names())
                .extracting(CharSequence::toString)
                .doesNotContain(
                        "connection",
                        "x-listed",
                        "keep-alive",
                        "proxy-connection",
                        "upgrade",
                        "http2-settings",
                        "host");
        assertThat(seen.header("te")).isEqualTo("trailers");
        assertThat(seen.header("x-kept")).isEqualTo("yes");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Cf-Cloudflared-Proxy-Connection-Upgrade: control-stream",
                "Cf-Cloudflared-Proxy-Src: 1.2.3.4",
                "Cf-Cloudflared-Request-Headers: x",
                "Cf-Access-Jwt-Assertion: forged",
                "Cf-Access-Authenticated-User-Email: root@example.com",
                "Cf-Int-X: 1",
                "Cf-Proxy-X: 1",
                "Cf-Warp-Tag-Id: x",
                "Cf-Trace-Id: a:b:c:1",
                "X-Forwarded-Prefix: /x",
                "Forwarded: for=1.2.3.4",
                "X-Real-Ip: 1.2.3.4",
                "True-Client-Ip: 1.2.3.4",
            })
    void request_fieldOnlyAnEdgeMaySet_removed(String field) throws Exception {
        try (RawHttp client = client()) {
            client.get("/", field).response();
        }

        String name = field.substring(0, field.indexOf(':')).toLowerCase(Locale.ROOT);
        assertThat(connector.nextRequest().header(name)).isNull();
    }

    @Test
    void request_forwardingFieldsOfTheClient_rewritten() throws Exception {
        RawHttp.Response response;
        try (RawHttp client = client()) {
            response = client.get(
                            "/",
                            "X-Forwarded-For: 9.9.9.9",
                            "X-Forwarded-Proto: ftp",
                            "X-Forwarded-Host: evil.example",
                            "Cf-Connecting-Ip: 9.9.9.9",
                            "Cf-Ray: forged",
                            "Cf-Visitor: forged")
                    .response();
        }

        ScriptedConnector.Seen seen = connector.nextRequest();
        assertThat(seen.header("x-forwarded-for")).isEqualTo("127.0.0.1");
        assertThat(seen.header("cf-connecting-ip")).isEqualTo("127.0.0.1");
        assertThat(seen.header("x-forwarded-proto")).isEqualTo("https");
        assertThat(seen.header("x-forwarded-host")).isEqualTo(EdgeFixture.HOST);
        assertThat(seen.header("cf-visitor")).isEqualTo("{\"scheme\":\"https\"}");
        assertThat(seen.header("cf-ray")).matches("[0-9a-f]{16}-TST");
        assertThat(response.head().field("cf-ray")).hasValue(seen.header("cf-ray"));
    }

    @Test
    void request_jumpDestination_kept() throws Exception {
        try (RawHttp client = client()) {
            client.get("/", "Cf-Access-Jump-Destination: db:5432").response();
        }

        assertThat(connector.nextRequest().header("cf-access-jump-destination")).isEqualTo("db:5432");
    }

    @Test
    void requestBody_withLength_keepsTheLength() throws Exception {
        try (RawHttp client = client()) {
            client.send("POST /sink HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 3\r\n\r\na=b")
                    .response();
        }

        ScriptedConnector.Seen seen = connector.nextRequest();
        assertThat(seen.header("content-length")).isEqualTo("3");
        assertThat(seen.event()).isEqualTo("data 3 end");
        assertThat(seen.bodyText()).isEqualTo("a=b");
    }

    @Test
    void requestBody_chunked_hasNoLengthAndTrailers() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            client.send(
                    "POST /sink HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
                            + "4;ext=1\r\nchun\r\n8\r\nked-body\r\n0\r\nX-Sum: 12\r\nContent-Length: 5\r\n\r\n");
            ScriptedConnector.Seen seen = connector.nextRequest();

            assertThat(seen.header("content-length")).isNull();
            assertThat(seen.header("transfer-encoding")).isNull();
            while (!seen.event().equals("trailers")) {
                // DATA frames come in whatever pieces.
            }
            assertThat(seen.bodyText()).isEqualTo("chunked-body");
            assertThat(seen.trailers.get("x-sum")).hasToString("12");
            assertThat(seen.trailers.contains("content-length")).isFalse();
            seen.respond(200, "");
            assertThat(client.response().status()).isEqualTo(200);
        }
    }

    @Test
    void requestBody_contentLengthZero_endsWithTheHead() throws Exception {
        try (RawHttp client = client()) {
            client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 0\r\n\r\n")
                    .response();
        }

        ScriptedConnector.Seen seen = connector.nextRequest();
        assertThat(seen.ended).isTrue();
        assertThat(seen.header("content-length")).isEqualTo("0");
    }
}
