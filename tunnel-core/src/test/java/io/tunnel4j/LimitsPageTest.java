package io.tunnel4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Every number on the page of limits is held by a test that exists. */
class LimitsPageTest {
    private static final Pattern NAMED = Pattern.compile("`([A-Za-z0-9]+(?:Test|IT|Contract))(?:\\.([A-Za-z0-9_]+))?`");

    @Test
    void everyRow_namesTestsThatExist() throws IOException {
        Map<String, List<String>> sources = testSources();
        int rows = 0;
        for (String line : Files.readAllLines(Path.of("../docs/limits.md"), UTF_8)) {
            if (!line.startsWith("| ") || line.startsWith("| what |")) {
                continue;
            }
            rows++;
            List<MatchResult> named = NAMED.matcher(line).results().toList();
            assertThat(named).as(line).isNotEmpty();
            for (MatchResult test : named) {
                String method = test.group(2);
                assertThat(sources.getOrDefault(test.group(1), List.of()))
                        .as(test.group())
                        .anyMatch(source -> method == null || source.contains("void " + method + "("));
            }
        }
        assertThat(rows).isGreaterThan(70);
    }

    /** The text of every test class, by its simple name. */
    private static Map<String, List<String>> testSources() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> modules = Files.list(Path.of(".."))) {
            for (Path module : modules.map(m -> m.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .toList()) {
                try (Stream<Path> all = Files.walk(module)) {
                    all.filter(file -> file.toString().endsWith(".java")).forEach(files::add);
                }
            }
        }
        return files.stream()
                .collect(Collectors.groupingBy(
                        file -> file.getFileName().toString().replace(".java", ""),
                        Collectors.mapping(LimitsPageTest::read, Collectors.toList())));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, UTF_8);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
