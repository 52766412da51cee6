package io.tunnel4j.benchmarks.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A child process with its output in a file; ends with {@link #close}. Thread-safe. */
public final class ManagedProcess implements AutoCloseable {
    private static final long POLL_MILLIS = 2;

    private final String name;
    private final Process process;
    private final Path log;
    private final long startedNanos;

    private ManagedProcess(String name, Process process, Path log, long startedNanos) {
        this.name = name;
        this.process = process;
        this.log = log;
        this.startedNanos = startedNanos;
    }

    /**
     * Starts a process.
     *
     * @param name for messages and the file of its output
     * @param directory where that file is made
     * @param command program and arguments
     * @return the running process
     */
    public static ManagedProcess start(String name, Path directory, List<String> command) {
        try {
            Path log = Files.createTempFile(directory, name + "-", ".log");
            long now = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .directory(directory.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
            process.getOutputStream().close();
            return new ManagedProcess(name, process, log, now);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + command, e);
        }
    }

    /**
     * Returns the process id.
     *
     * @return the id
     */
    public long pid() {
        return process.pid();
    }

    /**
     * Returns when it was started.
     *
     * @return {@link System#nanoTime()}
     */
    public long startedNanos() {
        return startedNanos;
    }

    /**
     * Returns what it has used.
     *
     * @return a snapshot
     */
    public ProcessUsage usage() {
        return ProcessUsage.of(pid());
    }

    /**
     * Returns what it has printed so far.
     *
     * @return its output
     */
    public String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "(" + e.getMessage() + ")";
        }
    }

    /**
     * Waits until it accepts TCP connections.
     *
     * @param port on the loopback interface
     * @return this
     */
    public ManagedProcess awaitPort(int port) {
        return await("port " + port, () -> {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
                return true;
            } catch (IOException e) {
                return false;
            }
        });
    }

    /**
     * Waits for a condition while the process lives.
     *
     * @param what for the message
     * @param condition asked every 2 ms
     * @return this
     */
    public ManagedProcess await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        while (!condition.getAsBoolean()) {
            if (!process.isAlive() || System.nanoTime() > deadline) {
                throw new IllegalStateException(name + " without " + what + "; its output:\n" + output());
            }
            try {
                TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
        return this;
    }

    /** Ends the process and its children, and waits for that. */
    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Finds a free port.
     *
     * @return a port on the loopback interface that nobody listened at a moment ago
     */
    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
