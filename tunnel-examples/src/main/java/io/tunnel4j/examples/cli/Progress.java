package io.tunnel4j.examples.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Says what a command waits for: on a terminal by one line that counts the seconds and disappears, elsewhere by plain lines that become rare.
 *
 * <p>Not thread-safe; a daemon thread of its own writes.
 */
final class Progress implements AutoCloseable {
    private static final Duration FIRST_PLAIN = Duration.ofSeconds(15);
    private static final String CLEAR = "\r\u001b[K";

    private final PrintStream out;
    private final String what;
    private final boolean isLive;
    private final Duration tick;
    private final CountDownLatch ended = new CountDownLatch(1);
    private final Thread writer;

    private Progress(PrintStream out, String what, boolean isLive, Duration tick) {
        this.out = out;
        this.what = what;
        this.isLive = isLive;
        this.tick = tick;
        writer = new Thread(this::write, "tunnel-progress");
        writer.setDaemon(true);
    }

    /** Waits for a result, e.g. of {@code "the login in your browser"}, and tells so. */
    static <T> T awaiting(Terminal terminal, String what, Supplier<T> result) {
        Progress progress = started(terminal, what, terminal.isInteractive() ? Duration.ofSeconds(1) : FIRST_PLAIN);
        try {
            return result.get();
        } finally {
            progress.close();
        }
    }

    static Progress started(Terminal terminal, String what, Duration tick) {
        Progress progress = new Progress(terminal.err(), what, terminal.isInteractive(), tick);
        progress.writer.start();
        return progress;
    }

    private void write() {
        long start = System.nanoTime();
        Duration pause = tick;
        try {
            if (isLive) {
                print(CLEAR + "Waiting for " + what + " …");
            }
            while (!ended.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                long seconds = Duration.ofNanos(System.nanoTime() - start).toSeconds();
                if (isLive) {
                    print(CLEAR + "Waiting for " + what + " … " + seconds + " s");
                } else {
                    print("Still waiting for " + what + " after " + seconds + " s\n");
                    pause = pause.multipliedBy(2);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (isLive) {
            print(CLEAR);
        }
    }

    private void print(String text) {
        out.print(text);
        out.flush();
    }

    /** Stops, and takes the live line away. */
    @Override
    public void close() {
        ended.countDown();
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
