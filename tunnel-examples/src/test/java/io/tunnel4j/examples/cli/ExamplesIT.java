package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IssuedServiceToken;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Examples that are programs among others: standard streams, environment, exit code. */
@Timeout(180)
class ExamplesIT extends WithExampleEdge {
    @Test
    void batch_serviceToken_fileIsFetched_withoutItTheExitCodeSaysSo() throws Exception {
        IssuedServiceToken token = edge.edge.access().createServiceToken("night");
        edge.edge
                .access()
                .protect(Application.builder("report.localhost")
                        .policy(Policy.serviceAuth("jobs").include(Rule.serviceToken(token.id())))
                        .build())
                .toCompletableFuture()
                .join();
        HttpServer page = ExampleEdge.page("the report");
        Path file = directory.resolve("report.txt");
        String url = "https://report.localhost:" + edge.port + "/";
        try (TunnelConnector connector = edge.serve(
                "report.localhost", Origin.http("127.0.0.1", page.getAddress().getPort()))) {
            Process allowed = example(
                    Map.of(
                            "TUNNEL_SERVICE_TOKEN_ID",
                            token.clientId(),
                            "TUNNEL_SERVICE_TOKEN_SECRET",
                            token.clientSecret()),
                    "batch",
                    url,
                    file.toString());
            assertThat(new String(allowed.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("Fetched 10 bytes. Next: ");
            assertThat(allowed.waitFor()).isZero();
            assertThat(file).hasContent("the report");

            Process refused = example(
                    Map.of("TUNNEL_SERVICE_TOKEN_ID", token.clientId(), "TUNNEL_SERVICE_TOKEN_SECRET", "wrong"),
                    "batch",
                    url,
                    file.toString());
            assertThat(refused.waitFor()).isEqualTo(1);
            assertThat(connector.isReady()).isTrue();
        } finally {
            page.stop(0);
        }
    }

    @Test
    void sshproxy_standardStreams_areTheConnectionToTheByte() throws Exception {
        byte[] data = new byte[300_000];
        new Random(4).nextBytes(data);
        try (ServerSocket echo = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TunnelConnector connector = edge.serve("ssh.localhost", Origin.tcp("127.0.0.1", echo.getLocalPort()))) {
            Thread server = new Thread(() -> echo(echo));
            server.start();

            Process proxy = example(Map.of(), "sshproxy", "ssh.localhost:" + edge.port, edge.root.toString());
            Thread typist = new Thread(() -> write(proxy.getOutputStream(), data));
            typist.start();

            assertThat(proxy.getInputStream().readAllBytes()).isEqualTo(data);
            assertThat(proxy.waitFor()).isZero();
            server.join();
            typist.join();
            assertThat(connector.isReady()).isTrue();
        }
    }

    private static void echo(ServerSocket listener) {
        try (Socket socket = listener.accept()) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void write(OutputStream out, byte[] data) {
        try (out) {
            out.write(data);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Starts one in a JVM that knows the edge's name and root, as a machine does that is set up for it. */
    private Process example(Map<String, String> environment, String... words) throws Exception {
        KeyStore roots = KeyStore.getInstance("PKCS12");
        roots.load(null, null);
        roots.setCertificateEntry("edge", edge.authority.certificate());
        Path store = directory.resolve("roots.p12");
        try (OutputStream out = Files.newOutputStream(store)) {
            roots.store(out, "changeit".toCharArray());
        }
        Path hosts = Files.writeString(directory.resolve("hosts"), "127.0.0.1 localhost report.localhost\n");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djdk.net.hosts.file=" + hosts,
                "-Djavax.net.ssl.trustStore=" + store,
                "-Djavax.net.ssl.trustStorePassword=changeit",
                "-Duser.home=" + directory,
                "-cp",
                System.getProperty("java.class.path"),
                "io.tunnel4j.examples.cli.Main",
                "example"));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectError(directory.resolve("stderr").toFile());
        builder.environment().putAll(environment);
        return builder.start();
    }
}
