package io.tunnel4j.examples.cli;

import io.tunnel4j.ingress.GoDuration;
import java.time.Duration;
import picocli.CommandLine.TypeConversionException;

/** Durations as flags give them: {@code 30s}, {@code 1m30s}, {@code 1.5h}. */
final class DurationText {
    private DurationText() {}

    static Duration parse(String text) {
        Duration duration = GoDuration.parse(text);
        if (duration == null) {
            throw new TypeConversionException("'" + text + "' is no duration (expected: such as 30s, 1m30s or 500ms)");
        }
        return duration;
    }
}
