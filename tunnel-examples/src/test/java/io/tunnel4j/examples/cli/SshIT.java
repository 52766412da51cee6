package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** OpenSSH, scp, rsync and git through {@code access ssh} as ProxyCommand, to a real sshd behind our connector and our edge with Access. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(600)
class SshIT {
    private static final int MEGABYTE = 1 << 20;

    private final Random random = new Random(20_261_130);
    private Path directory;
    private Path authorizedKeys;
    private PublicEdge edge;
    private SshServer sshd;
    private TunnelConnector connector;
    private Shell batch;
    private Shell person;

    @BeforeAll
    void start(@TempDir Path temporary) throws Exception {
        directory = temporary;
        authorizedKeys = Files.createFile(directory.resolve("authorized_keys"));
        edge = new PublicEdge(Files.createDirectory(directory.resolve("edge")), standardPort());
        new Shell(directory.resolve("none"), edge.hosts).need("sshd");
        sshd = new SshServer(
                directory,
                authorizedKeys,
                edge.edge.access().sshPublicKey(edge.ssh).toCompletableFuture().get(30, TimeUnit.SECONDS));
        TunnelCredentials credentials = edge.edge.tunnels().create("ssh");
        edge.edge.routes().add(PublicEdge.SSH, credentials);
        connector = TunnelConnector.builder(credentials)
                .edge(edge.connectors())
                .edgeCa(edge.authority.certificate())
                .haConnections(2)
                .ingress(Ingress.builder()
                        .rule(PublicEdge.SSH, Origin.tcp("127.0.0.1", sshd.port))
                        .otherwise(Origin.status(404))
                        .build())
                .build();
        connector.start().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    /** What {@code --hostname %h} leads to is port 443; an address of its own keeps tests apart that run at the same time. */
    private InetSocketAddress standardPort() throws IOException {
        Random anywhere = new Random();
        InetAddress address = InetAddress.getByAddress(
                new byte[] {127, 1, (byte) anywhere.nextInt(256), (byte) (1 + anywhere.nextInt(250))});
        boolean mayListen = true;
        try (ServerSocket probe = new ServerSocket(443, 1, address)) {
            probe.getLocalPort();
        } catch (IOException denied) {
            mayListen = false;
        }
        assumeTrue(mayListen, "this user may not listen on port 443");
        return new InetSocketAddress(address, 443);
    }

    @BeforeEach
    void openShells() throws Exception {
        batch = shell("batch")
                .with("TUNNEL_SERVICE_TOKEN_ID", edge.token.clientId())
                .with("TUNNEL_SERVICE_TOKEN_SECRET", edge.token.clientSecret());
        Path key = batch.home.resolve(".ssh/key");
        SshServer.keygen(key);
        Files.copy(Path.of(key + ".pub"), authorizedKeys, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        configure(
                batch,
                batch.run("tunnel access ssh-config --hostname " + PublicEdge.SSH)
                                .ok()
                                .out() + "  IdentityFile " + key);
        person = shell("person");
    }

    private Shell shell(String name) throws IOException {
        Path home = Files.createTempDirectory(directory, name);
        Shell shell = new Shell(home, edge.hosts)
                .with("TUNNEL_ACCESS_CACERT", edge.root.toString())
                .with("TUNNEL_ACCESS_AUTH_DOMAIN", "team.example.net")
                .with("TUNNEL_ACCESS_TRANSFER_STORE", "https://team.example.net")
                .with("GIT_CONFIG_GLOBAL", home.resolve("gitconfig").toString());
        Files.writeString(
                home.resolve("gitconfig"),
                "[user]\nname = Ann\nemail = ann@example.com\n[init]\ndefaultBranch = main\n[safe]\ndirectory = *\n[gc]\nauto = 0\n");
        Path config = Files.createDirectories(shell.home.resolve(".ssh")).resolve("config");
        // OpenSSH takes the home directory from the account, not from the environment.
        shell.script("ssh", "exec /usr/bin/ssh -F '" + config + "' \"$@\"");
        shell.script("scp", "exec /usr/bin/scp -F '" + config + "' \"$@\"");
        return shell;
    }

    /** Takes what {@code ssh-config} printed as it is, but for its first line and the home directory. */
    private static void configure(Shell shell, String printed) throws IOException {
        String lines = printed.substring(printed.indexOf("/.ssh/config:\n") + "/.ssh/config:\n".length());
        Files.writeString(
                shell.home.resolve(".ssh/config"),
                lines.replace("~/", shell.home + "/")
                        + "\nMatch all\n  StrictHostKeyChecking accept-new\n  UserKnownHostsFile " + shell.home
                        + "/.ssh/known_hosts\n  LogLevel ERROR\n  User " + System.getProperty("user.name")
                        + "\n  IdentitiesOnly yes\n");
    }

    @AfterEach
    void closeShells() {
        batch.close();
        person.close();
    }

    @AfterAll
    void stop() throws InterruptedException {
        if (connector != null) {
            connector.close();
        }
        if (sshd != null) {
            sshd.close();
        }
        if (edge != null) {
            edge.close();
        }
    }

    private Path randomFile(Path file, int bytes) throws IOException {
        byte[] block = new byte[64 << 10];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int left = bytes; left > 0; left -= block.length) {
                random.nextBytes(block);
                out.write(block, 0, Math.min(left, block.length));
            }
        }
        return file;
    }

