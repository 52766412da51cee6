package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.TunnelCredentials;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code service install} and {@code uninstall} in a system below a temporary directory, with a systemctl that writes down its orders. */
class ServiceCommandTest {
    @TempDir
    private Path directory;

    private final String token = TunnelCredentials.of("0".repeat(32), UUID.randomUUID(), new byte[32])
            .toToken();
    private Path root;
    private Path orders;
    private Path unit;
    private String err = "";

    @BeforeEach
    void makeSystem() throws IOException {
        root = directory.resolve("root");
        orders = directory.resolve("orders");
        unit = root.resolve("etc/systemd/system/tunnel4j.service");
        Files.createDirectories(unit.getParent());
        Files.createDirectories(root.resolve("run/systemd/system"));
        systemctl("echo \"$@\" >> '" + orders + "'");
    }

    private void systemctl(String script) throws IOException {
        Path program = Files.writeString(
                Files.createDirectories(directory.resolve("bin")).resolve("systemctl"), "#!/bin/sh\n" + script + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private int run(String... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, UTF_8),
                new PrintStream(out, true, UTF_8),
                Map.of("PATH", directory.resolve("bin") + ":/usr/bin:/bin"),
                directory.resolve("home"),
                false);
        int code = Main.run(terminal, words);
        err = out.toString(UTF_8);
        return code;
    }

    private int install(String... more) {
        return run(java.util.stream.Stream.concat(
                        java.util.stream.Stream.of("service", "install", "--root", root.toString()),
                        java.util.stream.Stream.of(more))
                .toArray(String[]::new));
    }

    @Test
    void install_token_unitStartsAtBootAndAgainAfterFailure_tokenIsForRootOnly() throws IOException {
        assertThat(install(token)).describedAs(err).isZero();

        assertThat(unit)
                .content()
                .contains("WantedBy=multi-user.target", "Restart=on-failure", "StartLimitIntervalSec=0")
                .contains(" tunnel --no-autoupdate run --token-file /etc/tunnel4j/token\n")
                .doesNotContain(token);
        Path secret = root.resolve("etc/tunnel4j/token");
        assertThat(secret).hasContent(token);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)))
                .isEqualTo("rw-------");
        assertThat(Files.readAllLines(orders)).containsExactly("daemon-reload", "enable --now tunnel4j.service");
        assertThat(err).contains("journalctl -u tunnel4j");
    }

    @Test
    void uninstall_installed_stopsAndRemovesEverything() throws IOException {
        install(token);

        assertThat(run("tunnel", "service", "uninstall", "--root", root.toString()))
                .describedAs(err)
                .isZero();

        assertThat(unit).doesNotExist();
        assertThat(root.resolve("etc/tunnel4j/token")).doesNotExist();
        assertThat(Files.readAllLines(orders)).endsWith("disable --now tunnel4j.service", "daemon-reload");
    }

    @Test
    void install_configurationFile_isNamedInTheUnit() throws IOException {
        Path config = Files.writeString(
                directory.resolve("my config.yml"), "tunnel: " + UUID.randomUUID() + "\ncredentials-file: /x/y.json\n");

        assertThat(install("--config", config.toString())).describedAs(err).isZero();

        assertThat(unit).content().contains("--config \"" + config + "\" run");
    }

    @Test
    void install_configurationFileBeforeTheWord_countsAsWell() throws IOException {
        Path config = Files.writeString(
                directory.resolve("config.yml"), "tunnel: " + UUID.randomUUID() + "\ncredentials-file: /x/y.json\n");

        int code = run("--config", config.toString(), "service", "install", "--root", root.toString());

        assertThat(code).describedAs(err).isZero();
        assertThat(unit).content().contains("--config " + config + " run");
    }

    @Test
    void install_configurationWithoutCredentials_isRefusedBeforeAnythingIsWritten() throws IOException {
        Path config = Files.writeString(directory.resolve("config.yml"), "tunnel: " + UUID.randomUUID() + "\n");

        assertThat(install("--config", config.toString())).isEqualTo(2);

        assertThat(err).contains("credentials-file");
        assertThat(unit).doesNotExist();
        assertThat(orders).doesNotExist();
    }

    @Test
    void install_twice_saysWhatToDoFirst() {
        install(token);

        assertThat(install(token)).isEqualTo(1);

        assertThat(err).contains("exists already", "service uninstall");
    }

    @Test
    void install_noToken_noFile_saysWhatIsMissing() {
        assertThat(install()).isEqualTo(2);

        assertThat(err).contains("no token and no config.yml");
    }

    @Test
    void install_malformedToken_isRefused() {
        assertThat(install("nonsense")).isEqualTo(2);

        assertThat(unit).doesNotExist();
    }

    @Test
    void install_withoutSystemd_isRefusedAndSaysWhatElse() throws IOException {
        Files.delete(root.resolve("run/systemd/system"));

        assertThat(install(token)).isEqualTo(1);

        assertThat(err).contains("does not run systemd", "tunnel run --token-file");
    }

    @Test
    void install_systemctlFails_isShown() throws IOException {
        systemctl("echo no bus; exit 4");

        assertThat(install(token)).isEqualTo(1);

        assertThat(err).contains("daemon-reload", "exit code 4", "no bus");
    }

    @Test
    void uninstall_nothingThere_isSaid() {
        assertThat(run("service", "uninstall", "--root", root.toString())).isEqualTo(1);

        assertThat(err).contains("does not exist");
    }

    @Test
    void unit_strangeWords_areQuotedForSystemd() {
        assertThat(SystemdUnit.text(List.of("/opt/a b/tunnel", "50%", "$HOME", "say \"x\"")))
                .contains("ExecStart=\"/opt/a b/tunnel\" \"50%%\" \"$$HOME\" \"say \\\"x\\\"\"\n");
    }
}
