package io.tunnel4j;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Hands events to a listener, one at a time and in order, on an executor. Thread-safe: the lock guards queue, counter and flag. */
final class EventQueue {
    private static final Logger log = LoggerFactory.getLogger(EventQueue.class);

    private final ConnectorListener listener;
    private final Executor executor;
    private final Deque<ConnectorEvent> waiting = new ArrayDeque<>();
    private long dropped;
    private boolean running;

    EventQueue(ConnectorListener listener, Executor executor) {
        this.listener = listener;
        this.executor = executor;
    }

    void add(ConnectorEvent event) {
        synchronized (waiting) {
            if (waiting.size() >= ConnectorListener.MAX_WAITING_EVENTS) {
                waiting.removeFirst();
                dropped++;
            }
            waiting.addLast(event);
            if (running) {
                return;
            }
            running = true;
        }
        try {
            executor.execute(this::deliver);
        } catch (RejectedExecutionException e) {
            log.warn("no thread for the listener, event dropped: {}", event);
            synchronized (waiting) {
                waiting.clear();
                running = false;
            }
        }
    }

    private void deliver() {
        for (ConnectorEvent event = next(); event != null; event = next()) {
            try {
                listener.onEvent(event);
            } catch (RuntimeException e) {
                log.warn("the listener failed on \"{}\"", event, e);
            }
        }
    }

    private @Nullable ConnectorEvent next() {
        long lost;
        ConnectorEvent event;
        synchronized (waiting) {
            lost = dropped;
            dropped = 0;
            event = waiting.pollFirst();
            running = event != null;
        }
        if (lost > 0) {
            log.warn("the listener is too slow: {} events dropped", lost);
        }
        return event;
    }
}
