package io.tunnel4j.examples.cli;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Durations as the reference writes them: numbers with units, {@code 30s}, {@code 1m30s}, {@code 1.5h}. */
final class DurationText {
    private static final Pattern PART = Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ms|s|m|h)");
    private static final Map<String, Long> MILLIS = Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L);

    private DurationText() {}

    static Duration parse(String text) {
        if (text.equals("0")) {
            return Duration.ZERO;
        }
        Matcher part = PART.matcher(text);
        BigDecimal millis = BigDecimal.ZERO;
        int position = 0;
        while (position < text.length() && part.region(position, text.length()).lookingAt()) {
            millis = millis.add(
                    new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(MILLIS.getOrDefault(part.group(2), 0L))));
            position = part.end();
        }
        if (position == 0 || position < text.length()) {
            throw new TypeConversionException("'" + text + "' is no duration (expected: such as 30s, 1m30s or 500ms)");
        }
        return Duration.ofMillis(millis.longValue());
    }
}
