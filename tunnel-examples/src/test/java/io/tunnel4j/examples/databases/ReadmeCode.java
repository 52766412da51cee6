package io.tunnel4j.examples.databases;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;

/** Java code of the README, compiled and run as it stands there but for names. */
final class ReadmeCode {
    private final List<String> lines;

    private ReadmeCode(List<String> lines) {
        this.lines = lines;
    }

    /** The code block that contains a text. */
    static ReadmeCode with(String text) throws IOException {
        String readme = Files.readString(Path.of("..", "README.md"));
        return new ReadmeCode(Pattern.compile("```java\\n(.*?)```", Pattern.DOTALL)
                .matcher(readme)
                .results()
                .map(found -> found.group(1))
                .filter(code -> code.contains(text))
                .findFirst()
                .orElseThrow()
                .lines()
                .toList());
    }

    int lineCount() {
        return lines.size();
    }

    ReadmeCode replacing(String name, String by) {
        assertThat(lines).anyMatch(line -> line.contains(name));
        return new ReadmeCode(lines.stream().map(line -> line.replace(name, by)).collect(Collectors.toList()));
    }

    /** Runs it and returns what it prints. */
    String run(Path directory) throws Exception {
        Path source = Files.writeString(
                directory.resolve("Readme.java"),
                "import java.sql.*;\npublic class Readme {\npublic static void run() throws Exception {\n"
                        + String.join("\n", lines) + "\n}\n}\n");
        int failed = ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-proc:none", "-d", directory.toString(), source.toString());
        assertThat(failed).isZero();
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try (URLClassLoader loader = new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
            loader.loadClass("Readme").getMethod("run").invoke(null);
        } finally {
            System.setOut(before);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
