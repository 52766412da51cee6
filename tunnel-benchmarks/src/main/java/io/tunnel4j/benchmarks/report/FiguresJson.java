package io.tunnel4j.benchmarks.report;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Figures as JSON: the machine, then each figure with the samples of each subject. */
public final class FiguresJson {
    private FiguresJson() {}

    /**
     * Writes all samples.
     *
     * @param figures the figures
     * @param machine what they were measured on
     * @return a JSON object
     */
    public static String write(Figures figures, Map<String, String> machine) {
        String about = machine.entrySet().stream()
                .map(e -> "    " + quoted(e.getKey()) + ": " + quoted(e.getValue()))
                .collect(Collectors.joining(",\n"));
        String all = figures.figures().stream()
                .map(figure -> figure(figures, figure))
                .collect(Collectors.joining(",\n"));
        return "{\n  \"machine\": {\n" + about + "\n  },\n  \"figures\": [\n" + all + "\n  ]\n}\n";
    }

    private static String figure(Figures figures, String figure) {
        String subjects = figures.subjects(figure).stream()
                .map(subject -> "      " + quoted(subject) + ": {\"median\": "
                        + number(figures.median(subject, figure).orElse(0)) + ", \"samples\": "
                        + numbers(figures.samples(subject, figure)) + "}")
                .collect(Collectors.joining(",\n"));
        return "    {\"figure\": " + quoted(figure) + ", \"unit\": " + quoted(figures.unit(figure))
                + ", \"subjects\": {\n" + subjects + "\n    }}";
    }

    private static String numbers(List<Double> samples) {
        return samples.stream().map(FiguresJson::number).collect(Collectors.joining(", ", "[", "]"));
    }

    private static String number(double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%.4f", value) : "null";
    }

    private static String quoted(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ') {
                quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
