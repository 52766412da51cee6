package io.tunnel4j.benchmarks.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/** All samples of a run, by subject and figure, in the order in which they first came. Not thread-safe. */
public final class Figures {
    private final Map<String, Map<String, List<Double>>> samples = new LinkedHashMap<>();
    private final Map<String, String> units = new LinkedHashMap<>();

    /**
     * Adds a sample.
     *
     * @param subject what was measured
     * @param figure what was measured of it
     * @param unit of the value; the same for all samples of a figure
     * @param value the sample
     */
    public void add(String subject, String figure, String unit, double value) {
        units.putIfAbsent(figure, unit);
        samples.computeIfAbsent(figure, f -> new LinkedHashMap<>())
                .computeIfAbsent(subject, s -> new ArrayList<>())
                .add(value);
    }

    /**
     * Returns the figures.
     *
     * @return names in order
     */
    public List<String> figures() {
        return List.copyOf(samples.keySet());
    }

    /**
     * Returns who has samples of a figure.
     *
     * @param figure one of {@link #figures()}
     * @return subjects in order
     */
    public List<String> subjects(String figure) {
        return List.copyOf(samples.getOrDefault(figure, Map.of()).keySet());
    }

    /**
     * Returns the unit of a figure.
     *
     * @param figure one of {@link #figures()}
     * @return its unit
     */
    public String unit(String figure) {
        return units.getOrDefault(figure, "");
    }

    /**
     * Returns the samples of one subject.
     *
     * @param subject the subject
     * @param figure the figure
     * @return samples in the order of the rounds; empty when there are none
     */
    public List<Double> samples(String subject, String figure) {
        return List.copyOf(samples.getOrDefault(figure, Map.of()).getOrDefault(subject, List.of()));
    }

    /**
     * Returns the median of the rounds.
     *
     * @param subject the subject
     * @param figure the figure
     * @return the median, or nothing without samples
     */
    public OptionalDouble median(String subject, String figure) {
        List<Double> sorted = new ArrayList<>(samples(subject, figure));
        if (sorted.isEmpty()) {
            return OptionalDouble.empty();
        }
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return OptionalDouble.of(
                sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2);
    }

    /**
     * Returns a ratio of medians.
     *
     * @param subject numerator's subject
     * @param figure numerator
     * @param base denominator's subject
     * @param baseFigure denominator
     * @return the ratio, or nothing when one of them is missing or zero
     */
    public OptionalDouble ratio(String subject, String figure, String base, String baseFigure) {
        OptionalDouble above = median(subject, figure);
        OptionalDouble below = median(base, baseFigure);
        return above.isEmpty() || below.isEmpty() || below.getAsDouble() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of(above.getAsDouble() / below.getAsDouble());
    }
}
