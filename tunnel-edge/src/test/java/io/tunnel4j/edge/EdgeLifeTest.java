package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WireException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Starting, draining, closing; the ports beside HTTPS; what listeners hear. */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class EdgeLifeTest {
    private static RawHttp client(EdgeFixture fixture) throws Exception {
        return RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST);
    }

    @Test
    void drain_requestUnderWay_finishesIt() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector();
                RawHttp client = client(fixture);
                RawHttp idle = client(fixture)) {
            connector.responding(seen -> {});
            client.get("/slow");
            ScriptedConnector.Seen running = connector.nextRequest();
            CompletableFuture<TunnelEdge.DrainReport> drained =
                    fixture.edge.drain(Duration.ofSeconds(20)).toCompletableFuture();
            assertThat(idle.isEnded()).isTrue();
            running.respond(200, "in time");

            RawHttp.Response response = client.response();
            assertThat(response.text()).isEqualTo("in time");
            TunnelEdge.DrainReport report = drained.get(20, TimeUnit.SECONDS);
            assertThat(report.finished()).isEqualTo(1);
            assertThat(report.cut()).isZero();
            assertThat(connector.awaitClosed(10)).isTrue();
        }
    }

    @Test
    void drain_requestThatDoesNotEnd_cutAtTheDeadline() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector();
                RawHttp client = client(fixture)) {
            connector.responding(seen -> {});
            client.get("/endless");
            connector.nextRequest();

            TunnelEdge.DrainReport report = fixture.edge
                    .drain(Duration.ofMillis(300))
                    .toCompletableFuture()
                    .get(20, TimeUnit.SECONDS);

            assertThat(report.cut()).isEqualTo(1);
            assertThat(report.elapsed()).isBetween(Duration.ofMillis(300), Duration.ofSeconds(10));
        }
    }

    @Test
    void start_portTaken_failsAndLeavesNothingOpen() throws Exception {
        DevelopmentAuthority authority = DevelopmentAuthority.create();
        try (ServerSocket taken = new ServerSocket(0, 1, EdgeFixture.any().getAddress());
                TunnelEdge edge = TunnelEdge.builder()
                        .https(EdgeFixture.any(), authority.certificates())
                        .connectors(
                                new java.net.InetSocketAddress(taken.getInetAddress(), taken.getLocalPort()),
                                authority.certificates())
                        .build()) {
            CompletableFuture<Void> started = edge.start().toCompletableFuture();

            assertThatThrownBy(started::join)
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(TunnelException.class)
                    .hasMessageContaining(Integer.toString(taken.getLocalPort()));
        }
    }

    @Test
    void lifecycle_startTwiceOrAfterClose_illegalState() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture()) {
            assertThatThrownBy(fixture.edge::start).isInstanceOf(IllegalStateException.class);
            fixture.edge.close();
            fixture.edge.close();
            assertThatThrownBy(fixture.edge::start).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void plainHttp_anyRequest_redirectedToHttps() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.http(EdgeFixture.any()));
                RawHttp client = RawHttp.plain(fixture.edge.httpAddress())) {
            client.send("POST /form?a=b HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 1\r\n\r\nx");
            RawHttp.Response response = client.response();

            assertThat(response.status()).isEqualTo(308);
            assertThat(response.head().field("location"))
                    .hasValue("https://app.localhost:"
                            + fixture.edge.httpsAddress().getPort() + "/form?a=b");
        }
    }

    @Test
    void metrics_afterRequests_countThem() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.metrics(EdgeFixture.any()));
                ScriptedConnector connector = fixture.connector();
                RawHttp client = client(fixture)) {
            connector.responding(seen -> seen.respond(200, "12345"));
            client.get("/").response();
            client.get("/").response();

            Awaitility.await().untilAsserted(() -> {
                try (RawHttp metrics = RawHttp.plain(fixture.edge.metricsAddress())) {
                    String text = metrics.send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .response()
                            .text();
                    assertThat(text)
                            .contains("# TYPE tunnel_edge_requests_total counter\ntunnel_edge_requests_total 2\n")
                            .contains("tunnel_edge_response_bytes_total 10\n")
                            .contains("tunnel_edge_responses_total{class=\"2xx\"} 2\n")
                            .contains("tunnel_edge_connector_connections 1\n")
                            .contains("tunnel_edge_tunnel_connections{tunnel=\"" + ScriptedConnector.TUNNEL_ID
                                    + "\"} 1\n");
                }
            });
            try (RawHttp ready = RawHttp.plain(fixture.edge.metricsAddress())) {
                assertThat(ready.send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .response()
                                .status())
                        .isEqualTo(200);
            }
        }
    }

    @Test
    void listener_connectorAndRequest_heard() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        List<RequestEvent> requests = new CopyOnWriteArrayList<>();
        EdgeListener listener = new EdgeListener() {
            @Override
            public void connectorJoined(ConnectorEvent connector) {
                heard.add("joined " + connector.version());
            }

            @Override
            public void connectorLeft(ConnectorEvent connector, String reason) {
                heard.add("left");
            }

            @Override
            public void requestEnded(RequestEvent request) {
                requests.add(request);
            }
        };
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.listener(listener))) {
            try (ScriptedConnector connector = fixture.connector();
                    RawHttp client = client(fixture)) {
                connector.responding(seen -> seen.respond(201, "123"));
                client.send("POST /p?secret=1 HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 2\r\n\r\nab")
                        .response();
                Awaitility.await().until(() -> requests.size() == 1);
            }
            Awaitility.await().until(() -> heard.contains("left"));

            assertThat(heard).containsExactly("joined 2026.8.2", "left");
            RequestEvent event = requests.get(0);
            assertThat(event.target()).isEqualTo(new RequestEvent.Target("POST", "app.localhost", "/p"));
            assertThat(event.result().status()).isEqualTo(201);
            assertThat(event.result().outcome()).isEqualTo(RequestEvent.Outcome.COMPLETE);
            assertThat(event.result().requestBytes()).isEqualTo(2);
            assertThat(event.result().responseBytes()).isEqualTo(3);
            assertThat(event.tunnelId()).hasToString(ScriptedConnector.TUNNEL_ID);
            assertThat(event.toString()).doesNotContain("secret");
        }
    }

    @Test
    void tcp_bytesOfAClient_travelInWebSocketMessages() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.tcp(EdgeFixture.any(), EdgeFixture.HOST));
                ScriptedConnector connector = fixture.connector()) {
            connector.responding(seen -> {});
            try (Socket client = new Socket(
                    fixture.edge.tcpAddress(EdgeFixture.HOST).getAddress(),
                    fixture.edge.tcpAddress(EdgeFixture.HOST).getPort())) {
                client.setSoTimeout(30_000);
                client.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));
                ScriptedConnector.Seen seen = connector.nextRequest();
                assertThat(seen.header("cf-cloudflared-proxy-connection-upgrade"))
                        .isEqualTo("websocket");
                assertThat(seen.header("cf-connecting-ip")).isEqualTo("127.0.0.1");
                seen.raw(
                        new io.netty.handler.codec.http2.DefaultHttp2Headers()
                                .status("200")
                                .add("cf-cloudflared-response-meta", "{\"src\":\"origin\"}")
                                .add(
                                        "cf-cloudflared-response-headers",
                                        ScriptedConnector.serialise(-1, "Sec-Websocket-Accept", "x")),
                        false);
                Awaitility.await().until(() -> payload(seen).equals("hello"));
                // Header and payload in separate DATA frames, as the reference sends them.
                seen.data("\u0082\u0007", false);
                seen.data("over-ws", true);

                assertThat(new String(client.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .isEqualTo("over-ws");
            }
        }
    }

    private static String payload(ScriptedConnector.Seen seen) throws WireException {
        StringBuilder payload = new StringBuilder();
        WebSocketDecoder decoder = new WebSocketDecoder(true, new WebSocketDecoder.Sink() {
            @Override
            public void data(int opcode, io.netty.buffer.ByteBuf data, boolean endOfMessage) {
                payload.append(data.toString(StandardCharsets.US_ASCII));
                data.release();
            }

            @Override
            public void ping(byte[] data) {}

            @Override
            public void pong(byte[] data) {}

            @Override
            public void close(int code, byte[] reason) {}
        });
        decoder.decode(seen.body.copy());
        return payload.toString();
    }

    @Test
    void certificates_filesChange_readAgain(@TempDir Path directory) throws Exception {
        DevelopmentAuthority first = DevelopmentAuthority.in(directory.resolve("a"));
        DevelopmentAuthority again = DevelopmentAuthority.in(directory.resolve("a"));

        assertThat(again.certificatePem()).isEqualTo(first.certificatePem());
        assertThat(Files.getPosixFilePermissions(directory.resolve("a").resolve("ca-key.pem")))
                .hasSize(2);
        Path chain = directory.resolve("chain.pem");
        Path key = directory.resolve("key.pem");
        DevelopmentAuthority other = DevelopmentAuthority.create();
        write(first, chain, key);
        EdgeCertificates certificates = EdgeCertificates.pem(chain, key);
        assertThat(issuer(certificates)).isEqualTo(first.certificate().getPublicKey());
        assertThat(certificates.source().refresh()).isFalse();

        write(other, chain, key);
        Files.setLastModifiedTime(chain, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
        assertThat(certificates.source().refresh()).isTrue();
        assertThat(issuer(certificates)).isEqualTo(other.certificate().getPublicKey());

        Files.writeString(key, "rubbish");
        assertThatThrownBy(() -> certificates.source().refresh())
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("key.pem");
        assertThat(issuer(certificates)).isEqualTo(other.certificate().getPublicKey());
    }

    @Test
    void certificates_ofARunningEdge_chosenByNameAndReadAgain(@TempDir Path directory) throws Exception {
        DevelopmentAuthority one = DevelopmentAuthority.create();
        DevelopmentAuthority two = DevelopmentAuthority.create();
        DevelopmentAuthority renewed = DevelopmentAuthority.create();
        Path chainOne = directory.resolve("one.pem");
        Path keyOne = directory.resolve("one.key");
        Path chainTwo = directory.resolve("two.pem");
        Path keyTwo = directory.resolve("two.key");
        write(one, "one.example.test", chainOne, keyOne);
        write(two, "two.example.test", chainTwo, keyTwo);
        Map<Path, Path> files = new LinkedHashMap<>(Map.of(chainOne, keyOne, chainTwo, keyTwo));
        try (TunnelEdge edge = TunnelEdge.builder()
                .https(EdgeFixture.any(), EdgeCertificates.pem(files))
                .settings(settings -> settings.certificateCheck = Duration.ofMillis(100))
                .build()) {
            edge.start().toCompletableFuture().get(30, TimeUnit.SECONDS);

            RawHttp.tls(edge.httpsAddress(), one.certificate(), "one.example.test")
                    .close();
            RawHttp.tls(edge.httpsAddress(), two.certificate(), "two.example.test")
                    .close();
            assertThatThrownBy(() -> RawHttp.tls(edge.httpsAddress(), one.certificate(), "two.example.test"))
                    .isInstanceOf(javax.net.ssl.SSLException.class);

            write(renewed, "one.example.test", chainOne, keyOne);
            Files.setLastModifiedTime(chainOne, java.nio.file.attribute.FileTime.fromMillis(1_000_000));
            Awaitility.await()
                    .atMost(Duration.ofSeconds(30))
                    .ignoreExceptions()
                    .untilAsserted(() -> RawHttp.tls(edge.httpsAddress(), renewed.certificate(), "one.example.test")
                            .close());
        }
    }

    @Test
    void ready_whileDraining_503UntilItIsOver() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture(builder -> builder.metrics(EdgeFixture.any()));
                ScriptedConnector connector = fixture.connector();
                RawHttp client = client(fixture);
                RawHttp balancer = RawHttp.plain(fixture.edge.metricsAddress())) {
            connector.responding(seen -> {});
            client.get("/slow");
            ScriptedConnector.Seen running = connector.nextRequest();
            assertThat(ready(balancer)).isEqualTo(200);
            CompletableFuture<TunnelEdge.DrainReport> drained =
                    fixture.edge.drain(Duration.ofSeconds(60)).toCompletableFuture();

            assertThat(ready(balancer)).isEqualTo(503);
            running.respond(200, "in time");
            assertThat(client.response().text()).isEqualTo("in time");
            drained.get(60, TimeUnit.SECONDS);
        }
    }

    private static int ready(RawHttp balancer) throws Exception {
        return balancer.send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n")
                .response()
                .status();
    }

    private static Object issuer(EdgeCertificates certificates) throws Exception {
        java.security.cert.X509Certificate leaf =
                certificates.source().find("localhost").chain().get(0);
        return TRUSTED.stream()
                .filter(ca -> signed(leaf, ca))
                .findFirst()
                .map(ca -> (Object) ca.certificate().getPublicKey())
                .orElse("nobody");
    }

    private static final List<DevelopmentAuthority> TRUSTED = new CopyOnWriteArrayList<>();

    private static boolean signed(java.security.cert.X509Certificate leaf, DevelopmentAuthority ca) {
        try {
            leaf.verify(ca.certificate().getPublicKey());
            return true;
        } catch (java.security.GeneralSecurityException e) {
            return false;
        }
    }

    private static void write(DevelopmentAuthority authority, Path chain, Path key) throws Exception {
        write(authority, "localhost", chain, key);
    }

    private static void write(DevelopmentAuthority authority, String name, Path chain, Path key) throws Exception {
        TRUSTED.add(authority);
        KeyedChain made = authority.certificates().source().find(name);
        java.util.Base64.Encoder encoder = java.util.Base64.getMimeEncoder(64, new byte[] {'\n'});
        StringBuilder pem = new StringBuilder();
        for (java.security.cert.X509Certificate certificate : made.chain()) {
            pem.append("-----BEGIN CERTIFICATE-----\n")
                    .append(encoder.encodeToString(certificate.getEncoded()))
                    .append("\n-----END CERTIFICATE-----\n");
        }
        Files.writeString(chain, pem);
        Files.writeString(
                key,
                "-----BEGIN PRIVATE KEY-----\n"
                        + encoder.encodeToString(made.key().getEncoded()) + "\n-----END PRIVATE KEY-----\n");
    }

    @Test
    void remoteConfiguration_changed_pushedWithTheNextVersionAndOutcomeRecorded() throws Exception {
        try (EdgeFixture fixture = new EdgeFixture()) {
            fixture.edge.tunnels().configure(EdgeFixture.CREDENTIALS.tunnelId(), "{\"ingress\":[1]}");
            try (ScriptedConnector connector = fixture.connector("success-remotely-managed")) {
                List<String> pushed = new CopyOnWriteArrayList<>();
                connector.responding(seen -> {});
                ScriptedConnector.Seen first = connector.nextRequest();
                while (!first.event().endsWith("end")) {
                    // Until the body is whole.
                }
                pushed.add(first.bodyText());
                first.raw(new io.netty.handler.codec.http2.DefaultHttp2Headers().status("200"), false);
                first.data("{\"lastAppliedVersion\":0,\"err\":null}", true);

                fixture.edge.tunnels().configure(EdgeFixture.CREDENTIALS.tunnelId(), "{\"ingress\":[2]}");
                ScriptedConnector.Seen second = connector.nextRequest();
                while (!second.event().endsWith("end")) {
                    // Until the body is whole.
                }
                pushed.add(second.bodyText());
                second.raw(new io.netty.handler.codec.http2.DefaultHttp2Headers().status("200"), false);
                second.data("{\"lastAppliedVersion\":0,\"err\":{}}", true);

                assertThat(pushed)
                        .containsExactly(
                                "{\"version\":0,\"config\":{\"ingress\":[1]}}",
                                "{\"version\":1,\"config\":{\"ingress\":[2]}}");
                Awaitility.await()
                        .until(() -> "{}"
                                .equals(fixture.edge
                                        .operations()
                                        .connections()
                                        .connections()
                                        .get(0)
                                        .configurationError()));
                assertThat(fixture.edge
                                .operations()
                                .connections()
                                .connections()
                                .get(0)
                                .configurationVersion())
                        .isZero();
                assertThat(fixture.edge.operations().errors().newest(10).toString())
                        .contains("configuration 1 refused");
            }
        }
    }
}
