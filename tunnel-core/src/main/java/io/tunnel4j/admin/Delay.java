package io.tunnel4j.admin;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Runs something later. Thread-safe. */
public interface Delay {
    /** By the JDK's own timer thread, which is a daemon. */
    Delay SYSTEM = (wait, task) -> CompletableFuture.delayedExecutor(wait.toNanos(), TimeUnit.NANOSECONDS)
            .execute(task);

    /**
     * Runs a task after a time, on any thread.
     *
     * @param wait how long to wait
     * @param task what to run; does not throw
     */
    void after(Duration wait, Runnable task);
}
