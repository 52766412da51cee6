package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The public side as the programs see it that people use. */
@Timeout(180)
class EdgeToolsIT {
    @TempDir
    static Path directory;

    private static ConnectedEdge system;
    private static Path ca;
    private static String base;

    @BeforeAll
    static void start() throws Exception {
        system = new ConnectedEdge(builder -> builder);
        ca = directory.resolve("ca.pem");
        system.authority.exportTo(ca);
        base = "https://localhost:" + system.edge.httpsAddress().getPort();
    }

    @AfterAll
    static void stop() {
        system.close();
    }

    private static String run(String... command) throws IOException, InterruptedException {
        boolean installed = Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(part -> Files.isExecutable(Path.of(part, command[0])));
        if (!installed) {
            assertThat(System.getenv("CI")).as(command[0] + " is not installed").isNotEqualTo("true");
            assumeTrue(false, command[0] + " is not installed");
        }
        Path output = Files.createTempFile(directory, command[0], ".out");
        Process process = new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError(String.join(" ", command) + " does not end: " + Files.readString(output));
        }
        return Files.readString(output, StandardCharsets.ISO_8859_1);
    }

    private static String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "60", "--cacert", ca.toString()));
        command.addAll(Arrays.asList(arguments));
        return run(command.toArray(String[]::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.0", "--http1.1", "--http2"})
    void curl_everyVersion_getsTheAnswer(String version) throws Exception {
        String answer = curl(version, "-w", "%{http_version} %{http_code}", base + "/hello");

        assertThat(answer).startsWith("hello from a service without a port\n").endsWith(" 200");
        if (version.equals("--http2")) {
            assertThat(answer).endsWith("2 200");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void curl_upload_withLengthAndChunked_digestEqual(String version) throws Exception {
        Path file = directory.resolve("upload.bin");
        byte[] bytes = new byte[5_000_000];
        new java.util.Random(42).nextBytes(bytes);
        Files.write(file, bytes);
        String expected = ConnectedEdge.digest(Files.newInputStream(file));

        assertThat(curl(version, "--data-binary", "@" + file, base + "/digest")).isEqualTo(expected);
        assertThat(curl(
                        version,
                        "-X",
                        "POST",
                        "-H",
                        "Transfer-Encoding: chunked",
                        "-T",
                        file.toString(),
                        base + "/digest"))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--http1.1", "--http2"})
    void curl_twoTransfersOneConnection_connectionIsUsedAgain(String version) throws Exception {
        String answer =
                curl(version, "-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects};", base + "/1", base + "/2");

        assertThat(answer).isEqualTo("1;0;");
    }

    @Test
    void curl_head_fieldsWithoutBody() throws Exception {
        assertThat(curl("--http1.1", "-I", base + "/hello"))
                .startsWith("HTTP/1.1 200 OK\r\n")
                .contains("Content-Length: 36\r\n", "Cf-Ray: ");
    }

    @Test
    void nghttp_severalStreams_allComplete() throws Exception {
        String output = run("nghttp", "-nv", base + "/a", base + "/b", base + "/down/100000");

        assertThat(output).contains(":status: 200").doesNotContain("recv GOAWAY", "recv RST_STREAM");
        assertThat(output.split(":status: 200", -1)).hasSize(4);
    }

    @Test
    void h2load_thousandsOfRequests_allSucceed() throws Exception {
        String output = run("h2load", "-n", "3000", "-c", "4", "-m", "16", base + "/hello");

        assertThat(output).contains("3000 succeeded, 0 failed, 0 errored, 0 timeout");
        assertThat(output).contains("status codes: 3000 2xx");
    }

    @Test
    void wrk_keepAlive_noErrors() throws Exception {
        String output = run("wrk", "-t1", "-c8", "-d2s", base + "/hello");

        assertThat(output).contains("requests in").doesNotContain("Socket errors", "Non-2xx");
    }

    @ParameterizedTest
    @ValueSource(strings = {"send-proxy", "send-proxy-v2"})
    void haproxy_proxyProtocol_originSeesTheClientsAddress(String option) throws Exception {
        run("haproxy", "-v");
        int port = freePort();
        try (ConnectedEdge behind = new ConnectedEdge(
                builder -> builder.trustedProxies(List.of("127.0.0.1")).proxyProtocol())) {
            Path authority = directory.resolve("ca-" + option + ".pem");
            behind.authority.exportTo(authority);
            Path configuration = Files.writeString(
                    directory.resolve(option + ".cfg"),
                    "defaults\n mode tcp\n timeout connect 10s\n timeout client 60s\n timeout server 60s\n"
                            + "listen edge\n bind 127.0.0.1:" + port + "\n server edge 127.0.0.1:"
                            + behind.edge.httpsAddress().getPort() + " " + option + "\n");
            Process haproxy = new ProcessBuilder("haproxy", "-f", configuration.toString(), "-db")
                    .redirectErrorStream(true)
                    .redirectOutput(directory.resolve(option + ".log").toFile())
                    .start();
            try {
                String seen = curl(
                        "--retry",
                        "20",
                        "--retry-connrefused",
                        "--retry-delay",
                        "1",
                        "-4",
                        "--interface",
                        "127.0.0.2",
                        "--cacert",
                        authority.toString(),
                        "https://localhost:" + port + "/client");

                assertThat(seen).endsWith("127.0.0.2");
            } finally {
                haproxy.destroy();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"390,844", "1280,800"})
    void chromium_errorPage_readableAtPhoneAndDesktopWidth(String size) throws Exception {
        Path picture = directory.resolve("error-" + size.replace(',', 'x') + ".png");
        String url = "https://nothing.localhost:" + system.edge.httpsAddress().getPort() + "/";
        String[] options = {
            "chromium",
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--ignore-certificate-errors",
            "--user-data-dir=" + directory.resolve("profile-" + size),
            "--window-size=" + size
        };
        List<String> screenshot = new ArrayList<>(Arrays.asList(options));
        screenshot.add("--screenshot=" + picture);
        screenshot.add(url);
        run(screenshot.toArray(String[]::new));
        List<String> dump = new ArrayList<>(Arrays.asList(options));
        dump.add("--dump-dom");
        dump.add(url);

        assertThat(run(dump.toArray(String[]::new))).contains("Nothing here", "<dt>Request</dt>");
        assertThat(Files.size(picture)).isGreaterThan(5_000);
        String keep = System.getProperty("edge.pictures");
        if (keep != null) {
            Files.copy(picture, Path.of(keep).resolve(picture.getFileName()));
        }
    }
}
