package io.tunnel4j.examples.walkthroughs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.testing.ScriptedBrowser;
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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * Somebody who does what a page says, word for word: each person of the page has a home directory and a terminal, all in one working directory. {@code tunnel} in
 * the PATH is this build. What is shown must be what the page shows, line for line, {@code …} standing for anything.
 */
final class Reader implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final Pattern ADDRESS = Pattern.compile("(?m)^(https?://\\S+)$");

    private final Path directory;
    private final Path programs;
    private final Map<String, List<Running>> terminals = new LinkedHashMap<>();
    private final Map<String, ScriptedBrowser> browsers = new LinkedHashMap<>();

    private record Running(String command, Process process, Path output) {
        String text() throws IOException {
            return Files.readString(output);
        }
    }

    Reader(Path parent) throws IOException {
        directory = Files.createDirectories(parent.resolve("work"));
        programs = Files.createDirectories(parent.resolve("bin"));
        program(
                "tunnel",
                "exec '" + Path.of(System.getProperty("java.home"), "bin", "java")
                        + "' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC" + " -cp '"
                        + System.getProperty("java.class.path") + "' io.tunnel4j.examples.cli.Main \"$@\"");
        program("xdg-open", ":");
    }

    /** Puts a program before those of the machine. */
    void program(String name, String script) throws IOException {
        Path file = Files.writeString(programs.resolve(name), "#!/bin/bash\n" + script + "\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    Path home(String who) throws IOException {
        return Files.createDirectories(directory.resolveSibling("home-" + who));
    }

    Path directory() {
        return directory;
    }

    void follow(Page page) throws Exception {
        for (Page.Step step : page.steps()) {
            if (step instanceof Page.Save save) {
                Path file = save.file().startsWith("~/")
                        ? home(save.who()).resolve(save.file().substring(2))
                        : directory.resolve(save.file());
                Files.createDirectories(file.getParent());
                Files.writeString(file, save.text());
            } else if (step instanceof Page.Browse browse) {
                for (String line : browse.lines()) {
                    browse(browse.who(), line);
                }
            } else if (step instanceof Page.Interrupt interrupt) {
                Running last = last(interrupt.who());
                last.process().descendants().forEach(ProcessHandle::destroy); // the shell ends after its command
                assertThat(last.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                        .as(last.command())
                        .isTrue();
            } else if (step instanceof Page.Console console) {
                type(console);
            }
        }
    }

    private Running last(String who) {
        List<Running> all = terminals.get(who);
        return all.get(all.size() - 1);
    }

    private void type(Page.Console console) throws Exception {
        List<String> expected = new ArrayList<>();
        String command = null;
        for (int i = 0; i < console.lines().size(); i++) {
            String line = console.lines().get(i);
            if (line.startsWith("$ ")) {
                if (command != null) {
                    run(console, command, expected);
                }
                StringBuilder whole = new StringBuilder(line.substring(2));
                while (isUnfinished(whole)) {
                    i++;
                    whole.append('\n').append(console.lines().get(i));
                }
                command = whole.toString();
                expected = new ArrayList<>();
            } else {
                expected.add(line);
            }
        }
        if (command == null) {
            finish(last(console.who()), expected);
        } else {
            run(console, command, expected);
        }
    }

    /** A shell would go on asking: a backslash at the end, or a quote not closed. */
    private static boolean isUnfinished(CharSequence command) {
        String text = command.toString();
        return text.endsWith("\\") || text.chars().filter(c -> c == '\'').count() % 2 == 1;
    }

    private void run(Page.Console console, String command, List<String> expected) throws Exception {
        Running running = start(console.who(), command);
        switch (console.manner()) {
            case "stays", "waits" -> {
                terminals
                        .computeIfAbsent(console.who(), key -> new ArrayList<>())
                        .add(running);
                Awaitility.await(command).atMost(PATIENCE).untilAsserted(() -> {
                    if (!matches(running.text(), expected) && !running.process().isAlive()) {
                        throw new IllegalStateException(command + " ended: " + running.text());
                    }
                    assertThat(matches(running.text(), expected))
                            .as("%s shows\n%s\nexpected\n%s", command, running.text(), String.join("\n", expected))
                            .isTrue();
                });
            }
            case "fails" -> {
                assertThat(ended(running)).as(command).isNotZero();
                check(running, expected);
            }
            default -> {
                assertThat(ended(running)).as("%s%n%s", command, running.text()).isZero();
                check(running, expected);
            }
        }
    }

    private void finish(Running running, List<String> expected) throws Exception {
        assertThat(ended(running))
                .as("%s%n%s", running.command(), running.text())
                .isZero();
        List<String> whole = new ArrayList<>(List.of("…"));
        whole.addAll(expected);
        check(running, whole);
    }

    private static void check(Running running, List<String> expected) throws IOException {
        assertThat(matches(running.text(), expected)
                        && (!expected.isEmpty() || running.text().isBlank()))
                .as("%s shows\n%s\nexpected\n%s", running.command(), running.text(), String.join("\n", expected))
                .isTrue();
    }

    private static int ended(Running running) throws Exception {
        if (!running.process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("no end: " + running.command() + "\n" + running.text());
        }
        return running.process().exitValue();
    }

    /** Empty lines count for nothing; a line of only … stands for any number of lines. */
    private static boolean matches(String shown, List<String> expected) {
        StringBuilder pattern = new StringBuilder("(?s)");
        for (String line : expected) {
            if (line.strip().equals("…")) {
                pattern.append("(?:[^\n]*\n)*?");
            } else if (!line.isBlank()) {
                Matcher part = Pattern.compile("…|[^…]+").matcher(line.stripTrailing());
                while (part.find()) {
                    pattern.append(part.group().equals("…") ? "[^\n]*" : Pattern.quote(part.group()));
                }
                pattern.append("[^\\S\n]*\n");
            }
        }
        String text = shown.lines().filter(line -> !line.isBlank()).reduce("", (all, line) -> all + line + "\n");
        return Pattern.compile(pattern.toString()).matcher(text).lookingAt();
    }

    private Running start(String who, String command) throws IOException {
        Path home = home(who);
        Path settings = home.resolve(".exported");
        Path output = Files.createTempFile(home, ".shown", "");
        String script = "[ ! -f '" + settings + "' ] || . '" + settings + "'\n" + command + "\nc=$?; export -p > '"
                + settings + "'; exit $c";
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", script).directory(directory.toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(Map.of(
                        "HOME",
                        home.toString(),
                        "PATH",
                        programs + ":" + System.getenv("PATH") + ":/usr/sbin",
                        "LC_ALL",
                        "C.UTF-8",
                        "GIT_CONFIG_NOSYSTEM",
                        "1"));
        Process process = builder.redirectErrorStream(true)
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectOutput(output.toFile())
                .start();
        return new Running(command, process, output);
    }

    private void browse(String who, String line) throws IOException {
        ScriptedBrowser browser = browsers.computeIfAbsent(
                who,
                key -> new ScriptedBrowser(DevelopmentAuthority.in(directory).certificate()));
        String rest = line.substring(line.indexOf(' ') + 1);
        switch (line.substring(0, line.indexOf(' '))) {
            case "open" -> browser.open(rest.equals("the address shown") ? address(who) : rest);
            case "choose" -> browser.click(rest);
            case "enter" -> browser.enter(rest.split(": ", 2)[0], rest.split(": ", 2)[1]);
            case "press" -> browser.press(rest);
            case "see" -> assertThat(browser.text()).contains(rest);
            default -> throw new IllegalArgumentException(line);
        }
    }

    private String address(String who) {
        StringBuilder found = new StringBuilder();
        Awaitility.await("an address").atMost(PATIENCE).untilAsserted(() -> {
            StringBuilder shown = new StringBuilder();
            for (Running running : terminals.get(who)) {
                shown.append("$ ").append(running.command()).append('\n').append(running.text());
                Matcher address = ADDRESS.matcher(running.text());
                while (running.process().isAlive() && address.find()) {
                    found.replace(0, found.length(), address.group(1));
                }
            }
            assertThat(found).as("address in what %s sees:%n%s", who, shown).isNotEmpty();
        });
        return found.toString();
    }

    @Override
    public void close() throws InterruptedException {
        List<Process> all = terminals.values().stream()
                .flatMap(List::stream)
                .map(Running::process)
                .toList();
        for (Process process : all) {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
        for (Process process : all) {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        }
    }
}
