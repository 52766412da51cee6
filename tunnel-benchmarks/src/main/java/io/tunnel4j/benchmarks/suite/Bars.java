package io.tunnel4j.benchmarks.suite;

import io.tunnel4j.benchmarks.report.FigureTable;
import io.tunnel4j.benchmarks.report.Figures;
import io.tunnel4j.benchmarks.report.RatioChart;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

/** The bars that were set, and what was measured for each of them. */
public final class Bars {
    private static final String CONNECTOR = "connector";
    private static final String AT_64 = "CPU per request at 64 in flight";
    private static final String DOWN = "CPU, second GiB down";

    private final Figures figures;
    private final List<Bar> bars = new ArrayList<>();

    private record Bar(String label, OptionalDouble value, double mark, boolean higherIsBetter, String unit) {
        String verdict() {
            if (value.isEmpty()) {
                return "not measured";
            }
            boolean reached = higherIsBetter ? value.getAsDouble() >= mark : value.getAsDouble() <= mark;
            return reached ? "reached" : "not reached";
        }
    }

    private Bars(Figures figures) {
        this.figures = figures;
        cpu();
        wholeWay();
        forwarder();
        memoryAndStart();
    }

    /**
     * Compares figures with the bars.
     *
     * @param figures medians are taken of them
     * @return the comparison
     */
    public static Bars of(Figures figures) {
        return new Bars(figures);
    }

    private void cpu() {
        String haproxy = ConnectorSuite.HAPROXY;
        atMost(
                "connector CPU per request, 64 in flight",
                figures.ratio(CONNECTOR, AT_64, haproxy, AT_64),
                1.0,
                "× haproxy");
        atMost(
                "connector CPU per request, 1 in flight",
                figures.ratio(CONNECTOR, "CPU per request at 1 in flight", haproxy, AT_64),
                2.4,
                "× haproxy at 64");
        atMost("connector CPU per GiB down, warm", figures.ratio(CONNECTOR, DOWN, haproxy, DOWN), 0.85, "× haproxy");
        atMost(
                "connector CPU per GiB up, warm",
                figures.ratio(CONNECTOR, "CPU, second GiB up", haproxy, DOWN),
                0.65,
                "× haproxy down");
        atMost("first GiB down after start", figures.median(CONNECTOR, "first ÷ second GiB down"), 1.5, "× warm");
        atMost("first GiB up after start", figures.median(CONNECTOR, "first ÷ second GiB up"), 1.5, "× warm");
    }

    private void wholeWay() {
        String tunnel = EdgeSuite.TUNNEL;
        atMost("lone request, p50 over direct", above("p50 at 1 in flight, whole way"), 60, " µs");
        atMost("lone request, p99 over direct", above("p99 at 1 in flight, whole way"), 300, " µs");
        String rate = "requests/s at 64 in flight, whole way";
        OptionalDouble twoHops = figures.median(EdgeSuite.TWO_HOPS, rate);
        double mark = twoHops.isEmpty() ? 40_000 : Math.min(40_000, 2 * twoHops.getAsDouble());
        atLeast("requests/s at 64 in flight", figures.median(tunnel, rate), mark, " /s");
    }

    private OptionalDouble above(String figure) {
        OptionalDouble tunnel = figures.median(EdgeSuite.TUNNEL, figure);
        OptionalDouble direct = figures.median(EdgeSuite.DIRECT, figure);
        return tunnel.isEmpty() || direct.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(tunnel.getAsDouble() - direct.getAsDouble());
    }

    private void forwarder() {
        for (String way : List.of("down", "up")) {
            String figure = "speed, TCP stream " + way;
            OptionalDouble ssh = figures.subjects(figure).stream()
                    .filter(subject -> subject.startsWith("ssh"))
                    .mapToDouble(subject -> figures.median(subject, figure).orElse(0))
                    .max();
            OptionalDouble ours = figures.median(ForwarderSuite.FORWARDER, figure);
            atLeast(
                    "forwarder, one stream " + way,
                    ours.isEmpty() || ssh.isEmpty()
                            ? OptionalDouble.empty()
                            : OptionalDouble.of(ours.getAsDouble() / ssh.getAsDouble()),
                    1.5,
                    "× ssh -L");
        }
        String first = "protected TCP, token at hand, new connection to first byte, p50";
        atMost(
                "protected TCP, new connection",
                figures.ratio(EdgeSuite.TUNNEL, first, "three exchanges", first),
                1 / 3.0,
                "× 3 exchanges");
    }

    private void memoryAndStart() {
        atMost("resident, idle, documented flags", figures.median("library, small flags", "resident, idle"), 75, " MB");
        atMost("resident, idle, no flags", figures.median("library, no flags", "resident, idle"), 95, " MB");
        atMost("heap after GC, idle", figures.median("library, no flags", "heap after GC, idle"), 10, " MB");
        atMost(
                "added to a host application",
                figures.median("host application", "resident added by an idle connector"),
                15,
                " MB");
        atMost(
                "idle WebSocket, heap + direct",
                figures.median(CONNECTOR, "heap + direct per idle WebSocket"),
                8192,
                " bytes");
        atMost(
                "idle HTTP/2 stream, heap + direct",
                figures.median(CONNECTOR, "heap + direct per idle HTTP/2 stream"),
                6144,
                " bytes");
        atMost("start() to READY, warm JVM", figures.median(CONNECTOR, "start() to READY, warm JVM, p50"), 30, " ms");
        String cold = "process start to READY";
        atMost(cold, figures.median(StartSuite.ARCHIVE, cold), 500, " ms");
        atMost(cold + ", documented flags", figures.median(StartSuite.SMALL_ARCHIVE, cold), 500, " ms");
    }

    private void atMost(String label, OptionalDouble value, double mark, String unit) {
        bars.add(new Bar(label, value, mark, false, unit));
    }

    private void atLeast(String label, OptionalDouble value, double mark, String unit) {
        bars.add(new Bar(label, value, mark, true, unit));
    }

    /**
     * Writes the comparison.
     *
     * @return lines of Markdown
     */
    public String markdown() {
        StringBuilder table = new StringBuilder("| figure | bar | measured | |\n|---|---|---|---|\n");
        for (Bar bar : bars) {
            String value = bar.value.isEmpty() ? "–" : FigureTable.number(bar.value.getAsDouble()) + bar.unit;
            table.append(String.format(
                    Locale.ROOT,
                    "| %s | %s %s%s | %s | %s |%n",
                    bar.label,
                    bar.higherIsBetter ? "≥" : "≤",
                    FigureTable.number(bar.mark),
                    bar.unit,
                    value,
                    bar.verdict()));
        }
        return table.toString();
    }

    /**
     * Draws the comparison.
     *
     * @return an SVG document
     */
    public String svg() {
        RatioChart chart = new RatioChart("tunnel4j: measured figures and the bars set for them");
        for (Bar bar : bars) {
            if (bar.value.isPresent()) {
                chart.add(bar.label, bar.value.getAsDouble(), bar.mark, bar.higherIsBetter, bar.unit);
            }
        }
        return chart.svg();
    }
}
