package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** An example started as {@code example NAME ARGS} in a thread of this JVM. What it prints is taken from standard output, so one at a time. */
final class RunningExample implements AutoCloseable {
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final PrintStream before = System.out;
    private final Thread thread;
    private volatile int code = -1;

    RunningExample(String name, Object... arguments) {
        System.setOut(new PrintStream(printed, true, UTF_8));
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                System.out,
                new PrintStream(said, true, UTF_8),
                Map.of(),
                Path.of("."),
                false);
        String[] words = Stream.concat(
                        Stream.of("example", name), Stream.of(arguments).map(String::valueOf))
                .toArray(String[]::new);
        thread = new Thread(() -> code = Main.run(terminal, words), "example " + name);
        thread.start();
    }

    /** Waits until it has printed this, and returns the pattern's last group. */
    String awaitPrinted(String pattern) {
        Matcher[] found = new Matcher[1];
        Awaitility.await(pattern).atMost(Duration.ofSeconds(60)).until(() -> {
            found[0] = Pattern.compile(pattern).matcher(printed.toString(UTF_8));
            if (!found[0].find() && !thread.isAlive()) {
                throw new AssertionError("ended with " + code + ": " + printed.toString(UTF_8) + said.toString(UTF_8));
            }
            return found[0].reset().find();
        });
        return found[0].group(found[0].groupCount());
    }

    /** Waits for its end. */
    int awaitEnd() throws InterruptedException {
        thread.join(60_000);
        return code;
    }

    @Override
    public void close() throws InterruptedException {
        thread.interrupt();
        thread.join(60_000);
        System.setOut(before);
    }
}
