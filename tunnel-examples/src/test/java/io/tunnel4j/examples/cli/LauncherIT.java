package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher with the built jar: its archive helps or is ignored, and never shows itself in the output. */
@Timeout(300)
class LauncherIT {
    private static final Path JAR = Path.of("target/tunnel.jar");

    @TempDir
    private Path directory;

    private Path place;
    private Shell shell;

    @BeforeEach
    void open() throws IOException {
        assumeTrue(Files.exists(JAR), "the jar is not built");
        install("place");
    }

    private void install(String name) throws IOException {
        place = Files.createDirectory(directory.resolve(name));
        Files.copy(JAR, place.resolve("tunnel.jar"));
        Files.copy(Path.of("src/main/launcher/tunnel"), place.resolve("tunnel"));
        shell = new Shell(directory.resolve("shell of " + name), directory.resolve("hosts"));
        Files.createSymbolicLink(shell.home.resolve("tunnel"), place.resolve("tunnel"));
        shell.with("JAVA_HOME", System.getProperty("java.home"));
    }

    @AfterEach
    void close() {
        shell.close();
    }

    private void assertWorks() throws Exception {
        Shell.Result version = shell.run("./tunnel --version");
        assertThat(version.ok().out()).matches("tunnel4j [^\n]+\n");
        assertThat(version.err()).isEmpty();
        Shell.Result config =
                shell.run("./tunnel access ssh-config --hostname h").ok();
        assertThat(config.out())
                .contains("  ProxyCommand " + place.toRealPath().resolve("tunnel") + " access ssh --hostname %h\n");
        assertThat(config.err()).isEmpty();
    }

    @Test
    void withoutArchive_inADirectoryWithASpace_works() throws Exception {
        shell.close();
        install("a place");

        assertWorks();
    }

    @Test
    void archive_made_isUsed_andIgnoredByAnotherJava() throws Exception {
        shell.run("./tunnel archive").ok();

        assertThat(place.resolve("tunnel.jsa")).isNotEmptyFile();
        assertWorks();
        Shell.Result loaded =
                shell.with("TUNNEL_JAVA_OPTS", "-Xlog:class+load:stderr").run("./tunnel --version");
        assertThat(loaded.err()).contains("io.tunnel4j.examples.cli.Terminal source: shared objects file (top)");
        shell.with("TUNNEL_JAVA_OPTS", "");
        Path other = anotherJava();
        if (other != null) {
            shell.with("JAVA_HOME", other.toString());
            assertWorks();
        }
    }

    @Test
    void archive_broken_isIgnored() throws Exception {
        Files.write(place.resolve("tunnel.jsa"), new byte[100_000]);

        assertWorks();
    }

    private static Path anotherJava() throws IOException {
        Path all = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(all)) {
            return null;
        }
        Path ours = Path.of(System.getProperty("java.home")).toRealPath();
        try (DirectoryStream<Path> homes = Files.newDirectoryStream(all)) {
            for (Path home : homes) {
                if (Files.isExecutable(home.resolve("bin/java"))
                        && !home.toRealPath().equals(ours)) {
                    return home;
                }
            }
        }
        return null;
    }
}
