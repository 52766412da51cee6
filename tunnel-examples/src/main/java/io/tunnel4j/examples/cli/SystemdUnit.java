package io.tunnel4j.examples.cli;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The unit file of a connector, in the system below a root directory. Not thread-safe. */
final class SystemdUnit {
    static final String NAME = "tunnel4j";
    static final Path TOKEN_FILE = Path.of("/etc/tunnel4j/token");

    private static final long SYSTEMCTL_SECONDS = 60;

    private final Path root;
    private final Map<String, String> environment;

    SystemdUnit(Path root, Map<String, String> environment) {
        this.root = root;
        this.environment = environment;
    }

    Path file() {
        return under("/etc/systemd/system/" + NAME + ".service");
    }

    private Path under(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    /** Says what is in the way before anything is changed. */
    void checkCanInstall() throws IOException {
        checkSystem("service install");
        if (Files.exists(file())) {
            throw new IOException(file() + " exists already (expected: 'service uninstall' first)");
        }
    }

    private void checkSystem(String command) throws IOException {
        if (!Files.isDirectory(under("/run/systemd/system"))) {
            throw new IOException(command + ": this system does not run systemd"
                    + " (expected: systemd; elsewhere let your supervisor run 'tunnel run --token-file FILE')");
        }
        Path units = under("/etc/systemd/system");
        if (!Files.isWritable(units)) {
            throw new IOException(command + ": " + units + " cannot be written (expected: run as root, e.g. by sudo)");
        }
    }

    void install(List<String> command) throws IOException, InterruptedException {
        Files.writeString(file(), text(command));
        systemctl("daemon-reload");
        systemctl("enable", "--now", NAME + ".service");
    }

    /** Installs with the token in a file that only root reads. */
    void install(List<String> command, String token) throws IOException, InterruptedException {
        Path file = under(TOKEN_FILE.toString());
        Files.createDirectories(
                file.getParent(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(file, token);
        install(command);
    }

    void uninstall() throws IOException, InterruptedException {
        checkSystem("service uninstall");
        if (!Files.exists(file())) {
            throw new IOException(file() + " does not exist (expected: an installed service)");
        }
        systemctl("disable", "--now", NAME + ".service");
        Files.delete(file());
        Files.deleteIfExists(under(TOKEN_FILE.toString()));
        systemctl("daemon-reload");
    }

    /** A restart after any failure, without a limit: the network may be away for long. */
    static String text(List<String> command) {
        return String.join(
                "\n",
                "[Unit]",
                "Description=tunnel4j connector",
                "Wants=network-online.target",
                "After=network-online.target",
                "StartLimitIntervalSec=0",
                "",
                "[Service]",
                "Type=exec",
                "ExecStart=" + command.stream().map(SystemdUnit::quoted).collect(Collectors.joining(" ")),
                "Restart=on-failure",
                "RestartSec=5s",
                "RestartPreventExitStatus=" + ExitCode.USAGE,
                "TimeoutStopSec=60s",
                "SuccessExitStatus=143",
                "NoNewPrivileges=yes",
                "ProtectSystem=full",
                "",
                "[Install]",
                "WantedBy=multi-user.target",
                "");
    }

    /** A word as systemd reads it: percent and dollar signs are not special, spaces do not separate. */
    private static String quoted(String word) {
        String escaped = word.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("%", "%%")
                .replace("$", "$$");
        return escaped.matches("[A-Za-z0-9_./:=@,+-]+") ? escaped : "\"" + escaped + "\"";
    }

    private void systemctl(String... words) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program()));
        command.addAll(List.of(words));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        if (!process.waitFor(SYSTEMCTL_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
            throw new IOException(String.join(" ", command) + ": no end after " + SYSTEMCTL_SECONDS + " s");
        }
        if (process.exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": exit code " + process.exitValue()
                    + (output.isEmpty() ? "" : ": " + output));
        }
    }

    private String program() {
        String path = environment.getOrDefault("PATH", "/usr/bin:/bin");
        for (String directory : path.split(File.pathSeparator)) {
            Path found = Path.of(directory, "systemctl");
            if (Files.isExecutable(found)) {
                return found.toString();
            }
        }
        return "systemctl";
    }
}
