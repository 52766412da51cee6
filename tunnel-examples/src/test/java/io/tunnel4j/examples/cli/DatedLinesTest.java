package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatedLinesTest {
    @ParameterizedTest
    @ValueSource(
            strings = {"2026-11-30T07:51:10Z", "2026-01-01T00:00:00Z", "2024-02-29T23:59:00Z", "1969-12-31T23:59:59Z"})
    void at_anySecond_isWhatTheLibraryWrites(String time) {
        assertThat(DatedLines.at(Instant.parse(time).getEpochSecond())).isEqualTo(time);
    }

    @Test
    void println_line_isDatedAndTracesAreNot() {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        DatedLines lines = new DatedLines(new PrintStream(written, true, StandardCharsets.UTF_8));

        lines.println("INFO Supervisor - ready");
        new IllegalStateException("thrown by the test").printStackTrace(lines);

        assertThat(written.toString(StandardCharsets.UTF_8).lines())
                .first()
                .asString()
                .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ INFO Supervisor - ready");
        assertThat(written.toString(StandardCharsets.UTF_8).lines().skip(1))
                .first()
                .isEqualTo("java.lang.IllegalStateException: thrown by the test");
    }
}
