package io.tunnel4j.supervisor;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs what may block: look-ups, certificate checks, listeners. Own threads are daemons, end when idle for ten seconds, and hold up
 * to 1024 tasks; an executor of the caller's is never shut down. Thread-safe.
 */
public final class Workers implements Executor {
    private static final int THREADS = 4;
    private static final int MAX_TASKS = 1024;
    private static final long IDLE_SECONDS = 10;

    private final ThreadLocal<Boolean> ownThread = new ThreadLocal<>();
    private final @Nullable Executor given;
    private final @Nullable ThreadPoolExecutor own;

    /**
     * Creates the workers.
     *
     * @param given the caller's executor, or null for own threads
     */
    public Workers(@Nullable Executor given) {
        this.given = given;
        if (given != null) {
            own = null;
            return;
        }
        own = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MAX_TASKS),
                new DefaultThreadFactory("tunnel-worker", true));
        own.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        if (own != null) {
            own.execute(() -> {
                ownThread.set(true);
                task.run();
            });
        } else if (given != null) {
            given.execute(task);
        }
    }

    /**
     * Runs the task, on the calling thread if nobody else will.
     *
     * @param task what to do
     */
    public void executeOrRun(Runnable task) {
        try {
            execute(task);
        } catch (RejectedExecutionException e) {
            task.run();
        }
    }

    /**
     * Tells whether the calling thread is one of the own ones.
     *
     * @return false on threads of the caller's executor, which cannot be told from others
     */
    public boolean isOwnThread() {
        return Boolean.TRUE.equals(ownThread.get());
    }

    /** Lets queued tasks run and then ends own threads. */
    public void shutdown() {
        if (own != null) {
            own.shutdown();
        }
    }
}
