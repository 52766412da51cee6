package io.tunnel4j.examples.cli;

import java.io.PrintStream;
import java.time.LocalDate;
import java.time.LocalTime;
import org.jspecify.annotations.Nullable;

/**
 * Puts the time, in UTC and to the second, before each line of the log. The logger could do so itself, but with formats of dates whose loading takes
 * a twentieth of a second of every process's start. Thread-safe as the stream behind it.
 */
final class DatedLines extends PrintStream {
    private static final int SECONDS_PER_DAY = 24 * 60 * 60;

    DatedLines(PrintStream behind) {
        super(behind, true);
    }

    @Override
    public void println(@Nullable String line) {
        super.println(at(System.currentTimeMillis() / 1000) + ' ' + line);
    }

    /** A time as in ISO 8601. */
    static String at(long epochSeconds) {
        LocalDate day = LocalDate.ofEpochDay(Math.floorDiv(epochSeconds, SECONDS_PER_DAY));
        LocalTime time = LocalTime.ofSecondOfDay(Math.floorMod(epochSeconds, SECONDS_PER_DAY));
        // LocalTime leaves out seconds of zero.
        return day + "T" + time + (time.getSecond() == 0 ? ":00Z" : "Z");
    }
}
