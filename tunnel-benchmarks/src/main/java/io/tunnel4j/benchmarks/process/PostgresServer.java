package io.tunnel4j.benchmarks.process;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A PostgreSQL server with data of its own, as an unprivileged user. */
public final class PostgresServer implements AutoCloseable {
    private final ManagedProcess process;
    private final int port;

    private PostgresServer(ManagedProcess process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts a server with user and database {@code postgres}, which trusts everybody on this machine.
     *
     * @param directory for its data
     * @return once it listens
     * @throws IOException if it cannot be started
     * @throws InterruptedException when interrupted
     */
    public static PostgresServer start(Path directory) throws IOException, InterruptedException {
        Path programs;
        try (Stream<Path> versions = Files.list(Path.of("/usr/lib/postgresql"))) {
            programs = versions.max(Comparator.naturalOrder()).orElseThrow().resolve("bin");
        }
        Path parent = requireNonNull(directory.getParent(), "directory");
        boolean root = System.getProperty("user.name").equals("root");
        if (root) {
            parent.toFile().setExecutable(true, false);
            new ProcessBuilder("chown", "postgres", directory.toString())
                    .start()
                    .waitFor();
        }
        Path data = directory.resolve("data");
        int exit = new ProcessBuilder(as(root, programs.resolve("initdb").toString(), "-D", data.toString()))
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
        if (exit != 0) {
            throw new IOException("initdb failed with " + exit);
        }
        int port = ManagedProcess.freePort();
        List<String> command = as(root, programs.resolve("postgres").toString(), "-D", data.toString());
        command.addAll(List.of("-h", "127.0.0.1", "-p", Integer.toString(port), "-k", directory.toString()));
        command.addAll(List.of("-c", "fsync=off"));
        ManagedProcess process = ManagedProcess.start("postgres", parent, command);
        process.await("readiness", () -> process.output().contains("ready to accept connections"));
        return new PostgresServer(process, port);
    }

    private static List<String> as(boolean root, String... command) {
        List<String> all = new ArrayList<>();
        if (root) {
            all.addAll(List.of("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"));
        }
        all.addAll(List.of(command));
        if (command[0].endsWith("initdb")) {
            all.addAll(List.of("-U", "postgres", "-A", "trust", "-N"));
        }
        return all;
    }

    /**
     * Returns the port.
     *
     * @return on the loopback interface
     */
    public int port() {
        return port;
    }

    @Override
    public void close() {
        process.close();
    }
}
