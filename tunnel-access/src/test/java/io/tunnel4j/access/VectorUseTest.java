package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Nothing that was captured lies about unused: each file is named by a test, each transcript by one of the client and one of the edge. */
class VectorUseTest {
    private static final Path VECTORS = Path.of("src/test/resources/vectors/access");
    private static final Path CLIENT_TESTS = Path.of("src/test/java");
    private static final Path EDGE_TESTS = Path.of("../tunnel-edge/src/test/java/io/tunnel4j/edge/gate");
    private static final Path EDGE_VECTORS = Path.of("../tunnel-edge/src/test/resources/vectors/access");
    private static final Path CONNECTOR_TESTS = Path.of("../tunnel-core/src/test/java");

    /** The command that only prints. */
    private static final Set<String> WITHOUT_TRAFFIC = Set.of("ssh-config");

    @Test
    void vectorFile_any_isUsedByATest() throws IOException {
        String tests = sources(CLIENT_TESTS) + sources(EDGE_TESTS) + sources(CONNECTOR_TESTS);

        assertThat(files(VECTORS))
                .isNotEmpty()
                .filteredOn(file -> !file.startsWith("transcripts/"))
                .allSatisfy(file -> assertThat(tests.contains("\"" + file + "\"")
                                || tests.contains("\"" + file.replaceAll(".*/|\\.[a-z]+$", "") + "\"")
                                || tests.contains("\"" + file.replaceAll("^keys/|\\.pem$", "") + "\""))
                        .describedAs("used: %s", file)
                        .isTrue());
    }

    @Test
    void transcript_any_isReplayedByTheClientAndByTheEdge() throws IOException {
        String client = sources(CLIENT_TESTS);
        String edge = sources(EDGE_TESTS);

        assertThat(files(VECTORS.resolve("transcripts"))).hasSizeGreaterThan(30).allSatisfy(file -> {
            String name = file.replace(".json", "");
            assertThat(isNamed(client, name))
                    .describedAs("client replays %s", name)
                    .isTrue();
            assertThat(isNamed(edge, name) || WITHOUT_TRAFFIC.contains(name))
                    .describedAs("edge replays %s", name)
                    .isTrue();
        });
    }

    @Test
    void copies_ofTheEdgesTests_areTheSameFiles() throws IOException {
        for (String file : files(EDGE_VECTORS)) {
            assertThat(Files.readAllBytes(EDGE_VECTORS.resolve(file)))
                    .describedAs(file)
                    .isEqualTo(Files.readAllBytes(VECTORS.resolve(file)));
        }
    }

    private static boolean isNamed(String sources, String transcript) {
        return sources.contains("\"" + transcript + "\"")
                || sources.contains("\"transcripts/" + transcript + ".json\"");
    }

    private static List<String> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.walk(directory)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> directory.relativize(file).toString().replace('\\', '/'))
                    .sorted()
                    .toList();
        }
    }

    private static String sources(Path directory) throws IOException {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path file :
                    all.filter(path -> path.toString().endsWith(".java")).toList()) {
                if (!file.endsWith("VectorUseTest.java")) {
                    texts.add(Files.readString(file));
                }
            }
        }
        return String.join("\n", texts);
    }
}
