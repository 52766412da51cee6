package io.tunnel4j.edge.state;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.store.AuditEntry;
import io.tunnel4j.edge.store.Contents;
import io.tunnel4j.edge.store.Document;
import io.tunnel4j.edge.store.EdgeStore;
import io.tunnel4j.edge.store.StoreException;
import io.tunnel4j.edge.store.StoreException.Reason;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the edge knows, in memory, in step with a store.
 *
 * <p>Reading is one volatile read and never waits. A change goes to the store first and shows in {@link #current()} before its stage completes; when the
 * store refuses or cannot be reached nothing changes here either, and traffic goes on with the last known state. What other nodes write is fetched every
 * poll interval.
 *
 * <p>Thread-safe. All store access and all listeners run on one thread, {@code tunnel-edge-state}. The store belongs to the caller.
 */
public final class EdgeState implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EdgeState.class);

    /** Changes and reads of the audit log that may wait for the store at a time. */
    private static final int MAX_PENDING = 256;

    private static final int MAX_ATTEMPTS = 8;
    private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(5);

    /** Hears of changes. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Is called after each change, in order, on the state's thread. It must be quick.
         *
         * @param before the state that was
         * @param after the state that is
         */
        void changed(EdgeSnapshot before, EdgeSnapshot after);
    }

    private final EdgeStore store;
    private final Clock clock;
    private volatile EdgeSnapshot current;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final ScheduledThreadPoolExecutor thread;
    private final Semaphore pending = new Semaphore(MAX_PENDING);
    private volatile boolean storeReachable = true;

    private EdgeState(EdgeStore store, Clock clock, EdgeSnapshot first) {
        this.store = store;
        this.clock = clock;
        this.current = first;
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread worker = new Thread(task, "tunnel-edge-state");
            worker.setDaemon(true);
            return worker;
        });
        thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        thread.setContinueExistingPeriodicTasksAfterShutdownPolicy(false);
    }

    /**
     * Reads the store and follows it. Blocks until it is read.
     *
     * @param store where the state lives; stays open when this is closed
     * @param clock for the times of changes
     * @param pollInterval how often other nodes' changes are fetched; also how soon a lost store is found again
     * @return the state
     * @throws StoreException if the store cannot be read now
     */
    public static EdgeState open(EdgeStore store, Clock clock, Duration pollInterval) {
        requireNonNull(clock, "clock");
        EdgeState state = new EdgeState(store, clock, EdgeSnapshot.of(store.load()));
        long nanos = pollInterval.toNanos();
        state.thread.scheduleWithFixedDelay(state::poll, nanos, nanos, TimeUnit.NANOSECONDS);
        return state;
    }

    /**
     * Reads the store and follows it, polling twice a second.
     *
     * @param store where the state lives; stays open when this is closed
     * @return the state
     * @throws StoreException if the store cannot be read now
     */
    public static EdgeState open(EdgeStore store) {
        return open(store, Clock.systemUTC(), Duration.ofMillis(500));
    }

    /**
     * Returns what is known now.
     *
     * @return the newest snapshot
     */
    public EdgeSnapshot current() {
        return current;
    }

    /**
     * Tells whether the store answered last time.
     *
     * @return false while changes are refused and the last known state is served
     */
    public boolean isStoreReachable() {
        return storeReachable;
    }

    /**
     * Adds a listener.
     *
     * @param listener told of every later change
     */
    public void listen(Listener listener) {
        listeners.add(requireNonNull(listener, "listener"));
    }

    /**
     * Changes the state.
     *
     * @param actor who, for the audit log
     * @param action what, for the audit log, e.g. {@code tunnel.create}
     * @param change fills the draft and returns the result; called again if another node comes first
     * @param <T> the result's type
     * @return completes on the state's thread, once the change shows in {@link #current()}; fails with what {@code change} threw or with a {@link StoreException}
     */
    public <T> CompletionStage<T> change(String actor, String action, Function<EdgeDraft, T> change) {
        return submit(() -> apply(actor, action, change));
    }

    /**
     * Reads the audit log, newest first.
     *
     * @param before only lines with a smaller sequence; {@link Long#MAX_VALUE} for the newest
     * @param limit at most that many
     * @return completes on the state's thread
     */
    public CompletionStage<List<AuditEntry>> audit(long before, int limit) {
        return submit(() -> store.audit(before, limit));
    }

    private <T> CompletionStage<T> submit(Callable<T> work) {
        CompletableFuture<T> result = new CompletableFuture<>();
        if (!pending.tryAcquire()) {
            result.completeExceptionally(new StoreException(
                    Reason.UNAVAILABLE, "store is busy: " + MAX_PENDING + " changes are waiting for it", null));
            return result;
        }
        try {
            thread.execute(() -> {
                pending.release();
                try {
                    result.complete(work.call());
                } catch (Exception e) {
                    result.completeExceptionally(e);
                }
            });
        } catch (RejectedExecutionException e) {
            pending.release();
            result.completeExceptionally(new StoreException(Reason.UNAVAILABLE, "the edge's state is closed", e));
        }
        return result;
    }

    private <T> T apply(String actor, String action, Function<EdgeDraft, T> change) {
        for (int attempt = 1; ; attempt++) {
            EdgeSnapshot before = current;
            Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
            EdgeDraft draft = new EdgeDraft(before, now);
            T result = change.apply(draft);
            List<Document> changes = draft.changes();
            if (changes.isEmpty()) {
                return result;
            }
            try {
                long revision =
                        store.commit(before.revision(), changes, AuditEntry.of(now, actor, action, draft.subject()));
                storeReachable = true;
                show(before, before.with(revision, changes));
                return result;
            } catch (StoreException e) {
                if (e.reason() != Reason.CONFLICT) {
                    lost(e);
                    throw e;
                }
                if (attempt == MAX_ATTEMPTS) {
                    throw e;
                }
                refresh();
            }
        }
    }

    private void poll() {
        try {
            refresh();
            if (!storeReachable) {
                storeReachable = true;
                log.info("store answers again, at revision {}", current.revision());
            }
        } catch (StoreException e) {
            lost(e);
        } catch (RuntimeException e) {
            log.error("state could not be brought up to date; serving the last known one", e);
        }
    }

    private void lost(StoreException e) {
        if (storeReachable) {
            storeReachable = false;
            log.warn(
                    "store is lost ({}); serving the last known state, refusing changes, trying again", e.getMessage());
        }
    }

    private void refresh() {
        EdgeSnapshot before = current;
        // After a loss the other nodes may have been at work for longer than the store remembers deletions.
        Contents contents = storeReachable ? store.changesSince(before.revision()) : store.load();
        if (contents.revision() == before.revision()) {
            return;
        }
        if (!storeReachable) {
            show(before, EdgeSnapshot.of(contents));
        } else if (contents.revision() < before.revision()) {
            log.warn(
                    "store went back from revision {} to {}; reading all of it",
                    before.revision(),
                    contents.revision());
            show(before, EdgeSnapshot.of(store.load()));
        } else {
            show(before, before.with(contents.revision(), contents.documents()));
        }
    }

    private void show(EdgeSnapshot before, EdgeSnapshot after) {
        current = after;
        for (Listener listener : listeners) {
            try {
                listener.changed(before, after);
            } catch (RuntimeException e) {
                log.warn("listener failed on the change to revision {}", after.revision(), e);
            }
        }
    }

    /** Ends following the store; changes that wait are refused. The last snapshot stays readable. */
    @Override
    public void close() {
        thread.shutdownNow().forEach(task -> {});
        boolean interrupted = false;
        try {
            if (!thread.awaitTermination(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)) {
                log.warn("a store operation does not end; leaving it behind on a daemon thread");
            }
        } catch (InterruptedException e) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
