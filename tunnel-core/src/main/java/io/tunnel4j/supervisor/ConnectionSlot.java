package io.tunnel4j.supervisor;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.discovery.EdgeAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection index: keeps a connection, and replaces it when it ends.
 *
 * <pre>
 *   IDLE ──start──► CONNECTING ──registered──► READY
 *                    ▲  │  ▲                    │ │
 *               time │  │  └─ edge goes away ───┘ │
 *                    │  ▼ failed                  │
 *                   WAITING ◄──── lost ───────────┘        any ──stop──► STOPPED
 * </pre>
 *
 * <p>When the edge goes away, the old connection is let finish beside its replacement. Confined to the supervisor's event loop.
 */
final class ConnectionSlot {
    private static final Logger log = LoggerFactory.getLogger(ConnectionSlot.class);

    /** A connection that lasted less did not prove anything: the next wait grows instead of starting over. */
    static final Duration STABLE = Duration.ofSeconds(5);

    /** Connections left behind by an edge that goes away; the oldest beyond is closed. */
    static final int MAX_RETIRING = 4;

    enum State {
        IDLE,
        WAITING,
        CONNECTING,
        READY,
        STOPPED
    }

    private final Supervisor supervisor;
    private final int index;
    private final EventLoop home;
    private final EventLoop connectionLoop;
    private final Backoff backoff;
    private final List<EdgeConnection> retiring = new ArrayList<>();

    private State state = State.IDLE;
    private @Nullable EdgeConnection current;
    private @Nullable ScheduledFuture<?> timer;
    private long readySinceNanos;

    ConnectionSlot(Supervisor supervisor, int index, EventLoop home, EventLoop connectionLoop, Backoff backoff) {
        this.supervisor = supervisor;
        this.index = index;
        this.home = home;
        this.connectionLoop = connectionLoop;
        this.backoff = backoff;
    }

    int index() {
        return index;
    }

    State state() {
        return state;
    }

    @Nullable
    EdgeConnection ready() {
        return state == State.READY ? current : null;
    }

    boolean isEmpty() {
        return current == null && retiring.isEmpty();
    }

    void start() {
        if (state == State.IDLE) {
            connect();
        }
    }

    private void connect() {
        timer = null;
        transitionTo(State.CONNECTING);
        EdgeAddress address = supervisor.addresses().acquire(index);
        if (address == null) {
            failed(null, false, ConnectionFailure.noFreeAddress());
            return;
        }
        EdgeConnection connection = new EdgeConnection(
                supervisor.links(), index, address, backoff.failures(), connectionLoop, new HomeOwner());
        current = connection;
        supervisor.connectionOpened();
        connection.open();
    }

    private void registered(EdgeConnection connection) {
        if (connection != current || state != State.CONNECTING) {
            return;
        }
        transitionTo(State.READY);
        readySinceNanos = supervisor.nowNanos();
        supervisor.registered(this, connection);
    }

    private void goesAway(EdgeConnection connection) {
        if (connection != current || state != State.READY) {
            return;
        }
        log.info("{} the edge goes away; a replacement is registered and running requests finish", connection);
        current = null;
        retiring.add(connection);
        connection.drain(supervisor.gracePeriod());
        if (retiring.size() > MAX_RETIRING) {
            retiring.get(0).close();
        }
        supervisor.goesAway(this);
        supervisor.addresses().rotate(index, false);
        if (supervisor.nowNanos() - readySinceNanos >= STABLE.toNanos()) {
            backoff.reset();
            connect();
        } else {
            // An edge that sends everybody away at once is not worth a loop.
            Duration wait = backoff.next(false, Duration.ZERO);
            transitionTo(State.WAITING);
            timer = home.schedule(this::connect, wait.toNanos(), TimeUnit.NANOSECONDS);
        }
    }

    private void ended(EdgeConnection connection, boolean wasReady, ConnectionFailure failure) {
        supervisor.connectionGone(connection);
        if (retiring.remove(connection) || connection != current) {
            supervisor.slotEmptied();
            return;
        }
        current = null;
        if (state == State.STOPPED) {
            supervisor.slotEmptied();
            return;
        }
        if (failure.rotate()) {
            supervisor.addresses().rotate(index, failure.unreachable());
        }
        if (wasReady && supervisor.nowNanos() - readySinceNanos >= STABLE.toNanos()) {
            backoff.reset();
        }
        failed(connection, wasReady, failure);
    }

    private void failed(@Nullable EdgeConnection connection, boolean wasReady, ConnectionFailure failure) {
        Duration wait = backoff.next(failure.refused(), failure.retryAfter());
        transitionTo(State.WAITING);
        if (!supervisor.mayRetry(this, failure.cause())) {
            supervisor.lost(this, connection, wasReady, failure, null);
            return;
        }
        timer = home.schedule(this::connect, wait.toNanos(), TimeUnit.NANOSECONDS);
        supervisor.lost(this, connection, wasReady, failure, wait);
    }

    /** Ends a wait: the network has changed, or the machine has woken up. */
    void wake() {
        backoff.reset();
        if (state == State.WAITING && cancelTimer()) {
            connect();
        } else if (state == State.READY && current != null) {
            current.probe();
        }
    }

    /** No more attempts; what is registered drains, what is not is closed. */
    void stop(Duration grace) {
        if (state == State.STOPPED) {
            return;
        }
        cancelTimer();
        transitionTo(State.STOPPED);
        if (current != null) {
            current.drain(grace);
        }
        retiring.forEach(connection -> connection.drain(grace));
    }

    /** Closes everything now. */
    void kill() {
        if (current != null) {
            current.close();
        }
        retiring.forEach(EdgeConnection::close);
    }

    private boolean cancelTimer() {
        ScheduledFuture<?> running = timer;
        timer = null;
        return running != null && running.cancel(false);
    }

    private void transitionTo(State next) {
        assert home.inEventLoop();
        log.debug("[conn {}] {} -> {}", index, state, next);
        state = next;
    }

    /** Brings what happens on a connection's event loop to the supervisor's. */
    private final class HomeOwner implements EdgeConnection.Owner {
        @Override
        public void registered(EdgeConnection connection) {
            home.execute(() -> ConnectionSlot.this.registered(connection));
        }

        @Override
        public void goesAway(EdgeConnection connection) {
            home.execute(() -> ConnectionSlot.this.goesAway(connection));
        }

        @Override
        public void ended(EdgeConnection connection, boolean wasReady, ConnectionFailure failure) {
            home.execute(() -> ConnectionSlot.this.ended(connection, wasReady, failure));
        }
    }
}
