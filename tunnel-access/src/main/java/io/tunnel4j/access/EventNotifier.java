package io.tunnel4j.access;

import io.tunnel4j.TunnelException;
import io.tunnel4j.access.relay.LocalListener;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes events from event loops to an {@link AccessListener}, in order, on a daemon thread that ends when there are none. Thread-safe. */
final class EventNotifier implements LocalListener.Observer, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(EventNotifier.class);

    /** Events waiting for a slow listener; more are dropped and logged. */
    private static final int MAX_WAITING = 4096;

    private final AccessListener listener;
    private final ThreadPoolExecutor executor;

    EventNotifier(AccessListener listener) {
        this.listener = listener;
        executor = new ThreadPoolExecutor(1, 1, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(MAX_WAITING), task -> {
            Thread thread = new Thread(task, "tunnel-access-events");
            thread.setDaemon(true);
            return thread;
        });
        executor.allowCoreThreadTimeOut(true);
    }

    @Override
    public void opened(AccessTarget target) {
        log.debug("[{}] connection open", target.authority());
        notify("connectionOpened", target, () -> listener.connectionOpened(target));
    }

    @Override
    public void closed(AccessTarget target, boolean wasOpen, @Nullable TunnelException cause) {
        if (wasOpen) {
            log.debug("[{}] connection closed: {}", target.authority(), cause == null ? "ended" : cause.getMessage());
            notify("connectionClosed", target, () -> listener.connectionClosed(target, cause));
        } else if (cause != null) {
            log.debug("connection failed: {}", cause.getMessage());
            notify("connectionFailed", target, () -> listener.connectionFailed(target, cause));
        }
    }

    private void notify(String event, AccessTarget target, Runnable call) {
        try {
            executor.execute(() -> {
                try {
                    call.run();
                } catch (RuntimeException e) {
                    log.warn("[{}] the listener failed at {}", target.authority(), event, e);
                }
            });
        } catch (RejectedExecutionException e) {
            log.debug("[{}] {} is not reported: the listener is closed or too slow", target.authority(), event);
        }
    }

    @Override
    public void close() {
        executor.shutdown();
    }
}
