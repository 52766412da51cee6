package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.testing.LeakCheck;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Requests that two implementations could read differently: each is refused, the connection is closed, and nothing of what stands behind it reaches the
 * tunnel. Cases follow the public lists (RFC 9112 §11.2; "HTTP desync attacks" and its successors).
 */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class RequestSmugglingTest {
    private static final String NEXT = "GET /smuggled HTTP/1.1\r\nHost: app.localhost\r\n\r\n";

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
    }

    private static RawHttp client() throws Exception {
        return RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST);
    }

    private static void assertRefused(String request, int status) throws Exception {
        try (RawHttp client = client()) {
            client.send(request);
            RawHttp.Response refusal = client.response();

            assertThat(refusal.status()).isEqualTo(status);
            assertThat(refusal.text()).contains(refusal.head().field("cf-ray").orElseThrow());
            assertThat(client.isEnded()).isTrue();
        }
        assertThat(connector.requests.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    private static String unescape(String text) {
        return text.replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0")
                .replace("\\x0b", "\u000b")
                .replace("\\xa0", "\u00a0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Two lengths, or a length and chunks.
                "Content-Length: 5\\r\\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\\r\\nContent-Length: 5",
                "Content-Length: 5\\r\\nContent-Length: 6",
                "Content-Length: 5\\r\\nContent-Length: 5",
                "Content-Length: 5, 5",
                "Content-Length: 5,6",
                // Lengths that are no digits.
                "Content-Length: +5",
                "Content-Length: -1",
                "Content-Length: 0x5",
                "Content-Length: 1e1",
                "Content-Length: 5\\x0b",
                "Content-Length:",
                "Content-Length: 99999999999999999999",
                // Names that look like another name to somebody.
                "Content-Length : 5",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding\\t: chunked",
                "Transfer-Encoding\\x0b: chunked",
                " Transfer-Encoding: chunked",
                "Transfer Encoding: chunked",
                "Transfer-Encoding\\0: chunked",
                "X: y\\r\\n Transfer-Encoding: chunked",
                "X: y\\r\\n\\tfolded",
                // Line ends that are none.
                "X: y\\nTransfer-Encoding: chunked",
                "X: y\\rTransfer-Encoding: chunked",
                "X: y\\r\\r\\nZ: 1",
                "X: y\\0z",
                ": empty-name",
                "no-colon",
                "Transfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\\r\\nTransfer-Encoding: identity",
                "Host: other.localhost",
            })
    void field_ambiguous_refusedWith400(String field) throws Exception {
        assertRefused("POST / HTTP/1.1\r\nHost: app.localhost\r\n" + unescape(field) + "\r\n\r\n0\r\n\r\n" + NEXT, 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding: chunked, identity",
                "Transfer-Encoding: identity",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding:",
            })
    void transferEncoding_otherThanChunked_refusedWith501(String field) throws Exception {
        assertRefused("POST / HTTP/1.1\r\nHost: app.localhost\r\n" + field + "\r\n\r\n0\r\n\r\n" + NEXT, 501);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "GET  / HTTP/1.1|400",
                "GET /  HTTP/1.1|400",
                "GET\\t/ HTTP/1.1|400",
                "GET /|400",
                "GET / http/1.1|400",
                "GET / HTTP/1.2|505",
                "GET / HTTP/2.0|505",
                "GET / HTTP/01.1|505",
                "G@T / HTTP/1.1|400",
                "GET /a b HTTP/1.1|400",
                "GET /a#f HTTP/1.1|400",
                "GET /a\\0b HTTP/1.1|400",
                "GET noslash HTTP/1.1|400",
                "GET * HTTP/1.1|400",
                "GET https://other.localhost/ HTTP/1.1|400",
                "GET https://app.localhost@other.localhost/ HTTP/1.1|400",
                "GET ftp://app.localhost/ HTTP/1.1|400",
                "CONNECT app.localhost:443 HTTP/1.1|405",
                "GET /../admin HTTP/1.1|400",
                "GET /x/%2e%2E/admin HTTP/1.1|400",
                "GET /x/.%2e/admin HTTP/1.1|400",
                "GET /x/..;/admin HTTP/1.1|400",
                "GET /x/..%2fadmin HTTP/1.1|400",
                "GET /x/..\\\\admin HTTP/1.1|400",
                "GET /x/.. HTTP/1.1|400",
            })
    void requestLine_ambiguous_refused(String line, int status) throws Exception {
        assertRefused(unescape(line.replace("\\\\", "\\")) + "\r\nHost: app.localhost\r\n\r\n" + NEXT, status);
    }

    @Test
    void requestLine_spaceAround_refused() throws Exception {
        assertRefused("GET / HTTP/1.1 \r\nHost: app.localhost\r\n\r\n" + NEXT, 505);
        assertRefused(" GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n" + NEXT, 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "app.localhost:x",
                "app.localhost:99999",
                "app localhost",
                "user@app.localhost",
                "app.localhost/x",
                "[::1",
                "a,b"
            })
    void host_malformed_refusedWith400(String host) throws Exception {
        assertRefused("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n" + NEXT, 400);
    }

    @Test
    void host_missing_refusedWith400() throws Exception {
        assertRefused("GET / HTTP/1.1\r\nX: y\r\n\r\n" + NEXT, 400);
    }

    @Test
    void head_endsWithBareLineFeeds_refusedWith400() throws Exception {
        assertRefused("GET / HTTP/1.1\nHost: app.localhost\n\n" + NEXT, 400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "5;\\nGET\\r\\nhello\\r\\n",
                "0x5\\r\\nhello\\r\\n",
                "+5\\r\\nhello\\r\\n",
                "5 \\r\\nhello\\r\\n",
                " 5\\r\\nhello\\r\\n",
                "5\\nhello\\r\\n",
                "5\\rhello\\r\\n",
                "5\\r\\nhelloXX\\r\\n",
                "5\\r\\nhello\\n0\\r\\n",
                "5\\r\\nhello0\\r\\n\\r\\n",
                "g\\r\\n",
                "\\r\\n",
                "fffffffffffffffff\\r\\n",
                "-5\\r\\nhello\\r\\n",
            })
    void chunk_malformed_connectionEndsAndNothingElseIsServed(String chunk) throws Exception {
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + unescape(chunk)
                    + "0\r\n\r\n" + NEXT);

            assertThat(client.response().status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
        }
        ScriptedConnector.Seen begun = connector.requests.poll(5, TimeUnit.SECONDS);
        if (begun != null) {
            assertThat(begun.path()).isEqualTo("/");
            String event = begun.event();
            while (event.startsWith("data")) {
                assertThat(event).doesNotEndWith("end");
                event = begun.event();
            }
            assertThat(event).startsWith("reset");
        }
        assertThat(connector.requests.poll(50, TimeUnit.MILLISECONDS)).isNull();
        connector.responding(seen -> seen.respond(200, ""));
    }

    @Test
    void body_aRequestInside_isBodyOnly() throws Exception {
        connector.responding(seen -> seen.respond(200, "ok"));
        try (RawHttp client = client()) {
            client.send(
                    "POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: " + NEXT.length() + "\r\n\r\n" + NEXT);

            assertThat(client.response().status()).isEqualTo(200);
        }
        ScriptedConnector.Seen seen = connector.nextRequest();
        assertThat(seen.path()).isEqualTo("/");
        assertThat(connector.requests.poll(50, TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void pipelined_twoRequests_answeredInOrder() throws Exception {
        connector.responding(seen -> seen.respond(200, seen.path()));
        try (RawHttp client = client()) {
            client.send("GET /1 HTTP/1.1\r\nHost: app.localhost\r\n\r\nGET /2 HTTP/1.1\r\nHost: app.localhost\r\n\r\n");

            assertThat(client.response().text()).isEqualTo("/1");
            assertThat(client.response().text()).isEqualTo("/2");
        }
    }

    @Test
    void absoluteForm_sameAuthority_servedAsAPath() throws Exception {
        connector.responding(seen -> seen.respond(200, seen.path()));
        try (RawHttp client = client()) {
            client.send("GET https://app.localhost?q HTTP/1.1\r\nHost: app.localhost\r\n\r\n");

            assertThat(client.response().text()).isEqualTo("/?q");
        }
    }

    @Test
    void head_largerThanTheLimit_431() throws Exception {
        assertRefused("GET / HTTP/1.1\r\nHost: app.localhost\r\nX: " + "a".repeat(70_000) + "\r\n\r\n", 431);
    }

    @Test
    void head_moreFieldsThanAllowed_431() throws Exception {
        assertRefused("GET / HTTP/1.1\r\nHost: app.localhost\r\n" + "X: 1\r\n".repeat(201) + "\r\n", 431);
    }

    @Test
    void emptyLinesBeforeTheRequest_fewTolerated() throws Exception {
        connector.responding(seen -> seen.respond(200, "ok"));
        try (RawHttp client = client()) {
            client.send("\r\nGET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n");

            assertThat(client.response().status()).isEqualTo(200);
        }
        connector.requests.clear();
        assertRefused("\r\n".repeat(3) + "GET / HTTP/1.1\r\nHost: app.localhost\r\n\r\n", 400);
    }
}