    @Test
    void command_outputErrorAndExitCode_areTheRemoteOnes() throws Exception {
        Shell.Result result = batch.run("ssh ssh.example.net 'echo out; echo err >&2; exit 7'");

        assertThat(result.out()).isEqualTo("out\n");
        assertThat(result.err()).isEqualTo("err\n");
        assertThat(result.code()).isEqualTo(7);
    }

    @Test
    void stdio_fiftyMegabytesBothWays_areExactToTheByte() throws Exception {
        Path sent = randomFile(batch.home.resolve("sent"), 50 * MEGABYTE);

        batch.run("ssh ssh.example.net cat < sent > back").ok();

        assertThat(Files.mismatch(sent, batch.home.resolve("back"))).isEqualTo(-1);
    }

    @Test
    void proxyCommand_byItself_writesTheServersBytesAndNothingElse() throws Exception {
        Shell.Result result = batch.run("printf 'SSH-2.0-test\\r\\n' | tunnel access ssh --hostname ssh.example.net");

        assertThat(result.out()).startsWith("SSH-2.0-OpenSSH");
        assertThat(result.err()).isEmpty();
        assertThat(result.code()).isZero();
    }

    @Test
    void proxyCommand_tokenRefused_isOneLineOnStderrAndExitCode1() throws Exception {
        batch.with("TUNNEL_SERVICE_TOKEN_SECRET", "wrong");

        Shell.Result result = batch.run("tunnel access ssh --hostname ssh.example.net");

        assertThat(result.out()).isEmpty();
        assertThat(result.err().strip().lines()).hasSize(1);
        assertThat(result.err()).contains(PublicEdge.SSH);
        assertThat(result.code()).isEqualTo(1);
        assertThat(batch.opened()).doesNotExist();
    }

    @Test
    void scpAndRsync_bothWays_copyExactly() throws Exception {
        batch.need("rsync");
        Path tree = Files.createDirectories(batch.home.resolve("tree/deep/er"));
        randomFile(tree.resolve("large"), 4 * MEGABYTE);
        Files.writeString(batch.home.resolve("tree/a name"), "with a space");
        String remote = Files.createDirectory(batch.home.resolve("remote")).toString();

        batch.run("scp -q tree/deep/er/large ssh.example.net:" + remote + "/large" + " && scp -q ssh.example.net:"
                        + remote + "/large large && cmp large tree/deep/er/large")
                .ok();
        batch.run("rsync -a tree/ ssh.example.net:" + remote + "/tree/ && rm 'tree/a name' && echo changed > tree/new"
                        + " && rsync -a --delete tree/ ssh.example.net:" + remote + "/tree/"
                        + " && rsync -a ssh.example.net:" + remote
                        + "/tree/ fetched/ && diff -r tree fetched && diff -r tree remote/tree")
                .ok();
    }

    @Test
    void git_cloneAndPush_twentyMegabytes() throws Exception {
        pushAndClone(20);
    }

    @Tag("soak")
    @Timeout(3600)
    @Test
    void git_cloneAndPush_fiveHundredMegabytes() throws Exception {
        pushAndClone(500);
    }

    private void pushAndClone(int megabytes) throws Exception {
        batch.need("git");
        Path work = batch.home.resolve("work");
        batch.run("git init -q --bare origin.git && git clone -q ssh.example.net:" + batch.home + "/origin.git work")
                .ok();
        for (int i = 0; i < megabytes / 10; i++) {
            randomFile(work.resolve("file" + i), 10 * MEGABYTE);
        }

        long start = System.nanoTime();
        batch.run("cd work && git add . && git commit -q -m 'random bytes' && git push -q origin HEAD")
                .ok();
        batch.run("git clone -q ssh.example.net:" + batch.home
                        + "/origin.git again && diff -r --exclude=.git work again")
                .ok();

        System.Logger log = System.getLogger(SshIT.class.getName());
        log.log(
                System.Logger.Level.INFO,
                "{0} MB pushed and cloned in {1} s",
                megabytes,
                Duration.ofNanos(System.nanoTime() - start).toSeconds());
        batch.run("git -C origin.git fsck --full --strict").ok();
    }

