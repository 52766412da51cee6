package io.tunnel4j.benchmarks.report;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** Figures as text: median, lowest and highest of the rounds, and the ratio to the yardstick. */
public final class FigureTable {
    private FigureTable() {}

    /**
     * Writes a table.
     *
     * @param figures the figures
     * @param yardstick the subject that the others are compared with
     * @return lines of Markdown
     */
    public static String markdown(Figures figures, String yardstick) {
        StringBuilder table = new StringBuilder();
        table.append("| figure | unit | subject | median | lowest | highest | rounds | ÷ ")
                .append(yardstick)
                .append(" |\n|---|---|---|---|---|---|---|---|\n");
        for (String figure : figures.figures()) {
            for (String subject : figures.subjects(figure)) {
                List<Double> samples = figures.samples(subject, figure);
                OptionalDouble ratio = subject.equals(yardstick)
                        ? OptionalDouble.empty()
                        : figures.ratio(subject, figure, yardstick, figure);
                table.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %s | %s | %s | %d | %s |%n",
                        figure,
                        figures.unit(figure),
                        subject,
                        number(figures.median(subject, figure).orElse(Double.NaN)),
                        number(Collections.min(samples)),
                        number(Collections.max(samples)),
                        samples.size(),
                        ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : ""));
            }
        }
        return table.toString();
    }

    /**
     * Writes a number with three significant digits or so.
     *
     * @param value the number
     * @return text
     */
    public static String number(double value) {
        double size = Math.abs(value);
        if (size >= 1000) {
            return String.format(Locale.ROOT, "%.0f", value);
        }
        return String.format(Locale.ROOT, size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
