package io.tunnel4j.supervisor;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices that the machine slept (the wall clock ran ahead of the monotonic one) and that its addresses changed. Looks every five seconds.
 * Confined to the supervisor's event loop; interfaces are listed on the executor.
 */
final class WakeDetector {
    static final long TICK_NANOS = TimeUnit.SECONDS.toNanos(5);

    /** Below this a clock was set or a timer was late. */
    static final long SLEEP_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger log = LoggerFactory.getLogger(WakeDetector.class);

    private final Environment environment;
    private final EventLoop home;
    private final Executor executor;
    private final Consumer<String> wake;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable Set<InetAddress> known;
    private boolean listing;
    private long lastMonotonicNanos;
    private long lastWallMillis;

    WakeDetector(Environment environment, EventLoop home, Executor executor, Consumer<String> wake) {
        this.environment = environment;
        this.home = home;
        this.executor = executor;
        this.wake = wake;
    }

    void start() {
        lastMonotonicNanos = environment.ticker().nanos();
        lastWallMillis = environment.clock().millis();
        timer = home.scheduleWithFixedDelay(this::tick, TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
    }

    void stop() {
        ScheduledFuture<?> running = timer;
        if (running != null) {
            running.cancel(false);
            timer = null;
        }
    }

    void tick() {
        long monotonic = environment.ticker().nanos();
        long wall = environment.clock().millis();
        long ahead = TimeUnit.MILLISECONDS.toNanos(wall - lastWallMillis) - (monotonic - lastMonotonicNanos);
        lastMonotonicNanos = monotonic;
        lastWallMillis = wall;
        if (ahead >= SLEEP_NANOS) {
            wake.accept("the machine slept for " + TimeUnit.NANOSECONDS.toSeconds(ahead) + " s");
        }
        listAddresses();
    }

    private void listAddresses() {
        if (listing) {
            return;
        }
        listing = true;
        try {
            executor.execute(() -> {
                Set<InetAddress> present = presentAddresses();
                try {
                    home.execute(() -> listed(present));
                } catch (RejectedExecutionException e) {
                    log.debug("the event loop has ended", e);
                }
            });
        } catch (RejectedExecutionException e) {
            listing = false;
        }
    }

    /** What can carry a connection to the edge; loopback cannot. */
    private static @Nullable Set<InetAddress> presentAddresses() {
        try {
            Set<InetAddress> present = new HashSet<>();
            for (NetworkInterface one : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InetAddress address : Collections.list(one.getInetAddresses())) {
                    if (!address.isLoopbackAddress() && !address.isLinkLocalAddress()) {
                        present.add(address);
                    }
                }
            }
            return Set.copyOf(present);
        } catch (SocketException e) {
            log.debug("network interfaces cannot be listed", e);
            return null;
        }
    }

    void listed(@Nullable Set<InetAddress> present) {
        listing = false;
        if (present == null || timer == null) {
            return;
        }
        Set<InetAddress> former = known;
        known = present;
        // Addresses that only went away help nobody to connect.
        if (former != null && !former.containsAll(present)) {
            wake.accept("the network changed");
        }
    }
}
