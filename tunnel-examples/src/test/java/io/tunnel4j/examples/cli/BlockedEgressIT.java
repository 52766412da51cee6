package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code tunnel run} where the network is in the way: it ends by itself, and says what to open. */
@Timeout(300)
class BlockedEgressIT {
    @TempDir
    private Path directory;

    private Shell shell;
    private String token;

    @BeforeEach
    void open() throws IOException {
        Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 localhost\n");
        shell = new Shell(directory, hosts);
        token = TunnelCredentials.of("0".repeat(32), UUID.randomUUID(), new byte[32])
                .toToken();
    }

    @AfterEach
    void close() {
        shell.close();
    }

    private Shell.Result run(String prefix, String flags) throws Exception {
        long start = System.nanoTime();
        Shell.Result result = shell.run(prefix + "tunnel run --metrics localhost:0 --token " + token + " " + flags);
        System.getLogger(BlockedEgressIT.class.getName())
                .log(
                        System.Logger.Level.INFO,
                        "ended after {0} ms with the process''s start: {1}",
                        Duration.ofNanos(System.nanoTime() - start).toMillis(),
                        result.err().lines().reduce("", (a, b) -> b));
        assertThat(result.code()).describedAs(result.err()).isEqualTo(1);
        assertThat(result.err()).contains("no connection to the edge");
        return result;
    }

    @Test
    void port_dropped_isNamedAndToBeOpened() throws Exception {
        List<Socket> fillers = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            fill(full, fillers);

            assertThat(run("", "--edge localhost:" + full.getLocalPort()).err())
                    .contains("allow outbound TCP to port " + full.getLocalPort());
        } finally {
            for (Socket filler : fillers) {
                filler.close();
            }
        }
    }

    /** With its queue full, the system drops what asks for a connection, as a firewall does. */
    private static void fill(ServerSocket server, List<Socket> fillers) throws IOException {
        while (true) {
            Socket filler = new Socket();
            fillers.add(filler);
            try {
                filler.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()), 500);
            } catch (IOException full) {
                return;
            }
        }
    }

    @Test
    void port_refused_isNamed() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }

        assertThat(run("", "--edge localhost:" + port).err()).contains("port " + port);
    }

    @Test
    void tls_takenApartOnTheWay_isSaid() throws Exception {
        try (PublicEdge interceptor = new PublicEdge(Files.createDirectory(directory.resolve("edge")))) {
            assertThat(run("", "--edge " + interceptor.connectors()).err())
                    .contains("TLS", interceptor.connectors(), "exempt this connection", "--cacert");
        }
    }

    @Test
    void name_unknown_isNamed() throws Exception {
        assertThat(run("", "--edge edge.example.invalid:7844").err()).contains("edge.example.invalid");
    }

    @Test
    void name_lyingToWhereNothingListens_isNamedWithItsPort() throws Exception {
        int port;
        try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = closed.getLocalPort();
        }
        Files.writeString(directory.resolve("hosts"), "127.0.0.1 localhost\n127.0.0.9 edge.example.com\n");

        assertThat(run("", "--edge edge.example.com:" + port).err()).contains("127.0.0.9:" + port);
    }

    @Test
    void network_none_saysThatNamesAreNotFound() throws Exception {
        assumeTrue(
                new ProcessBuilder("unshare", "-n", "true").start().waitFor() == 0,
                "this user cannot take the network away");

        assertThat(run("unshare -n ", "").err()).contains("DNS").containsPattern("port (53|853)");
    }

    @Test
    void diag_unreachable_listsTheStepsAndExitsWith1() throws Exception {
        Shell.Result text = shell.run("tunnel diag --token " + token + " --edge edge.example.invalid:7844");
        Shell.Result json =
                shell.run("tunnel diag --output json --token " + token + " --edge edge.example.invalid:7844");

        assertThat(text.code()).isEqualTo(1);
        assertThat(text.out()).contains("FAILED  DNS", "SKIPPED CREDENTIALS");
        assertThat(json.code()).isEqualTo(1);
        assertThat(json.out()).contains("\"can_connect\": false", "\"step\": \"dns\"");
    }
}
