package io.tunnel4j.benchmarks;

import io.tunnel4j.benchmarks.process.Jvm;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What the command line asks for. Immutable once read. */
public final class BenchOptions {
    /** How to use it. */
    public static final String USAGE = """
            usage: ./dev bench [OPTIONS]            end to end, against haproxy, ssh and a direct connection
                   ./dev bench --jmh [JMH ARGS]     microbenchmarks
              --rounds N              alternating rounds (default 5)
              --seconds N             length of each measurement of small requests (default 4)
              --suite A,B             connector, edge, forwarder, first-byte, memory, start (default: all)
              --only SUBJECT          measures one subject of the suite, e.g. connector or haproxy
              --connector [NAME=]'COMMAND'  measures another connector that takes the same flags, beside or (with --only) instead of ours;
                                      repeatable
              --java-options 'FLAGS'  for our connector's JVM (default: none)
              --beside JARS           class path beside our programs' jar, e.g. native TLS and transport (default: none)
              --bytes N               size of the bulk transfers (default 1 GiB)
              --json FILE             writes all samples
              --svg FILE              draws the bars
            """;

    private static final String MAIN = "io.tunnel4j.examples.cli.Main";

    private static final Set<String> SUITES = Set.of("connector", "edge", "forwarder", "first-byte", "memory", "start");

    private int rounds = 5;
    private Duration duration = Duration.ofSeconds(4);
    private long bytes = 1L << 30;
    private List<String> suites = List.of("connector", "edge", "forwarder", "first-byte", "memory", "start");
    private @Nullable String only;
    private final Map<String, List<String>> connectors = new LinkedHashMap<>();
    private List<String> javaOptions = List.of();
    private String beside = "";
    private @Nullable Path json;
    private @Nullable Path svg;
    private Path jar = Path.of("tunnel-examples/target/tunnel.jar").toAbsolutePath();

    private BenchOptions() {}

    /**
     * Reads the command line.
     *
     * @param arguments its words
     * @return the options
     * @throws IllegalArgumentException that names the word that is wrong
     */
    public static BenchOptions parse(String... arguments) {
        BenchOptions options = new BenchOptions();
        for (int i = 0; i < arguments.length; i += 2) {
            String name = arguments[i];
            if (i + 1 == arguments.length) {
                throw new IllegalArgumentException(name + ": expected a value");
            }
            options.set(name, arguments[i + 1]);
        }
        return options;
    }

    private void set(String name, String value) {
        switch (name) {
            case "--rounds" -> rounds = positive(name, value);
            case "--seconds" -> duration = Duration.ofSeconds(positive(name, value));
            case "--bytes" -> bytes = Long.parseLong(value);
            case "--suite" -> {
                suites = List.of(value.split(","));
                suites.forEach(suite -> {
                    if (!SUITES.contains(suite)) {
                        throw new IllegalArgumentException(
                                "--suite: '" + suite + "' (expected: one of " + SUITES + ")");
                    }
                });
            }
            case "--only" -> only = value;
            case "--connector" -> {
                int equals = value.indexOf('=');
                boolean named = equals > 0 && value.substring(0, equals).matches("[A-Za-z0-9_.-]+");
                connectors.put(
                        named ? value.substring(0, equals) : "other-" + (connectors.size() + 1),
                        words(named ? value.substring(equals + 1) : value));
            }
            case "--java-options" -> javaOptions = words(value);
            case "--beside" -> beside = value;
            case "--json" -> json = Path.of(value);
            case "--svg" -> svg = Path.of(value);
            case "--jar" -> jar = Path.of(value).toAbsolutePath();
            default -> throw new IllegalArgumentException(name + ": unknown option");
        }
    }

    private static List<String> words(String command) {
        return Arrays.stream(command.trim().split("\\s+"))
                .filter(word -> !word.isEmpty())
                .toList();
    }

    private static int positive(String name, String value) {
        int number = Integer.parseInt(value);
        if (number < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: > 0)");
        }
        return number;
    }

    /**
     * Returns the number of rounds.
     *
     * @return at least 1
     */
    public int rounds() {
        return rounds;
    }

    /**
     * Returns the length of a measurement of small requests.
     *
     * @return whole seconds
     */
    public Duration duration() {
        return duration;
    }

    /**
     * Returns the size of bulk transfers.
     *
     * @return bytes
     */
    public long bytes() {
        return bytes;
    }

    /**
     * Returns what to measure.
     *
     * @return names of suites
     */
    public List<String> suites() {
        return suites;
    }

    /**
     * Tells whether a subject is to be measured.
     *
     * @param subject its name
     * @return false when another one was asked for
     */
    public boolean includes(String subject) {
        return only == null || Arrays.asList(only.split(",")).contains(subject);
    }

    /**
     * Returns the connectors to measure.
     *
     * @return commands by name; ours is called {@code connector}
     */
    public Map<String, List<String>> connectors() {
        Map<String, List<String>> all = new LinkedHashMap<>();
        all.put("connector", java(javaOptions));
        all.putAll(connectors);
        all.keySet().removeIf(name -> !includes(name));
        return all;
    }

    /**
     * Returns the connector of the suites that measure more than connectors, whatever {@code --only} names of theirs.
     *
     * @return its command
     */
    public List<String> connector() {
        return connectors().values().stream().findFirst().orElseGet(() -> java(javaOptions));
    }

    /**
     * Returns the command line's program, in a JVM with the given flags.
     *
     * @param flags of the JVM
     * @return a command to be continued
     */
    public List<String> java(List<String> flags) {
        List<String> command = new ArrayList<>();
        command.add(Jvm.program("java"));
        command.addAll(flags);
        if (beside.isEmpty()) {
            command.addAll(List.of("-jar", jar.toString()));
        } else {
            // A jar that is run by its name takes no class path.
            command.addAll(List.of("-cp", jar + File.pathSeparator + beside, MAIN));
        }
        return command;
    }

    /**
     * Returns the launcher beside the jar, which {@code ./dev bench} puts there with a class archive.
     *
     * @return the program
     */
    public Path launcher() {
        return jar.resolveSibling("tunnel");
    }

    /**
     * Returns where samples go.
     *
     * @return a file, or null
     */
    public @Nullable Path json() {
        return json;
    }

    /**
     * Returns where the chart goes.
     *
     * @return a file, or null
     */
    public @Nullable Path svg() {
        return svg;
    }
}
