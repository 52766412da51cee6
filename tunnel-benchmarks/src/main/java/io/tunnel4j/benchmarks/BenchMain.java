package io.tunnel4j.benchmarks;

import io.tunnel4j.benchmarks.report.FigureTable;
import io.tunnel4j.benchmarks.report.FiguresJson;
import io.tunnel4j.benchmarks.suite.Bars;
import io.tunnel4j.benchmarks.suite.ConnectorSuite;
import io.tunnel4j.benchmarks.suite.EdgeSuite;
import io.tunnel4j.benchmarks.suite.FirstByteSuite;
import io.tunnel4j.benchmarks.suite.ForwarderSuite;
import io.tunnel4j.benchmarks.suite.MemorySuite;
import io.tunnel4j.benchmarks.suite.StartSuite;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The end-to-end benchmark: runs the suites asked for, then prints and writes the figures. */
public final class BenchMain {
    private BenchMain() {}

    /**
     * Runs the benchmark.
     *
     * @param arguments {@link BenchOptions#USAGE}
     * @throws Exception if something fails
     */
    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        if (arguments.length > 0 && (arguments[0].equals("--help") || arguments[0].equals("-h"))) {
            out.print(BenchOptions.USAGE);
            return;
        }
        BenchOptions options;
        try {
            options = BenchOptions.parse(arguments);
        } catch (IllegalArgumentException wrong) {
            System.err.println("bench: " + wrong.getMessage());
            System.err.print(BenchOptions.USAGE);
            System.exit(2);
            return;
        }
        // Told to stop in the middle, it leaves no process behind.
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy)));
        try (Workbench bench = Workbench.open(options, out)) {
            for (String suite : options.suites()) {
                run(suite, bench);
            }
            out.println();
            out.print(FigureTable.markdown(bench.figures(), ConnectorSuite.HAPROXY));
            Bars bars = Bars.of(bench.figures());
            out.println();
            out.print(bars.markdown());
            Path svg = options.svg();
            if (svg != null) {
                Files.writeString(svg, bars.svg());
            }
            Path json = options.json();
            if (json != null) {
                Files.writeString(json, FiguresJson.write(bench.figures(), machine()));
            }
        }
    }

    private static void run(String suite, Workbench bench) throws Exception {
        switch (suite) {
            case "connector" -> ConnectorSuite.run(bench);
            case "edge" -> EdgeSuite.run(bench);
            case "forwarder" -> ForwarderSuite.run(bench);
            case "first-byte" -> FirstByteSuite.run(bench);
            case "memory" -> MemorySuite.run(bench);
            case "start" -> StartSuite.run(bench);
            default -> throw new IllegalArgumentException("suite: " + suite);
        }
    }

    private static Map<String, String> machine() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("java", System.getProperty("java.vm.version"));
        return machine;
    }
}
