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
        ScriptedConnector.Seen seen = connector.requests.poll(50, TimeUnit.MILLISECONDS);
        // Another test's request may still be on its way.
        assertThat(seen == null || seen.path().equals("/endless") || seen.path().equals("/after"))
                .isTrue();
    }

    private static String unescape(String text) {
        return text.replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0")
                .replace("\\x0b", "\u000b")
                .replace("\\xa0", "\u00a0");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "CL.TE|Content-Length: 5\\r\\nTransfer-Encoding: chunked",
                "TE.CL|Transfer-Encoding: chunked\\r\\nContent-Length: 5",
                "CL.CL, different|Content-Length: 5\\r\\nContent-Length: 6",
                "CL.CL, equal|Content-Length: 5\\r\\nContent-Length: 5",
                "CL list, equal|Content-Length: 5, 5",
                "CL list, different|Content-Length: 5,6",
                "CL with a sign|Content-Length: +5",
                "CL below zero|Content-Length: -1",
                "CL in hexadecimal|Content-Length: 0x5",
                "CL with an exponent|Content-Length: 1e1",
                "CL behind it a vertical tab|Content-Length: 5\\x0b",
                "CL empty|Content-Length:",
                "CL beyond 64 bits|Content-Length: 99999999999999999999",
                "CL, space before the colon|Content-Length : 5",
                "TE, space before the colon|Transfer-Encoding : chunked",
                "TE, tab before the colon|Transfer-Encoding\\t: chunked",
                "TE, vertical tab before the colon|Transfer-Encoding\\x0b: chunked",
                "TE, space before the name|` Transfer-Encoding: chunked`",
                "TE, space within the name|Transfer Encoding: chunked",
                "TE, NUL behind the name|Transfer-Encoding\\0: chunked",
                "TE in an obs-fold|X: y\\r\\n Transfer-Encoding: chunked",
                "TE value in an obs-fold|Transfer-Encoding:\\r\\n chunked",
                "obs-fold by a tab|X: y\\r\\n\\tfolded",
                "TE value behind a vertical tab|Transfer-Encoding: \\x0bchunked",
                "TE behind a bare LF|X: y\\nTransfer-Encoding: chunked",
                "TE behind a bare CR|X: y\\rTransfer-Encoding: chunked",
                "CR CR LF|X: y\\r\\r\\nZ: 1",
                "NUL in a value|X: y\\0z",
                "name empty|: empty-name",
                "no colon|no-colon",
                "TE.TE, equal|Transfer-Encoding: chunked\\r\\nTransfer-Encoding: chunked",
                "TE.TE, different|Transfer-Encoding: chunked\\r\\nTransfer-Encoding: identity",
                "TE.TE, the second obfuscated|Transfer-Encoding: chunked\\r\\nTransfer-encoding: x",
                "two hosts|Host: other.localhost",
                "two equal hosts|Host: app.localhost",
            })
    void field_ambiguous_refusedWith400(String name, String field) throws Exception {
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
                "Transfer-Encoding: chunked,",
                "Transfer-Encoding: ,chunked",
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
                "5;a=\"\\nx\"\\r\\nhello\\r\\n",
                "5;a\\0\\r\\nhello\\r\\n",
                "5\\r\\r\\nhello\\r\\n",
                "5_\\r\\nhello\\r\\n",
                "00000000000000000000000000000000005\\r\\nhello\\r\\n",
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

    /** CL.0: a connector that answers without looking at the body leaves nothing behind that could be taken for a request. */
    @Test
    void cl0_bodyNobodyReads_isNotTakenForARequest() throws Exception {
        connector.responding(seen -> seen.respond(200, "at once"));
        try (RawHttp client = client()) {
            client.send("POST /ignores-bodies HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: " + NEXT.length()
                    + "\r\n\r\n");
            assertThat(client.response().text()).isEqualTo("at once");
            try {
                client.send(NEXT + "GET /after HTTP/1.1\r\nHost: app.localhost\r\n\r\n");
                client.response();
            } catch (java.io.IOException closed) {
                // As good as an answer to /after.
            }
        }

        assertThat(connector.nextRequest().path()).isEqualTo("/ignores-bodies");
        ScriptedConnector.Seen next = connector.requests.poll(200, TimeUnit.MILLISECONDS);
        assertThat(next == null || next.path().equals("/after")).isTrue();
    }

    @Test
    void chunkExtension_endless_connectionEnds() throws Exception {
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            client.send("POST /endless HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n5;"
                    + "x".repeat(100_000) + "\r\nhello\r\n0\r\n\r\n");

            assertThat(client.response().status()).isEqualTo(400);
            assertThat(client.isEnded()).isTrue();
        } finally {
            connector.responding(seen -> seen.respond(200, ""));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Transfer-Encoding: chunked",
                "Content-Length: 3",
                "Host: other.localhost",
                "Cf-Access-Jwt-Assertion: x"
            })
    void trailer_thatWouldBeAHeader_removed(String trailer) throws Exception {
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + trailer
                    + "\r\nX-Kept: 1\r\n\r\n");
            ScriptedConnector.Seen seen = connector.nextRequest();
            while (!seen.event().equals("trailers")) {
                // Until they are there.
            }

            String name = trailer.substring(0, trailer.indexOf(':')).toLowerCase(java.util.Locale.ROOT);
            assertThat(seen.trailers.contains(name)).isFalse();
            assertThat(seen.trailers.get("x-kept")).hasToString("1");
            seen.respond(200, "");
        } finally {
            connector.responding(seen -> seen.respond(200, ""));
        }
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
