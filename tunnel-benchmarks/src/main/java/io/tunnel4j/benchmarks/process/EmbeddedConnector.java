package io.tunnel4j.benchmarks.process;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/** A program that is nothing but a connector: the library with what it depends on, and this main method. */
public final class EmbeddedConnector {
    private static final int CONNECTIONS = 4;

    /** What a program that depends on tunnel-core has on its class path, and BoringSSL. */
    private static final List<String> LIBRARIES =
            List.of("tunnel-core", "netty-", "nimbus-", "gson", "slf4j-", "jspecify", "re2j", "snakeyaml-");

    private EmbeddedConnector() {}

    /**
     * Starts the program in a process of its own.
     *
     * @param directory for its output
     * @param flags of the JVM
     * @param edgePort where an edge listens
     * @param authority what to trust
     * @return the process
     */
    public static ManagedProcess start(Path directory, List<String> flags, int edgePort, Path authority) {
        List<String> command = Stream.of(
                        Stream.of(Jvm.program("java")),
                        flags.stream(),
                        Stream.of(
                                "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                                "-cp",
                                Jvm.classPath(EmbeddedConnector::isNeeded)),
                        Stream.of(EmbeddedConnector.class.getName(), Integer.toString(edgePort), authority.toString()))
                .flatMap(part -> part)
                .toList();
        return ManagedProcess.start("library", directory, command);
    }

    private static boolean isNeeded(Path entry) {
        return isOurs(entry) || LIBRARIES.stream().anyMatch(entry.getFileName().toString()::startsWith);
    }

    /** This class, and in a build that has not packaged it the library's. */
    private static boolean isOurs(Path entry) {
        return entry.endsWith(Path.of("tunnel-benchmarks", "target", "classes"))
                || entry.endsWith(Path.of("tunnel-core", "target", "classes"));
    }

    /**
     * Runs the connector until the process is ended.
     *
     * @param arguments the edge's port, and the authority to trust
     * @throws InterruptedException if the main thread is interrupted
     */
    public static void main(String[] arguments) throws InterruptedException {
        try (TunnelConnector connector = TunnelConnector.builder(
                        TunnelCredentials.generate("0123456789abcdef0123456789abcdef"))
                .edge(Collections.nCopies(CONNECTIONS, "127.0.0.1:" + arguments[0])
                        .toArray(String[]::new))
                .edgeCa(Path.of(arguments[1]))
                .haConnections(CONNECTIONS)
                .ingress(Ingress.builder()
                        .otherwise(Origin.http(URI.create("http://127.0.0.1:80")))
                        .build())
                .build()) {
            connector.start().toCompletableFuture().join();
            Thread.currentThread().join();
        }
    }
}
