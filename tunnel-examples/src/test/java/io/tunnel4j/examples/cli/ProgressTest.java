package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private Terminal terminal(boolean isInteractive) {
        return new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(err, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                Map.of(),
                Path.of("/"),
                isInteractive);
    }

    private void awaitText(String text) {
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .until(() -> err.toString(UTF_8).contains(text));
    }

    @Test
    void onATerminal_oneLineLives_andIsGoneAtTheEnd() {
        Progress progress = Progress.started(terminal(true), "the login", Duration.ofMillis(10));
        awaitText("Waiting for the login … 0 s");
        progress.close();

        assertThat(err.toString(UTF_8)).doesNotContain("\n").endsWith("\r\u001b[K");
    }

    @Test
    void inAPipe_plainLines() {
        Progress progress = Progress.started(terminal(false), "the login", Duration.ofMillis(10));
        awaitText("Still waiting for the login after 0 s\n");
        progress.close();

        assertThat(err.toString(UTF_8)).doesNotContain("\r", "\u001b");
    }

    @Test
    void inAPipe_whatIsQuick_isNotMentioned() {
        assertThat(Progress.awaiting(terminal(false), "the login", () -> "done"))
                .isEqualTo("done");

        assertThat(err.toString(UTF_8)).isEmpty();
    }
}
