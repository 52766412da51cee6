package io.tunnel4j.edge.console;

import com.google.gson.JsonPrimitive;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Flow;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the view to a browser whenever it has changed, looked at every two seconds, and a comment now and then so that both ends notice a dead one.
 * An empty view ends it. Nothing is sent, and nothing queued, while the browser does not take it. Thread-safe.
 */
final class LiveEvents implements Flow.Publisher<byte[]> {
    private static final long PERIOD_MILLIS = 2_000;
    private static final int QUIET_ROUNDS = 7;
    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Supplier<String> view;
    private final ScheduledExecutorService timer;
    private final AtomicInteger watchers;

    LiveEvents(Supplier<String> view, ScheduledExecutorService timer, AtomicInteger watchers) {
        this.view = view;
        this.timer = timer;
        this.watchers = watchers;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super byte[]> subscriber) {
        Watch watch = new Watch(subscriber);
        watchers.incrementAndGet();
        subscriber.onSubscribe(watch);
        watch.start();
    }

    private final class Watch implements Flow.Subscription, Runnable {
        private final Flow.Subscriber<? super byte[]> subscriber;
        private final AtomicLong demand = new AtomicLong();
        private @Nullable ScheduledFuture<?> rounds;
        private boolean cancelled;
        private String shown = "";
        private int quiet;

        Watch(Flow.Subscriber<? super byte[]> subscriber) {
            this.subscriber = subscriber;
        }

        private synchronized void start() {
            if (!cancelled) {
                rounds = timer.scheduleWithFixedDelay(this, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void run() {
            if (demand.get() == 0) {
                return;
            }
            String now = view.get();
            byte[] event;
            if (now.isEmpty()) {
                cancel();
                subscriber.onComplete();
                return;
            } else if (!now.equals(shown)) {
                event = ("data: " + new JsonPrimitive(now) + "\n\n").getBytes(StandardCharsets.UTF_8);
                shown = now;
                quiet = 0;
            } else if (++quiet >= QUIET_ROUNDS) {
                event = COMMENT;
                quiet = 0;
            } else {
                return;
            }
            demand.decrementAndGet();
            subscriber.onNext(event);
        }

        @Override
        public void request(long n) {
            demand.accumulateAndGet(n, (have, more) -> Math.min(Integer.MAX_VALUE, have + Math.max(0, more)));
        }

        @Override
        public synchronized void cancel() {
            if (!cancelled) {
                cancelled = true;
                watchers.decrementAndGet();
                if (rounds != null) {
                    rounds.cancel(false);
                }
            }
        }
    }
}
