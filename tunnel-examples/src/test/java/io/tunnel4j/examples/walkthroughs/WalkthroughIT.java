package io.tunnel4j.examples.walkthroughs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The walkthroughs of the documentation, done as they say. */
@Timeout(600)
class WalkthroughIT {
    @TempDir
    private Path directory;

    @Test
    void arbitraryTcp() throws Exception {
        need("bash", "curl", "git");
        try (Reader reader = new Reader(directory)) {
            reader.follow(Page.read(page("walkthrough-tcp.md")));

            assertThat(reader.directory().resolve("notes/.git")).isDirectory();
        }
    }

    @Test
    void connectApplications() throws Exception {
        need("bash", "curl", "git", "openssl");
        try (Reader reader = new Reader(directory)) {
            reader.follow(Page.read(page("walkthrough-applications.md")));
        }
    }

    @Test
    void connectingOverSsh() throws Exception {
        need("bash", "git", "ssh", "sshd");
        Page page = Page.read(page("walkthrough-ssh.md"));
        try (Reader reader = new Reader(directory)) {
            // OpenSSH takes a person's home from the system's list of users; each of ours has one of their own.
            reader.program(
                    "ssh",
                    "sed \"s#~/#$HOME/#g\" \"$HOME/.ssh/config\" > \"$HOME/.ssh/config.here\"\n"
                            + "exec /usr/bin/ssh -F \"$HOME/.ssh/config.here\" -o UserKnownHostsFile=\"$HOME/.ssh/known_hosts\" \"$@\"");
            Path keys = Files.createDirectories(reader.home("client").resolve(".ssh"));
            keygen(keys.resolve("id_ed25519"));
            Process server = sshd(page.port(2222), keys.resolve("id_ed25519.pub"));
            try {
                reader.follow(page);
            } finally {
                server.descendants().forEach(ProcessHandle::destroy);
                server.destroy();
                server.waitFor(20, TimeUnit.SECONDS);
            }
        }
    }

    /** A server as the page supposes one, whose sessions start in a directory of their own instead of the home of whoever runs the test. */
    private Process sshd(int port, Path clientKey) throws Exception {
        Path home = Files.createDirectories(directory.resolve("machine"));
        keygen(directory.resolve("host_key"));
        Path config = Files.writeString(
                directory.resolve("sshd_config"),
                String.join(
                        "\n",
                        "Port " + port,
                        "ListenAddress 127.0.0.1",
                        "HostKey " + directory.resolve("host_key"),
                        "AuthorizedKeysFile " + clientKey,
                        "ForceCommand cd " + home + " && eval \"$SSH_ORIGINAL_COMMAND\"",
                        "PidFile none",
                        "UsePAM no",
                        "StrictModes no",
                        "PasswordAuthentication no",
                        "KbdInteractiveAuthentication no",
                        "PermitRootLogin prohibit-password",
                        ""));
        if ("root".equals(System.getProperty("user.name"))) {
            Files.createDirectories(Path.of("/run/sshd"));
        }
        Path log = directory.resolve("sshd.log");
        Process server = new ProcessBuilder("/usr/sbin/sshd", "-D", "-e", "-f", config.toString())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        Awaitility.await("sshd").atMost(Duration.ofSeconds(60)).until(() -> {
            assertThat(server.isAlive()).as(Files.readString(log)).isTrue();
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
                return true;
            } catch (IOException notYet) {
                return false;
            }
        });
        return server;
    }

    private static void keygen(Path file) throws Exception {
        Process process =
                new ProcessBuilder("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file.toString()).start();
        assertThat(process.waitFor()).isZero();
    }

    private static Path page(String name) {
        return Path.of("..", "docs", name);
    }

    private static void need(String... programs) {
        for (String program : programs) {
            boolean isThere = List.of("/usr/bin", "/bin", "/usr/sbin").stream()
                    .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
            if ("true".equals(System.getenv("CI")) && !isThere) {
                throw new AssertionError(program + " is not installed");
            }
            assumeTrue(isThere, program + " is not installed");
        }
    }
}
