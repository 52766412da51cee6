package io.tunnel4j.mux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream beside one TCP connection on the same long link between two network namespaces: a real one for TCP, slow start and drops included. The link is made of
 * TUN devices ({@code long_link.py}), because netem is not in every kernel.
 */
@Tag("soak")
class LongLinkIT {
    private static final Logger log = LoggerFactory.getLogger(LongLinkIT.class);
    private static final int BYTES_PER_SECOND = 10_000_000;
    private static final int PORT = 7844;
    private static final double SHARE = 0.8;

    @TempDir
    private Path folder;

    private final String edge = "t4j-edge-" + ProcessHandle.current().pid();
    private final String connector = "t4j-conn-" + ProcessHandle.current().pid();
    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void stop() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor(10, TimeUnit.SECONDS);
        }
        run("ip", "netns", "del", edge);
        run("ip", "netns", "del", connector);
    }

    private static int run(String... command) throws Exception {
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.waitFor();
        return process.exitValue();
    }

    private BufferedReader start(String... command) throws IOException {
        Process process = new ProcessBuilder(command)
                .redirectError(folder.resolve("errors").toFile())
                .start();
        processes.add(process);
        return process.inputReader();
    }

    private BufferedReader peer(String namespace, String mode, int bytes) throws IOException {
        return start(
                "ip",
                "netns",
                "exec",
                namespace,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LongLinkPeer.class.getName(),
                mode,
                "10.77.0.2",
                "" + PORT,
                "" + bytes);
    }

    @ParameterizedTest
    @CsvSource({"20, 30", "100, 50", "200, 80"})
    void stream_onALongLink_reachesFourFifthsOfTcpBothWays(int roundTripMillis, int megabytes) throws Exception {
        assumeTrue(Files.isWritable(Path.of("/dev/net/tun")), "no /dev/net/tun, or not root");
        assumeTrue(run("python3", "--version") == 0, "no python3");
        assumeTrue(run("ip", "netns", "add", edge) == 0 && run("ip", "netns", "add", connector) == 0, "no namespaces");
        Path script = folder.resolve("long_link.py");
        try (InputStream in = LongLinkIT.class.getResourceAsStream("/mux/long_link.py")) {
            Files.write(script, in.readAllBytes());
        }
        BufferedReader link =
                start("python3", script.toString(), connector, edge, "" + roundTripMillis, "" + BYTES_PER_SECOND);
        expect(link, "ready");
        BufferedReader measured = peer(edge, "listen", megabytes * 1_000_000);
        expect(measured, "listening");
        peer(connector, "dial", megabytes * 1_000_000);

        double bestDown = 0;
        double bestUp = 0;
        for (int round = 0; round < 2; round++) {
            String[] tcp = expect(measured, "tcp").split(" ");
            String[] mux = expect(measured, "mux").split(" ");
            double down = Double.parseDouble(tcp[1]) / Double.parseDouble(mux[1]);
            double up = Double.parseDouble(tcp[2]) / Double.parseDouble(mux[2]);
            log.warn(
                    "round trip {} ms: TCP {} and {} MB/s; a stream reaches {} of it down, {} up",
                    roundTripMillis,
                    megabytes * 1e9 / Double.parseDouble(tcp[1]),
                    megabytes * 1e9 / Double.parseDouble(tcp[2]),
                    down,
                    up);
            bestDown = Math.max(bestDown, down);
            bestUp = Math.max(bestUp, up);
        }
        assertThat(bestDown).as("download's share of TCP").isGreaterThanOrEqualTo(SHARE);
        assertThat(bestUp).as("upload's share of TCP").isGreaterThanOrEqualTo(SHARE);
    }

    private String expect(BufferedReader from, String start) throws IOException {
        String line = from.readLine();
        assertThat(line)
                .as(() -> {
                    try {
                        return Files.readString(folder.resolve("errors"), StandardCharsets.UTF_8);
                    } catch (IOException e) {
                        return e.getMessage();
                    }
                })
                .startsWith(start);
        return line;
    }
}
