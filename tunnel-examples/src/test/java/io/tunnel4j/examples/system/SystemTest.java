package io.tunnel4j.examples.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What goes wrong between edge, connector and origin, and that the next request works. */
@ExtendWith(LeakCheck.class)
class SystemTest {
    private LoopbackSystem system;

    @BeforeEach
    void start() throws Exception {
        system = new LoopbackSystem();
    }

    @AfterEach
    void stop() {
        system.close();
    }

    private static Ingress page(String text) {
        return Ingress.of(Origin.handler(exchange -> {
            exchange.sendResponseHeaders(200, text.length());
            exchange.getResponseBody().write(text.getBytes(US_ASCII));
            exchange.close();
        }));
    }

    private void assertStartFails(TunnelConnector.Builder builder, TunnelErrorCode expected) {
        try (TunnelConnector connector = builder.retries(1).build()) {
            assertThatThrownBy(() -> connector.start().toCompletableFuture().get(30, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            TunnelException.class, e -> assertThat(e.code()).isEqualTo(expected));
        }
    }

    @Test
    void edgeCertificate_ofAnotherAuthority_isNamedAsUntrusted() {
        assertStartFails(
                TunnelConnector.builder(system.credentials)
                        .edge("127.0.0.1:" + system.edge.connectorsAddress().getPort())
                        .edgeCa(DevelopmentAuthority.create().certificate()),
                TunnelErrorCode.EDGE_UNTRUSTED);
    }

    @Test
    void secret_wrong_isUnauthorizedAndTheRightOneStillWorks() throws Exception {
        TunnelCredentials right = system.credentials;
        String wrong = right.toJson().replace(base64(right.secret()), base64(new byte[32]));

        assertStartFails(
                system.connector(TunnelCredentials.fromJson(wrong), Ingress.empty()), TunnelErrorCode.UNAUTHORIZED);

        try (TunnelConnector connector = system.run(page("here"))) {
            assertThat(connector.isReady()).isTrue();
            assertThat(system.client().get("/")).startsWith("HTTP/1.1 200").endsWith("here");
        }
    }

    private static String base64(byte[] octets) {
        return java.util.Base64.getEncoder().encodeToString(octets);
    }

    @Test
    void edge_unreachable_isNamed_andAnotherAddressServes() throws Exception {
        String nobody = "127.0.0.1:" + unusedPort();
        assertStartFails(
                TunnelConnector.builder(system.credentials).edge(nobody).edgeCa(system.authority.certificate()),
                TunnelErrorCode.EDGE_UNREACHABLE);

        try (TunnelConnector connector =
                system.connector(system.credentials, page("here")).edge(nobody).build()) {
            connector.start().toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(system.client().get("/")).startsWith("HTTP/1.1 200").endsWith("here");
        }
    }

    private static int unusedPort() throws IOException {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @Test
    void tunnel_unknown_isUnauthorized() {
        assertStartFails(
                system.connector(TunnelCredentials.generate(system.credentials.accountTag()), Ingress.empty()),
                TunnelErrorCode.UNAUTHORIZED);
    }

    @Test
    void noConnector_pageSaysSo_andItWorksOnceThereIsOne() throws Exception {
        assertThat(system.client().get("/")).startsWith("HTTP/1.1 530");

        try (TunnelConnector connector = system.run(page("now"))) {
            assertThat(connector.readyConnections()).isPositive();
            assertThat(system.client().get("/")).startsWith("HTTP/1.1 200").endsWith("now");
        }
    }

    @Test
    void origin_down_is502_andTheNextRequestWorks() throws Exception {
        Ingress ingress = Ingress.builder()
                .rule(LoopbackSystem.HOST, "^/down", Origin.http("127.0.0.1", unusedPort()))
                .otherwise(page("up").rules().get(0).origin())
                .build();

        try (TunnelConnector connector = system.run(ingress)) {
            assertThat(system.client().get("/down")).startsWith("HTTP/1.1 502");
            assertThat(system.client().get("/")).startsWith("HTTP/1.1 200").endsWith("up");
            assertThat(connector.isReady()).isTrue();
        }
    }

    @Test
    void origin_stopsInTheMiddleOfABody_clientSeesABrokenResponse() throws Exception {
        try (ServerSocket origin = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                TunnelConnector connector = system.run(Ingress.of(Origin.http("127.0.0.1", origin.getLocalPort())))) {
            Thread server = new Thread(() -> answerHalf(origin), "origin");
            server.setDaemon(true);
            server.start();

            String answer;
            try (SSLSocket socket = system.client().open(HttpsClient.head("GET", "/"))) {
                String head = HttpsClient.readHead(socket.getInputStream());
                answer = head + new String(readUntilEndOrError(socket), US_ASCII);
            }

            assertThat(answer).contains("Content-Length: 100").endsWith("half");
            assertThat(connector.isReady()).isTrue();
        }
    }

    private static byte[] readUntilEndOrError(SSLSocket socket) {
        java.io.ByteArrayOutputStream body = new java.io.ByteArrayOutputStream();
        try {
            for (int octet = socket.getInputStream().read();
                    octet >= 0;
                    octet = socket.getInputStream().read()) {
                body.write(octet);
            }
        } catch (IOException broken) {
            // A reset is as good as an end before the announced length.
        }
        return body.toByteArray();
    }

    private static void answerHalf(ServerSocket origin) {
        try (Socket connection = origin.accept()) {
            HttpsClient.readHead(connection.getInputStream());
            connection.getOutputStream().write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".getBytes(US_ASCII));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void client_goesAwayInTheMiddle_originLearnsIt_andTheNextRequestWorks() throws Exception {
        CountDownLatch noticed = new CountDownLatch(1);
        Ingress ingress = Ingress.of(Origin.handler(exchange -> {
            if (!exchange.getRequestURI().getPath().equals("/endless")) {
                exchange.sendResponseHeaders(200, 2);
                exchange.getResponseBody().write("ok".getBytes(US_ASCII));
                exchange.close();
                return;
            }
            exchange.sendResponseHeaders(200, 0);
            try {
                while (true) {
                    exchange.getResponseBody().write(new byte[16 << 10]);
                }
            } catch (IOException gone) {
                noticed.countDown();
            }
        }));

        try (TunnelConnector connector = system.run(ingress)) {
            try (SSLSocket socket = system.client().open(HttpsClient.head("GET", "/endless"))) {
                assertThat(HttpsClient.readHead(socket.getInputStream())).startsWith("HTTP/1.1 200");
            }

            assertThat(noticed.await(20, TimeUnit.SECONDS)).isTrue();
            assertThat(system.client().get("/")).startsWith("HTTP/1.1 200").endsWith("ok");
            assertThat(connector.isReady()).isTrue();
        }
    }

    @Test
    void connector_drains_requestThatRunsIsFinished() throws Exception {
        CountDownLatch inside = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Ingress ingress = Ingress.of(Origin.handler(exchange -> {
            inside.countDown();
            try {
                mayEnd.await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            exchange.sendResponseHeaders(200, 4);
            exchange.getResponseBody().write("late".getBytes(US_ASCII));
            exchange.close();
        }));

        try (TunnelConnector connector = system.run(ingress);
                SSLSocket socket = system.client().open(HttpsClient.head("GET", "/", "Connection: close"))) {
            assertThat(inside.await(10, TimeUnit.SECONDS)).isTrue();
            var drained = connector.drain(java.time.Duration.ofSeconds(20)).toCompletableFuture();
            mayEnd.countDown();

            assertThat(new String(socket.getInputStream().readAllBytes(), US_ASCII))
                    .endsWith("late");
            assertThat(drained.get(20, TimeUnit.SECONDS).cut()).isZero();
        }
    }

    @Test
    void forwarder_twoHundredConnectionsAtOnce_eachGetsItsOwnBytes() throws Exception {
        try (EchoOrigin echo = new EchoOrigin();
                TunnelConnector connector = system.run(Ingress.of(Origin.tcp("127.0.0.1", echo.port())));
                AccessTcpForwarder forwarder = system.forwarder();
                EchoCrowd crowd = new EchoCrowd(forwarder.port(), 200)) {
            crowd.exchange();

            assertThat(crowd.open()).isEqualTo(200);
            assertThat(connector.isReady()).isTrue();
        }
    }
}
