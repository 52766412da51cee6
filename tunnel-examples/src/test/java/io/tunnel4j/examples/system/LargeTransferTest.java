package io.tunnel4j.examples.system;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gigabytes and crowds through processes with 64 MiB of heap and 64 MiB of direct memory each. */
@Tag("soak")
class LargeTransferTest {
    private static final long GIB = 1L << 30;
    private static final long TOTAL = 2 * GIB;
    private static final List<String> SMALL = List.of("-Xmx64m", "-XX:MaxDirectMemorySize=64m");
    /** Heap, direct memory, and what a JVM itself takes: code, classes, threads. */
    private static final long MAX_RESIDENT_MEGABYTES = 320;

    @TempDir
    private Path directory;

    private BulkOrigin origin;
    private EchoOrigin echo;
    private Program edge;
    private Program connector;
    private Program forwarder;
    private HttpsClient https;
    private int httpsPort;
    private int forwarderPort;

    @BeforeEach
    void start() throws Exception {
        origin = new BulkOrigin();
        echo = new EchoOrigin();
        httpsPort = freePort();
        int connectors = freePort();
        edge = new Program(
                directory,
                SMALL,
                "edge",
                "run",
                "--https=127.0.0.1:" + httpsPort,
                "--connectors=127.0.0.1:" + connectors,
                "--data=" + directory.resolve("edge"),
                "--tunnel=web",
                "--route=app.localhost=web",
                "--route=tcp.localhost=web",
                "--route=echo.localhost=web");
        edge.await("edge is ready");
        Path config = Files.writeString(
                directory.resolve("config.yml"), """
                ingress:
                  - {hostname: app.localhost, service: "http://127.0.0.1:%d"}
                  - {hostname: tcp.localhost, service: "tcp://127.0.0.1:%d"}
                  - {hostname: echo.localhost, service: "tcp://127.0.0.1:%d"}
                  - {service: "http_status:404"}
                """.formatted(origin.port(), origin.port(), echo.port()));
        connector = new Program(
                directory,
                SMALL,
                "tunnel",
                "run",
                "--config=" + config,
                "--edge=127.0.0.1:" + connectors,
                "--cacert=" + directory.resolve("edge/ca.pem"),
                "--token-file=" + directory.resolve("edge/web.token"));
        connector.await("Registered tunnel connection");
        https = new HttpsClient(root(), new InetSocketAddress(InetAddress.getLoopbackAddress(), httpsPort));
    }

    private void forward(String host) throws Exception {
        forwarder = new Program(
                directory,
                SMALL,
                "access",
                "tcp",
                "--hostname=" + host + ":" + httpsPort,
                "--connect-to=127.0.0.1:" + httpsPort,
                "--cacert=" + directory.resolve("edge/ca.pem"),
                "--url=127.0.0.1:0");
        forwarderPort = Integer.parseInt(forwarder.await("Start Websocket listener host=127.0.0.1:([0-9]+)"));
    }

    private X509Certificate root() throws Exception {
        try (InputStream pem = Files.newInputStream(directory.resolve("edge/ca.pem"))) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(pem);
        }
    }

    private static int freePort() throws Exception {
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return free.getLocalPort();
        }
    }

    @AfterEach
    void stop() throws Exception {
        if (forwarder != null) {
            forwarder.close();
        }
        connector.close();
        edge.close();
        echo.close();
        origin.close();
    }

    private void assertSmallAndAlive(String what) throws Exception {
        for (Program program : forwarder == null ? List.of(edge, connector) : List.of(edge, connector, forwarder)) {
            assertThat(program.isAlive()).isTrue();
            assertThat(program.output()).doesNotContain("OutOfMemoryError", "OutOfDirectMemoryError");
            assertThat(program.residentMegabytes()).as(what).isBetween(1L, MAX_RESIDENT_MEGABYTES);
        }
    }

    @Test
    void download_twoGibibytes_arriveUnchanged() throws Exception {
        try (SSLSocket socket = https.open(HttpsClient.head("GET", "/" + TOTAL))) {
            InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            assertThat(HttpsClient.readHead(in)).startsWith("HTTP/1.1 200");

            assertThat(Pattern64.digestOf(in, TOTAL)).isEqualTo(origin.sent.poll(60, TimeUnit.SECONDS));
        }
        assertSmallAndAlive("download");
    }

    @Test
    void upload_twoGibibytes_arriveUnchanged() throws Exception {
        try (SSLSocket socket = https.open(HttpsClient.head("POST", "/", "Content-Length: " + TOTAL))) {
            String digest = new Pattern64(3).writeTo(socket.getOutputStream(), TOTAL);
            InputStream in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
            assertThat(HttpsClient.readHead(in)).startsWith("HTTP/1.1 200");

            assertThat(new String(in.readNBytes(64), US_ASCII)).isEqualTo(digest);
        }
        assertSmallAndAlive("upload");
    }

    @Test
    void tcp_twoGibibytesEachWay_arriveUnchanged() throws Exception {
        forward("tcp.localhost");
        try (Socket down = new Socket(InetAddress.getLoopbackAddress(), forwarderPort)) {
            down.getOutputStream().write(("DOWN " + TOTAL + "\n").getBytes(US_ASCII));
            assertThat(Pattern64.digestOf(down.getInputStream(), TOTAL))
                    .isEqualTo(origin.sent.poll(60, TimeUnit.SECONDS));
        }
        try (Socket up = new Socket(InetAddress.getLoopbackAddress(), forwarderPort)) {
            up.getOutputStream().write(("UP " + TOTAL + "\n").getBytes(US_ASCII));
            String digest = new Pattern64(4).writeTo(up.getOutputStream(), TOTAL);
            assertThat(BulkOrigin.readLine(up.getInputStream())).isEqualTo(digest);
        }
        assertSmallAndAlive("tcp");
    }

    @Test
    void webSockets_oneThousandAtOnce_eachGetsItsOwnBytes() throws Exception {
        forward("echo.localhost");
        try (EchoCrowd crowd = new EchoCrowd(forwarderPort, 1000)) {
            crowd.exchange();
            crowd.exchange();

            assertThat(crowd.open()).isEqualTo(1000);
        }
        assertSmallAndAlive("1000 WebSockets");
    }
}
