package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * A person's shell with a home of its own: {@code tunnel} in the PATH is this build, names in {@code example.net} lead to the edge, and
 * {@code xdg-open} writes down what it was to open.
 */
final class Shell implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(30);

    final Path home;
    private final Path programs;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private final List<Process> started = new ArrayList<>();

    Shell(Path directory, Path hosts) throws IOException {
        home = Files.createDirectories(directory.resolve("home"));
        programs = Files.createDirectories(directory.resolve("bin"));
        script(
                "tunnel",
                "exec '" + Path.of(System.getProperty("java.home"), "bin", "java") + "'"
                        + " -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dtunnel.program=tunnel '-Djdk.net.hosts.file="
                        + hosts + "'"
                        + " -cp '" + System.getProperty("java.class.path") + "' io.tunnel4j.examples.cli.Main \"$@\"");
        script("xdg-open", "printf '%s\\n' \"$1\" >> '" + opened() + "'");
        environment.put("HOME", home.toString());
        environment.put("PATH", programs + ":" + System.getenv("PATH") + ":/usr/sbin");
        environment.put("LC_ALL", "C.UTF-8");
    }

    void script(String name, String text) throws IOException {
        Path file = Files.writeString(programs.resolve(name), "#!/bin/sh\n" + text + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Path opened() {
        return programs.resolve("opened-pages");
    }

    Shell with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** Skips the test on a machine without the program, unless it is the continuous integration's. */
    void need(String program) {
        boolean isThere = Files.isExecutable(Path.of("/usr/sbin", program))
                || Files.isExecutable(Path.of("/usr/bin", program))
                || Files.isExecutable(Path.of("/bin", program));
        if ("true".equals(System.getenv("CI")) && !isThere) {
            throw new AssertionError(program + " is not installed");
        }
        assumeTrue(isThere, program + " is not installed");
    }

    /** Runs a line of shell to its end. */
    Result run(String line) throws Exception {
        Path out = Files.createTempFile(home, "out", "");
        Path err = Files.createTempFile(home, "err", "");
        Process process = start(line, out, err);
        if (!process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("no end: " + line + "\n" + Files.readString(err));
        }
        return new Result(line, process.exitValue(), text(out), text(err));
    }

    /** Whatever bytes there are. */
    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), UTF_8);
    }

    /** Starts a line that goes on; ended with this shell. */
    Process start(String line, Path out, Path err) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("/bin/sh", "-c", line).directory(home.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        Process process = builder.redirectInput(new java.io.File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        started.add(process);
        return process;
    }

    /** Starts a line whose whole output goes to a file, and waits until the output is as wished. */
    Path startUntil(String line, Predicate<String> isReady) throws IOException {
        Path log = Files.createTempFile(home, "log", "");
        Process process = start("exec " + line + " 2>&1", log, home.resolve("unused"));
        Awaitility.await(line).atMost(Duration.ofSeconds(90)).until(() -> {
            String output = Files.readString(log);
            if (!process.isAlive()) {
                throw new AssertionError(line + " ended: " + output);
            }
            return isReady.test(output);
        });
        return log;
    }

    /** Waits for the browser to be started and returns the page, once. */
    String openedPage() throws IOException {
        Awaitility.await("a page")
                .atMost(Duration.ofSeconds(90))
                .until(() ->
                        Files.exists(opened()) && Files.readString(opened()).endsWith("\n"));
        String page = Files.readString(opened()).strip();
        Files.delete(opened());
        return page;
    }

    @Override
    public void close() {
        for (Process process : started) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
        for (Process process : started) {
            try {
                if (!process.waitFor(20, TimeUnit.SECONDS)) {
                    process.descendants().forEach(ProcessHandle::destroyForcibly);
                    process.destroyForcibly().waitFor();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** How a line ended. */
    record Result(String line, int code, String out, String err) {
        Result ok() {
            assertThat(code).describedAs("%s\n%s\n%s", line, out, err).isZero();
            return this;
        }
    }
}
