package io.tunnel4j.supervisor;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A connector alone in its JVM, so that its memory can be measured and limited. The child's side is {@link #main}. */
final class ConnectorProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final BufferedWriter orders;
    private final Path log;

    /** What the JVM uses after a collection. */
    record Memory(long heapBytes, long directBytes) {
        long total() {
            return heapBytes + directBytes;
        }
    }

    private ConnectorProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
        answers = process.inputReader(StandardCharsets.UTF_8);
        orders = process.outputWriter(StandardCharsets.UTF_8);
    }

    /** Starts one with an HTTP origin on loopback; returns when it is registered. */
    static ConnectorProcess start(ScriptedEdge edge, int originPort, Path folder, String... jvmArguments)
            throws Exception {
        Path ca = Files.writeString(folder.resolve("ca.pem"), ScriptedEdge.caPem());
        Path log = folder.resolve("connector.log");
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(jvmArguments));
        command.addAll(List.of(
                "-XX:+ExitOnOutOfMemoryError",
                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                "-cp",
                System.getProperty("java.class.path"),
                ConnectorProcess.class.getName(),
                edge.addresses()[0],
                ca.toString(),
                "" + originPort));
        Process process =
                new ProcessBuilder(command).redirectError(log.toFile()).start();
        ConnectorProcess connector = new ConnectorProcess(process, log);
        connector.expect("started");
        return connector;
    }

    private String expect(String start) throws IOException {
        String line = answers.readLine();
        if (line == null || !line.startsWith(start)) {
            throw new AssertionError("the connector said " + line + "; its log:\n" + log());
        }
        return line;
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Memory memory() throws IOException {
        orders.write("memory\n");
        orders.flush();
        String[] numbers = expect("memory ").split(" ");
        return new Memory(Long.parseLong(numbers[1]), Long.parseLong(numbers[2]));
    }

    @Override
    public void close() throws Exception {
        orders.close();
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }

    /** Edge address, CA file, origin port; then one order a line until the input ends. */
    public static void main(String[] args) throws Exception {
        PrintStream out = new PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), true);
        try (TunnelConnector connector = TunnelConnector.builder(ConnectorFixture.CREDENTIALS)
                .edge(args[0])
                .edgeCa(new File(args[1]).toPath())
                .ingress(Ingress.of(Origin.http("127.0.0.1", Integer.parseInt(args[2]))))
                .haConnections(1)
                .gracePeriod(Duration.ZERO)
                .build()) {
            connector.start().toCompletableFuture().get(60, TimeUnit.SECONDS);
            out.println("started");
            BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            while (in.readLine() != null) {
                out.println("memory " + heap() + " " + direct());
            }
        }
    }

    private static long heap() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(200);
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** What Netty's allocator has taken, in use or not. */
    static long direct() {
        return ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT)
                .metric()
                .usedDirectMemory();
    }
}
