package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One login for all threads of all processes, with real processes. */
class ManyProcessesLoginTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    @TempDir
    Path directory;

    private final List<Client> clients = new ArrayList<>();
    private FakeTeam team;

    @BeforeEach
    void start() throws Exception {
        team = new FakeTeam();
    }

    @AfterEach
    void stop() throws Exception {
        clients.forEach(client -> client.process.destroyForcibly());
        team.close();
    }

    /** A forked JVM and what it has written. */
    private static final class Client {
        final List<String> lines = new CopyOnWriteArrayList<>();
        final Process process;

        Client(Process process) {
            this.process = process;
            Thread reader = new Thread(this::read, "client-output");
            reader.setDaemon(true);
            reader.start();
        }

        void go() throws IOException {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        }

        @Override
        public String toString() {
            return lines.toString();
        }

        private void read() {
            try (BufferedReader in = process.inputReader()) {
                in.lines().forEach(lines::add);
            } catch (IOException | UncheckedIOException ended) {
                lines.add("ENDED");
            }
        }
    }

    private Client client(String host, int threads) throws Exception {
        String java = System.getProperty("java.home") + File.separator + "bin" + File.separator + "java";
        Process process = new ProcessBuilder(
                        java,
                        "-XX:TieredStopAtLevel=1",
                        "-Xshare:auto",
                        "-Xmx96m",
                        "-cp",
                        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                        LoginProcess.class.getName(),
                        String.valueOf(team.port()),
                        team.writeAuthority(directory).toString(),
                        directory.resolve(".cloudflared").toString(),
                        host,
                        String.valueOf(threads))
                .redirectErrorStream(true)
                .start();
        Client client = new Client(process);
        clients.add(client);
        return client;
    }

    private static void await(Client client, String line) {
        Awaitility.await(line)
                .atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(20))
                .until(() -> client.lines.contains(line));
    }

    private static Client started(Client client, String until) throws IOException {
        await(client, "WARM");
        client.go();
        await(client, until);
        return client;
    }

    private long count(String line) {
        return clients.stream()
                .flatMap(client -> client.lines.stream())
                .filter(line::equals)
                .count();
    }

    private void oneLoginForAll(int processes, int threads) throws Exception {
        for (int i = 0; i < processes; i++) {
            client("app.example.test", threads);
        }
        clients.forEach(client -> await(client, "WARM"));
        for (Client client : clients) {
            client.go();
        }
        clients.forEach(client -> await(client, "READY"));
        Awaitility.await("one process asks, the others hear of it")
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(clients)
                        .as("lines of all processes")
                        .matches(
                                all -> count("PROMPT") == 1 && count("ELSEWHERE") == processes - 1,
                                "one PROMPT, all others ELSEWHERE"));

        team.logIn();

        clients.forEach(client -> await(client, "DONE " + threads));
        for (Client client : clients) {
            assertThat(client.process.waitFor()).as(client.lines.toString()).isZero();
        }
        assertThat(count("PROMPT")).isEqualTo(1);
        assertThat(team.transfers).hasSize(1);
        try (Stream<Path> files = Files.list(directory.resolve(".cloudflared"))) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("app.example.test-aud0-token", "team.cloudflareaccess.com-org-token")
                    .noneMatch(name -> name.endsWith(".lock") || name.endsWith(".url") || name.endsWith(".tmp"));
        }
    }

    @Test
    void obtain_manyProcessesAndThreads_onePrompt() throws Exception {
        oneLoginForAll(8, 50);
    }

    @Test
    @Tag("soak")
    void obtain_fiftyProcessesOfFiftyThreads_onePrompt() throws Exception {
        oneLoginForAll(50, 50);
    }

    @Test
    void obtain_twoApplicationsOfATeam_onePromptAndOneExchange() throws Exception {
        started(client("app.example.test", 3), "PROMPT");
        started(client("app2.example.test", 3), "READY");

        team.logIn();

        clients.forEach(client -> await(client, "DONE 3"));
        assertThat(count("PROMPT")).isEqualTo(1);
        assertThat(team.exchanges).hasValue(1);
    }

    @Test
    void obtain_lockHolderKilled_anotherAsksWithinASecond() throws Exception {
        Client holder = started(client("app.example.test", 5), "PROMPT");
        Duration taken;
        int kills = 0;
        do { // a machine that is busy with something else is given another chance
            Client next = started(client("app.example.test", 5), "ELSEWHERE");
            holder.process.destroyForcibly();
            long killed = System.nanoTime();
            await(next, "PROMPT");
            taken = Duration.ofNanos(System.nanoTime() - killed);
            holder = next;
            kills++;
        } while (taken.compareTo(Duration.ofSeconds(1)) >= 0 && kills < 5);

        assertThat(taken).isLessThan(Duration.ofSeconds(1));
        team.logIn();
        await(holder, "DONE 5");
    }
}
