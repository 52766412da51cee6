package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits in time and number, and whose word about the client's address counts. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class ProtectionTest {
    private static EdgeFixture fixture;
    private static ScriptedConnector connector;

    @BeforeAll
    static void start() throws Exception {
        fixture = new EdgeFixture(builder -> builder.limits(EdgeLimits.builder()
                .requestHeadTimeout(Duration.ofMillis(1500))
                .keepAliveTimeout(Duration.ofSeconds(3))
                .firstByteTimeout(Duration.ofMillis(1500))
                .idleTimeout(Duration.ofMillis(1500))
                .build()));
        connector = fixture.connector();
    }

    @AfterAll
    static void stop() throws Exception {
        connector.close();
        fixture.close();
    }

    private static RawHttp client() throws Exception {
        return client(fixture);
    }

    private static RawHttp client(EdgeFixture of) throws Exception {
        return RawHttp.tls(of.edge.httpsAddress(), of.authority.certificate(), EdgeFixture.HOST);
    }

    @Test
    void head_tooSlow_connectionClosed() throws Exception {
        try (RawHttp client = client()) {
            client.send("GET / HTTP/1.1\r\nHost: app.");

            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void handshake_neverBegun_connectionClosed() throws Exception {
        try (Socket socket = new Socket(
                fixture.edge.httpsAddress().getAddress(),
                fixture.edge.httpsAddress().getPort())) {
            socket.setSoTimeout(30_000);

            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void response_neverBegins_504AndStreamCancelled() throws Exception {
        connector.requests.clear();
        connector.responding(seen -> {});
        try (RawHttp client = client()) {
            assertThat(client.get("/").response().status()).isEqualTo(504);
        }
        assertThat(connector.nextRequest().event()).startsWith("reset");
    }

    @Test
    void response_stopsInTheMiddle_connectionEndsWithoutLookingComplete() throws Exception {
        connector.responding(seen -> {
            seen.head(200, -1);
            seen.data("first", false);
        });
        try (RawHttp client = client()) {
            client.get("/");

            assertThatThrownBy(client::response).isInstanceOf(IOException.class);
        }
    }

    /** The response comes before the request's end; when it is all on its way, the client still needs seconds to take it. */
    @Test
    void response_takenSlowlyWhileTheRequestIsUnwanted_arrivesWhole() throws Exception {
        String body = "x".repeat(1_000_000);
        connector.responding(seen -> seen.respond(200, body));
        try (Socket socket = RawHttp.tlsSocket(
                fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST, "http/1.1")) {
            socket.setSoTimeout(30_000);
            socket.setReceiveBufferSize(16 << 10);
            String request =
                    "POST / HTTP/1.1\r\nHost: " + EdgeFixture.HOST + "\r\nContent-Length: 100\r\n\r\nonly this";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] buffer = new byte[16 << 10];
            long received = 0;
            for (int n = 0; n >= 0; n = socket.getInputStream().read(buffer)) {
                received += n;
                // Slower than a connection's queue empties within the time given to what nobody reads.
                TimeUnit.MILLISECONDS.sleep(received < 400_000 ? 0 : n / 160);
            }

            assertThat(received).isGreaterThan(body.length());
        }
    }

    @Test
    void keepAlive_nothingComes_connectionClosed() throws Exception {
        connector.responding(seen -> seen.respond(200, "ok"));
        try (RawHttp client = client()) {
            client.get("/").response();

            assertThat(client.isEnded()).isTrue();
        }
    }

    @Test
    void rate_overTheLimit_429() throws Exception {
        try (EdgeFixture limited = new EdgeFixture(builder ->
                        builder.limits(EdgeLimits.builder().requestRate(1, 3).build()));
                ScriptedConnector serving = limited.connector();
                RawHttp client = client(limited)) {
            serving.responding(seen -> seen.respond(200, "ok"));
            int refused = 0;
            for (int i = 0; i < 20; i++) {
                refused += client.get("/").response().status() == 429 ? 1 : 0;
            }

            assertThat(refused).isBetween(10, 17);
        }
    }

    @Test
    void connections_moreThanAllowedPerAddress_closed() throws Exception {
        try (EdgeFixture limited = new EdgeFixture(builder -> builder.limits(
                        EdgeLimits.builder().maxConnections(100, 2).build()));
                RawHttp first = client(limited);
                RawHttp second = client(limited)) {
            assertThatThrownBy(() -> client(limited)).isInstanceOf(IOException.class);
            assertThat(first.get("/").response().status()).isEqualTo(530);
            second.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1", "v2"})
    void proxyProtocol_fromATrustedProxy_namesTheClient(String version) throws Exception {
        try (EdgeFixture proxied = new EdgeFixture(builder ->
                        builder.trustedProxies(List.of("127.0.0.0/8")).proxyProtocol());
                ScriptedConnector serving = proxied.connector()) {
            Socket plain = new Socket(
                    proxied.edge.httpsAddress().getAddress(),
                    proxied.edge.httpsAddress().getPort());
            plain.getOutputStream().write(version.equals("v1") ? v1() : v2());
            try (RawHttp client = RawHttp.over(
                    RawHttp.tlsOver(plain, proxied.authority.certificate(), EdgeFixture.HOST, "http/1.1"))) {
                assertThat(client.get("/").response().status()).isEqualTo(200);
            }

            ScriptedConnector.Seen seen = serving.nextRequest();
            assertThat(seen.header("cf-connecting-ip")).isEqualTo("203.0.113.7");
            assertThat(seen.header("x-forwarded-for")).isEqualTo("203.0.113.7");
        }
    }

    private static byte[] v1() {
        return "PROXY TCP4 203.0.113.7 192.0.2.1 56324 443\r\n".getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] v2() {
        return ByteBuffer.allocate(28 + 4)
                .put(new byte[] {0x0d, 0x0a, 0x0d, 0x0a, 0, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a, 0x21, 0x11, 0, 16
                })
                .put(new byte[] {(byte) 203, 0, 113, 7, (byte) 192, 0, 2, 1, 1, 2, 1, (byte) 0xbb})
                .put(new byte[] {4, 0, 1, 0})
                .array();
    }

    @Test
    void proxyProtocol_missing_connectionClosed() throws Exception {
        try (EdgeFixture proxied = new EdgeFixture(
                builder -> builder.trustedProxies(List.of("127.0.0.1")).proxyProtocol())) {
            assertThatThrownBy(() -> client(proxied)).isInstanceOf(IOException.class);
        }
    }

    @Test
    void proxyProtocol_fromAnAddressThatIsNotTrusted_isNotExpectedAndNotBelieved() throws Exception {
        try (EdgeFixture proxied = new EdgeFixture(
                        builder -> builder.trustedProxies(List.of("10.0.0.0/8")).proxyProtocol());
                ScriptedConnector serving = proxied.connector();
                RawHttp direct = client(proxied)) {
            assertThat(direct.get("/").response().status()).isEqualTo(200);
            assertThat(serving.nextRequest().header("cf-connecting-ip")).isEqualTo("127.0.0.1");

            Socket liar = new Socket(
                    proxied.edge.httpsAddress().getAddress(),
                    proxied.edge.httpsAddress().getPort());
            liar.setSoTimeout(20_000);
            liar.getOutputStream().write(v1());
            assertThatThrownBy(
                            () -> RawHttp.tlsOver(liar, proxied.authority.certificate(), EdgeFixture.HOST, "http/1.1"))
                    .isInstanceOf(IOException.class)
                    .isNotInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    void forwardedFields_fromATrustedProxy_kept() throws Exception {
        try (EdgeFixture proxied =
                        new EdgeFixture(builder -> builder.trustedProxies(List.of("127.0.0.1", "10.0.0.0/8")));
                ScriptedConnector serving = proxied.connector();
                RawHttp client = client(proxied)) {
            client.get(
                            "/",
                            "X-Forwarded-For: 6.6.6.6, 203.0.113.7, 10.1.1.1",
                            "X-Forwarded-Proto: http",
                            "X-Forwarded-Host: www.example.com")
                    .response();

            ScriptedConnector.Seen seen = serving.nextRequest();
            assertThat(seen.header("cf-connecting-ip")).isEqualTo("203.0.113.7");
            assertThat(seen.header("x-forwarded-for")).isEqualTo("6.6.6.6, 203.0.113.7, 10.1.1.1, 127.0.0.1");
            assertThat(seen.header("x-forwarded-proto")).isEqualTo("http");
            assertThat(seen.header("x-forwarded-host")).isEqualTo("www.example.com");
            assertThat(seen.header("cf-visitor")).isEqualTo("{\"scheme\":\"http\"}");
        }
    }

    @Test
    void uploads_connectorGivesNoCredit_clientIsHeldBack() throws Exception {
        try (EdgeFixture patient = new EdgeFixture();
                ScriptedConnector stalled = patient.connector();
                RawHttp client = client(patient)) {
            stalled.responding(seen -> seen.grantsCredit = false);
            client.send("POST /up HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 1000000000\r\n\r\n");
            String text = new String(new byte[1 << 20], StandardCharsets.ISO_8859_1);
            AtomicLong sent = new AtomicLong();
            Thread sending = new Thread(() -> {
                try {
                    while (true) {
                        client.send(text);
                        sent.addAndGet(text.length());
                    }
                } catch (IOException closed) {
                    // The end of the test.
                }
            });
            sending.start();
            // No progress for a while: the client is held back.
            AtomicLong before = new AtomicLong(-1);
            Awaitility.await()
                    .atMost(Duration.ofSeconds(40))
                    .pollInterval(Duration.ofSeconds(1))
                    .until(() -> before.getAndSet(sent.get()) == sent.get());

            // The window of the connector, what the edge may hold for a stream, and what sockets hold on the way.
            if (sent.get() >= 64L << 20) {
                fail("%d octets were taken, and the answer was %s", sent.get(), client.head());
            }
            // Not the client's socket: it waits for the write that is held back.
            patient.close();
            sending.join();
        }
    }
}
