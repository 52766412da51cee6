package io.tunnel4j.examples.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** The command line in a process of its own, with a small heap. */
final class Program implements AutoCloseable {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+([0-9]+) kB");

    private final Process process;
    private final Path output;

    /** Starts it; its output goes to a file in the directory. */
    Program(Path directory, List<String> jvmArguments, String... words) throws IOException {
        output = Files.createTempFile(directory, words[0], ".log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvmArguments);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "io.tunnel4j.examples.cli.Main"));
        command.addAll(Arrays.asList(words));
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    /** Waits for a line and returns the group of the pattern. */
    String await(String pattern) {
        Pattern wanted = Pattern.compile(pattern);
        String[] found = new String[1];
        Awaitility.await(pattern).atMost(Duration.ofSeconds(60)).until(() -> {
            Matcher matcher = wanted.matcher(output());
            if (matcher.find()) {
                found[0] = matcher.groupCount() == 0 ? "" : matcher.group(1);
            }
            return found[0] != null;
        });
        return found[0];
    }

    String output() throws IOException {
        return Files.readString(output);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long residentMegabytes() throws IOException {
        Matcher resident = RESIDENT.matcher(Files.readString(Path.of("/proc", Long.toString(process.pid()), "status")));
        return resident.find() ? Long.parseLong(resident.group(1)) / 1024 : -1;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(10, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
