package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.TunnelCredentials;
import java.io.BufferedReader;
import java.io.File;
import java.io.Writer;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a quiet connection costs an edge in a process of its own; {@code docs/limits.md} has the figures. */
@Tag("soak")
@Timeout(600)
class IdleMemoryTest {
    @TempDir
    Path directory;

    private Process process;
    private BufferedReader out;
    private Writer in;
    private DevelopmentAuthority authority;
    private InetSocketAddress https;
    private InetSocketAddress connectors;
    private final List<AutoCloseable> open = new ArrayList<>();

    private record Memory(long heap, long direct) {}

    @BeforeEach
    void start() throws Exception {
        authority = DevelopmentAuthority.in(directory);
        process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        IdleEdgeProgram.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        out = process.inputReader();
        in = process.outputWriter();
        String[] ports = out.readLine().split(" ");
        https = new InetSocketAddress(EdgeFixture.any().getAddress(), Integer.parseInt(ports[0]));
        connectors = new InetSocketAddress(EdgeFixture.any().getAddress(), Integer.parseInt(ports[1]));
    }

    @AfterEach
    void stop() throws Exception {
        for (AutoCloseable connection : open) {
            connection.close();
        }
        process.destroyForcibly().waitFor();
    }

    private String ask(String line) throws Exception {
        in.write(line + "\n");
        in.flush();
        return out.readLine();
    }

    private Memory memory() throws Exception {
        String[] answer = ask("memory").split(" ");
        return new Memory(Long.parseLong(answer[0]), Long.parseLong(answer[1]));
    }

    private void connection(String kind) throws Exception {
        switch (kind) {
            case "connector" -> {
                TunnelCredentials credentials = TunnelCredentials.fromToken(ask("tunnel"));
                open.add(ScriptedConnector.dialFor(connectors, authority.certificate(), credentials)
                        .awaitScript());
            }
            case "h2" -> open.add(RawHttp2.open(https, authority.certificate()));
            default -> {
                RawHttp client = RawHttp.tls(https, authority.certificate(), EdgeFixture.HOST);
                open.add(client);
                assertThat(client.get("/").response().status()).isEqualTo(404);
            }
        }
    }

    /** Each kind in a fresh process, behind as many others as it takes until nothing is new to the edge. */
    @ParameterizedTest
    @CsvSource({"http/1.1,400,2000,60000", "h2,60,150,60000", "connector,50,200,120000"})
    void idleConnection_ofAKind_costsLittle(String kind, int before, int count, long most) throws Exception {
        for (int i = 0; i < before; i++) {
            connection(kind);
        }
        Memory first = memory();
        for (int i = 0; i < count; i++) {
            connection(kind);
        }
        Memory last = memory();
        for (AutoCloseable connection : open) {
            // The edge asks quiet HTTP/2 clients by PING and drops those that do not answer, as this client does not.
            assertThat(!(connection instanceof RawHttp2 client) || client.answersPing())
                    .as("still there when it was measured")
                    .isTrue();
        }

        long heap = (last.heap() - first.heap()) / count;
        long direct = (last.direct() - first.direct()) / count;
        System.err.println(
                "idle " + kind + ": " + heap + " bytes of heap, " + direct + " bytes outside it, each of " + count);
        assertThat(heap + direct).isBetween(0L, most);
    }
}
