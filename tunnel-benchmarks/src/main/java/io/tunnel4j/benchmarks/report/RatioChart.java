package io.tunnel4j.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Ratios to a yardstick as horizontal bars, each with the mark that it should stay within, as SVG. Not thread-safe. */
public final class RatioChart {
    private static final int ROW = 44;
    private static final int LABEL = 330;
    private static final int PLOT = 420;
    private static final int TOP = 58;

    private final String title;
    private final List<Bar> bars = new ArrayList<>();

    /** A bar, drawn to the scale of its own mark: the mark of every row stands in the same place. */
    private record Bar(String label, double value, double mark, boolean higherIsBetter, String unit) {
        boolean reached() {
            return higherIsBetter ? value >= mark : value <= mark;
        }
    }

    /**
     * Starts a chart.
     *
     * @param title its heading
     */
    public RatioChart(String title) {
        this.title = title;
    }

    /**
     * Adds a bar.
     *
     * @param label what was measured
     * @param value the measured value
     * @param mark the bar that was set
     * @param higherIsBetter whether the value should exceed the mark
     * @param unit behind the numbers, e.g. {@code ×}
     */
    public void add(String label, double value, double mark, boolean higherIsBetter, String unit) {
        bars.add(new Bar(label, value, mark, higherIsBetter, unit));
    }

    /**
     * Draws the chart.
     *
     * @return an SVG document
     */
    public String svg() {
        int height = TOP + bars.size() * ROW + 16;
        int width = LABEL + PLOT + 150;
        StringBuilder svg = new StringBuilder();
        svg.append(String.format(
                Locale.ROOT,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"14\">%n",
                width,
                height));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        svg.append("<text x=\"16\" y=\"26\" font-size=\"17\" font-weight=\"bold\" fill=\"#1f2328\">")
                .append(escaped(title))
                .append("</text>\n");
        svg.append(
                "<text x=\"16\" y=\"46\" fill=\"#59636e\">Each row to its own scale; the vertical line is the bar that was set."
                        + " Green: reached. Orange: not reached.</text>\n");
        for (int i = 0; i < bars.size(); i++) {
            row(svg, bars.get(i), TOP + i * ROW);
        }
        return svg.append("</svg>\n").toString();
    }

    private static void row(StringBuilder svg, Bar bar, int y) {
        int markX = LABEL + PLOT / 2;
        double share = Math.min(2.0, bar.mark == 0 ? 0 : bar.value / bar.mark);
        int length = (int) Math.max(2, Math.round(share * PLOT / 2));
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#1f2328\">%s</text>%n",
                LABEL - 10,
                y + 24,
                escaped(bar.label)));
        svg.append(String.format(
                Locale.ROOT,
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"22\" rx=\"3\" fill=\"%s\"/>%n",
                LABEL,
                y + 8,
                length,
                bar.reached() ? "#2da44e" : "#e16f24"));
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#1f2328\" stroke-width=\"2\"/>%n",
                markX,
                markX,
                y + 2,
                y + 36));
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%d\" y=\"%d\" fill=\"#1f2328\">%s%s (%s %s%s)</text>%n",
                LABEL + Math.max(length, PLOT / 2) + 10,
                y + 24,
                FigureTable.number(bar.value),
                bar.unit,
                bar.higherIsBetter ? "≥" : "≤",
                FigureTable.number(bar.mark),
                bar.unit));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