    @Test
    void localForwarding_insideTheSession_reachesAServiceBehindSshd() throws Exception {
        try (ServerSocket service = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int port = free.getLocalPort();
            free.close();
            CompletableFuture<Void> served = CompletableFuture.runAsync(() -> {
                try (Socket socket = service.accept()) {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                } catch (IOException e) {
                    throw new IllegalStateException(e);
                }
            });
            batch.start(
                    "exec ssh -N -L 127.0.0.1:" + port + ":127.0.0.1:" + service.getLocalPort() + " ssh.example.net",
                    batch.home.resolve("forward.out"),
                    batch.home.resolve("forward.err"));

            byte[] sent = new byte[MEGABYTE];
            random.nextBytes(sent);
            try (Socket client = connected(port)) {
                CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(() -> {
                    try {
                        return client.getInputStream().readNBytes(sent.length);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                });
                client.getOutputStream().write(sent);
                assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo(sent);
            }
            served.get(60, TimeUnit.SECONDS);
        }
    }

    private static Socket connected(int port) {
        Socket[] socket = new Socket[1];
        Awaitility.await("forwarded port")
                .atMost(Duration.ofSeconds(60))
                .ignoreExceptions()
                .until(() -> {
                    socket[0] = new Socket("127.0.0.1", port);
                    return true;
                });
        return socket[0];
    }

    @Test
    void withoutTerminal_serverAliveInterval_outlivesSilence() throws Exception {
        Shell.Result result = batch.run("ssh -T -o ServerAliveInterval=1 -o ServerAliveCountMax=3 ssh.example.net"
                + " 'sleep 5; echo still here'");

        assertThat(result.ok().out()).isEqualTo("still here\n");
    }

    @Test
    void shell_onAPseudoTerminal_isInteractive() throws Exception {
        batch.need("script");

        Shell.Result result = batch.run("printf 'tty\\nexit 5\\n' | script -qec 'ssh -tt ssh.example.net' /dev/null");

        assertThat(result.out()).contains("/dev/pts/");
        assertThat(result.code()).isEqualTo(5);
    }

    @Test
    void person_logsInOnceInTheBrowser_thenTheTokenIsReused() throws Exception {
        Path key = person.home.resolve(".ssh/key");
        SshServer.keygen(key);
        Files.copy(Path.of(key + ".pub"), authorizedKeys, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        configure(
                person,
                person.run("tunnel access ssh-config --hostname ssh.example.net")
                                .ok()
                                .out() + "  IdentityFile " + key);

        Process first = person.start(
                "ssh ssh.example.net echo first", person.home.resolve("1.out"), person.home.resolve("1.err"));
        edge.browser().open(person.openedPage()).logIn(PublicEdge.USER, PublicEdge.PASSWORD);
        assertThat(first.waitFor(90, TimeUnit.SECONDS)).isTrue();

        assertThat(person.home.resolve("1.out")).hasContent("first\n");
        assertThat(Files.readString(person.home.resolve("1.err"))).contains("/cdn-cgi/access/cli?");
        Shell.Result second = person.run("ssh ssh.example.net echo second").ok();
        assertThat(second.out()).isEqualTo("second\n");
        assertThat(second.err()).isEmpty();
        assertThat(person.opened()).doesNotExist();
    }

    @Test
    void shortLivedCertificate_configurationAsPrinted_isAcceptedBySshd() throws Exception {
        Files.writeString(authorizedKeys, "");
        configure(
                person,
                person.run("tunnel access ssh-config --hostname ssh.example.net --short-lived-cert")
                        .ok()
                        .out());

        Process first = person.start(
                "ssh -v ssh.example.net 'echo in'", person.home.resolve("1.out"), person.home.resolve("1.err"));
        edge.browser().open(person.openedPage()).logIn(PublicEdge.USER, PublicEdge.PASSWORD);
        assertThat(first.waitFor(90, TimeUnit.SECONDS)).isTrue();

        assertThat(Files.readString(person.home.resolve("1.out")))
                .describedAs(Files.readString(person.home.resolve("1.err")))
                .isEqualTo("in\n");
        assertThat(Files.readString(sshd.directory.resolve("log")))
                .contains("Accepted publickey for " + System.getProperty("user.name"))
                .contains("ID " + PublicEdge.USER);
        assertThat(person.home.resolve(".cloudflared/ssh.example.net-cf_key-cert.pub"))
                .exists();
    }
}
