package io.tunnel4j.benchmarks;

import io.tunnel4j.benchmarks.process.Connector;
import io.tunnel4j.benchmarks.process.NginxOrigin;
import io.tunnel4j.benchmarks.process.SinkOrigin;
import io.tunnel4j.benchmarks.process.TestCertificates;
import io.tunnel4j.benchmarks.report.Figures;
import io.tunnel4j.transport.EventLoops;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What all suites share: a directory, certificates, the origins, the event loop on which load is made, and the figures. */
public final class Workbench implements AutoCloseable {
    private final BenchOptions options;
    private final PrintStream out;
    private final Path directory;
    private final TestCertificates certificates;
    private final NginxOrigin nginx;
    private final SinkOrigin.Running sink;
    private final EventLoops loops = EventLoops.start("load", 1);
    private final Figures figures = new Figures();

    private Workbench(BenchOptions options, PrintStream out) throws Exception {
        this.options = options;
        this.out = out;
        directory = Files.createTempDirectory("tunnel-bench-");
        certificates = TestCertificates.create(directory);
        nginx = NginxOrigin.start(directory, certificates, options.bytes());
        sink = SinkOrigin.start(directory);
    }

    /**
     * Starts the origins.
     *
     * @param options what to measure
     * @param out where progress is told
     * @return the workbench
     * @throws Exception if something cannot be started
     */
    public static Workbench open(BenchOptions options, PrintStream out) throws Exception {
        return new Workbench(options, out);
    }

    /**
     * Returns the options.
     *
     * @return options
     */
    public BenchOptions options() {
        return options;
    }

    /**
     * Makes a fresh directory.
     *
     * @param name what it is for
     * @return a directory that is deleted at the end
     * @throws IOException if it cannot be made
     */
    public Path directory(String name) throws IOException {
        return Files.createTempDirectory(directory, name + "-");
    }

    /**
     * Returns the certificates.
     *
     * @return certificates
     */
    public TestCertificates certificates() {
        return certificates;
    }

    /**
     * Returns the origin of small answers and downloads.
     *
     * @return nginx
     */
    public NginxOrigin nginx() {
        return nginx;
    }

    /**
     * Returns the origin of everything else.
     *
     * @return the sink
     */
    public SinkOrigin.Running sink() {
        return sink;
    }

    /**
     * Returns what a connector's rules shall name.
     *
     * @return ports
     */
    public Connector.Origins origins() {
        return new Connector.Origins(nginx.port(), sink.httpPort(), sink.tcpPort());
    }

    /**
     * Returns where load is made: one thread.
     *
     * @return event loops
     */
    public EventLoops loops() {
        return loops;
    }

    /**
     * Returns the figures so far.
     *
     * @return figures
     */
    public Figures figures() {
        return figures;
    }

    /**
     * Takes a sample down and tells it.
     *
     * @param subject what was measured
     * @param figure what was measured of it
     * @param unit of the value
     * @param value the sample
     */
    public void add(String subject, String figure, String unit, double value) {
        figures.add(subject, figure, unit, value);
        out.printf("  %-22s %-44s %12.3f %s%n", subject, figure, value, unit);
    }

    /**
     * Tells something.
     *
     * @param text a line
     */
    public void say(String text) {
        out.println(text);
    }

    /**
     * Runs a program to its end.
     *
     * @param command program and arguments
     * @return its output
     * @throws IOException if it cannot be started
     * @throws InterruptedException when interrupted
     */
    public String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(command + " failed:\n" + output);
        }
        return output;
    }

    @Override
    public void close() {
        sink.close();
        nginx.close();
        loops.close();
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            out.println("left behind: " + directory);
        }
    }
}
