package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
    @Test
    void lines_areObjectsWithLevelTimeAndMessage() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream json = new PrintStream(
                new JsonLines(new PrintStream(out, true, UTF_8), () -> Instant.parse("2026-01-31T12:00:00.5Z")),
                true,
                UTF_8);

        json.print("Starting metrics server on 127.0.0.1:1/metrics\n\n");
        json.print(
                "2026-01-31T12:00:01Z WARN run - connection 0 failed: \"é\"\njava.io.IOException: no\n\tat a.B.c(B.java:1)\n");
        json.print("unfinished");

        assertThat(out.toString(UTF_8).lines())
                .containsExactly(
                        "{\"level\":\"info\",\"time\":\"2026-01-31T12:00:00Z\",\"message\":\"Starting metrics server on 127.0.0.1:1/metrics\"}",
                        "{\"level\":\"warn\",\"time\":\"2026-01-31T12:00:01Z\",\"message\":\"connection 0 failed: \\\"é\\\"\"}",
                        "{\"level\":\"warn\",\"time\":\"2026-01-31T12:00:00Z\",\"message\":\"java.io.IOException: no\"}",
                        "{\"level\":\"warn\",\"time\":\"2026-01-31T12:00:00Z\",\"message\":\"\\tat a.B.c(B.java:1)\"}");
    }
}
