package io.tunnel4j.supervisor;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.ConnectorState;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.EdgeAddressPool;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.transport.EventLoops;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the connector's connections: finds the edge, starts the first connection, then the others one a second, replaces what is lost, drains.
 *
 * <p>All state lives on one event loop, {@code home}; the public methods may be called from any thread, and the stages they return complete on
 * {@code home}. States: {@link ConnectorState}. It does not close what it was given.
 */
public final class Supervisor {
    /** How long the edge may take to answer when the network has just changed. */
    static final Duration PROBE_LIMIT = Duration.ofSeconds(5);

    private static final Logger log = LoggerFactory.getLogger(Supervisor.class);
    private static final Duration START_GAP = Duration.ofSeconds(1);

    private final ConnectorConfig config;
    private final Environment environment;
    private final EventLoops loops;
    private final Executor executor;
    private final StreamRouter router;
    private final SupervisorListener listener;
    private final ClientInfo client;
    private final EventLoop home;
    private final WakeDetector wakeDetector;
    private final CompletableFuture<Void> started = new CompletableFuture<>();
    private final CompletableFuture<DrainResult> drained = new CompletableFuture<>();
    private final AtomicInteger underWay = new AtomicInteger();
    private final List<ConnectionSlot> slots = new ArrayList<>();

    private volatile ConnectorState state = ConnectorState.IDLE;
    private volatile List<EdgeConnection> ready = List.of();
    private @Nullable EdgeAddressPool addresses;
    private @Nullable Links links;
    private @Nullable ScheduledFuture<?> lookUpTimer;
    private int startFailures;
    private @Nullable TunnelException startFailure;
    private long drainStartNanos;
    private long cut;

    /**
     * Creates a supervisor; starts nothing.
     *
     * @param config how the connector was set up
     * @param environment clocks and randomness
     * @param loops where connections live
     * @param executor runs look-ups and what else blocks
     * @param router serves streams
     * @param identity what the connector says about itself
     * @param listener hears what happens
     */
    public Supervisor(
            ConnectorConfig config,
            Environment environment,
            EventLoops loops,
            Executor executor,
            StreamRouter router,
            ClientInfo identity,
            SupervisorListener listener) {
        this.config = config;
        this.environment = environment;
        this.loops = loops;
        this.executor = executor;
        this.router = router;
        this.client = identity;
        this.listener = listener;
        this.home = loops.group().next();
        this.wakeDetector = new WakeDetector(environment, home, executor, this::wake);
    }

    // --- Starting ---

    /**
     * Starts.
     *
     * @return completes with the first registration; fails with a {@link TunnelException} after which everything is closed
     * @throws IllegalStateException if it was started before
     */
    public CompletionStage<Void> start() {
        synchronized (this) {
            if (state != ConnectorState.IDLE) {
                throw new IllegalStateException("start: the connector is " + state + " (expected: IDLE)");
            }
            state = ConnectorState.CONNECTING;
        }
        home.execute(() -> {
            listener.stateChanged(ConnectorState.IDLE, ConnectorState.CONNECTING);
            lookUp();
        });
        return started;
    }

    private void lookUp() {
        lookUpTimer = null;
        if (isEnding()) {
            return;
        }
        try {
            executor.execute(() -> {
                try {
                    EdgeTls tls = EdgeTls.create(config, executor);
                    try {
                        List<List<InetSocketAddress>> found =
                                EdgeSearch.of(config, environment).lookUp();
                        home.execute(() -> found(tls, found));
                    } catch (RuntimeException e) {
                        tls.close();
                        throw e;
                    }
                } catch (TunnelException e) {
                    home.execute(() -> lookUpFailed(e));
                } catch (RuntimeException e) {
                    home.execute(() -> lookUpFailed(new TunnelException(
                            TunnelErrorCode.EDGE_NOT_FOUND, "looking up the edge failed: " + e.getMessage(), e)));
                }
            });
        } catch (RejectedExecutionException e) {
            lookUpFailed(new TunnelException(TunnelErrorCode.TERMINATED, "the executor takes no tasks", e));
        }
    }

    private void found(EdgeTls tls, List<List<InetSocketAddress>> found) {
        if (isEnding()) {
            tls.close();
            return;
        }
        EdgeAddressPool pool =
                new EdgeAddressPool(found, EdgeSearch.ipVersion(config), environment.random(), environment.ticker());
        if (pool.size() == 0) {
            tls.close();
            lookUpFailed(new TunnelException(
                    TunnelErrorCode.EDGE_NOT_FOUND, "the edge has no " + EdgeSearch.ipVersion(config) + " address"));
            return;
        }
        addresses = pool;
        links = Links.of(config, environment, Links.dialer(config, loops, executor), tls, router, listener, client);
        int wanted = Math.min(config.haConnections(), pool.size());
        if (wanted < config.haConnections()) {
            log.info("{} connections instead of {}: the edge has no more addresses", wanted, config.haConnections());
        }
        for (int i = 0; i < wanted; i++) {
            slots.add(new ConnectionSlot(this, i, home, loops.group().next(), new Backoff(environment.random())));
        }
        wakeDetector.start();
        slots.get(0).start();
    }

    private void lookUpFailed(TunnelException cause) {
        if (isEnding()) {
            return;
        }
        listener.lost(0, null, false, cause, null);
        if (!cause.isRetryable() || ++startFailures > config.retries()) {
            failStart(cause);
            return;
        }
        Backoff backoff = new Backoff(environment.random());
        for (int i = 1; i < startFailures; i++) {
            backoff.next(false, Duration.ZERO);
        }
        Duration wait = backoff.next(false, Duration.ZERO);
        log.warn("{}; looking again in {} ms", cause.getMessage(), wait.toMillis());
        lookUpTimer = home.schedule(this::lookUp, wait.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void failStart(TunnelException cause) {
        log.error("start failed: {}", cause.getMessage());
        startFailure = cause;
        beginEnding(Duration.ZERO);
    }

    // --- What slots report, and what they ask ---

    EdgeAddressPool addresses() {
        return known(addresses);
    }

    Links links() {
        return known(links);
    }

    private static <T> T known(@Nullable T value) {
        if (value == null) {
            throw new IllegalStateException("the edge has not been looked up");
        }
        return value;
    }

    Duration gracePeriod() {
        return config.gracePeriod();
    }

    long nowNanos() {
        return environment.ticker().nanos();
    }

    void registered(ConnectionSlot slot, EdgeConnection connection) {
        refreshReady();
        log.info("{} registered with edge {}", connection, connection.address());
        listener.registered(connection.status());
        transitionTo(ConnectorState.READY);
        if (started.complete(null)) {
            startOthers();
        }
    }

    private void startOthers() {
        for (int i = 1; i < slots.size(); i++) {
            ConnectionSlot slot = slots.get(i);
            home.schedule(slot::start, START_GAP.toMillis() * (i - 1), TimeUnit.MILLISECONDS);
        }
    }

    /** Tells whether a slot may try again: before the first registration there is an end to it, later there is none. */
    boolean mayRetry(ConnectionSlot slot, TunnelException cause) {
        if (isEnding()) {
            return false;
        }
        if (started.isDone() || slot.index() != 0) {
            return true;
        }
        boolean mayPass = cause.isRetryable() || cause.code() == TunnelErrorCode.UNAUTHORIZED;
        return mayPass && ++startFailures <= config.retries();
    }

    void lost(
            ConnectionSlot slot,
            @Nullable EdgeConnection connection,
            boolean wasReady,
            ConnectionFailure failure,
            @Nullable Duration retryIn) {
        refreshReady();
        InetSocketAddress address =
                connection == null ? null : connection.address().socket();
        listener.lost(slot.index(), address, wasReady, failure.cause(), retryIn);
        if (retryIn == null) {
            if (!isEnding()) {
                failStart(failure.cause());
            }
            return;
        }
        log.warn(
                "[conn {}] {} {}; next attempt in {} ms",
                slot.index(),
                wasReady ? "lost:" : "failed:",
                failure.cause().getMessage(),
                retryIn.toMillis());
        if (ready.isEmpty() && started.isDone()) {
            transitionTo(ConnectorState.TRANSIENT_FAILURE);
        }
    }

    void goesAway(ConnectionSlot slot) {
        refreshReady();
        listener.edgeGoesAway(slot.index());
    }

    void connectionOpened() {
        underWay.incrementAndGet();
    }

    void connectionGone(EdgeConnection connection) {
        underWay.decrementAndGet();
        cut += connection.cut();
    }

    void slotEmptied() {
        if (isEnding()) {
            endWhenEmpty();
        }
    }

    private void refreshReady() {
        List<EdgeConnection> now = new ArrayList<>();
        for (ConnectionSlot slot : slots) {
            EdgeConnection connection = slot.ready();
            if (connection != null) {
                now.add(connection);
            }
        }
        ready = List.copyOf(now);
    }

    private void wake(String reason) {
        if (isEnding() || slots.isEmpty()) {
            return;
        }
        log.info("{}: connections are checked and lost ones tried at once", reason);
        slots.forEach(ConnectionSlot::wake);
    }

    // --- Ending ---

    /**
     * Drains: the edge is asked for no new streams, running ones finish, what is left at the deadline is reset. Later calls
     * change nothing.
     *
     * @param grace how long running streams may take
     * @return completes when every connection is closed
     */
    public CompletionStage<DrainResult> drain(Duration grace) {
        atHome(() -> beginEnding(grace));
        return drained;
    }

    /**
     * Returns the end, whoever brought it about.
     *
     * @return completes when every connection is closed; never fails
     */
    public CompletionStage<DrainResult> drained() {
        return drained;
    }

    /** Closes every connection at once, also while draining. */
    public void kill() {
        atHome(() -> {
            beginEnding(Duration.ZERO);
            slots.forEach(ConnectionSlot::kill);
        });
    }

    /** For requests that may come after the end, when the event loop is gone. */
    private void atHome(Runnable task) {
        try {
            home.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("already terminated", e);
        }
    }

    private void beginEnding(Duration grace) {
        if (isEnding()) {
            return;
        }
        transitionTo(ConnectorState.DRAINING);
        drainStartNanos = nowNanos();
        wakeDetector.stop();
        if (lookUpTimer != null) {
            lookUpTimer.cancel(false);
        }
        slots.forEach(slot -> slot.stop(grace));
        ready = List.of();
        endWhenEmpty();
    }

    private void endWhenEmpty() {
        if (state == ConnectorState.TERMINATED || !slots.stream().allMatch(ConnectionSlot::isEmpty)) {
            return;
        }
        transitionTo(ConnectorState.TERMINATED);
        if (links != null) {
            links.tls().close();
        }
        Duration elapsed = Duration.ofNanos(nowNanos() - drainStartNanos);
        log.info("closed after {} ms, {} streams cut", elapsed.toMillis(), cut);
        drained.complete(new DrainResult(cut, elapsed));
        TunnelException cause = startFailure;
        started.completeExceptionally(
                cause != null
                        ? cause
                        : new TunnelException(
                                TunnelErrorCode.TERMINATED, "the connector was closed before it was registered"));
    }

    private boolean isEnding() {
        return state == ConnectorState.DRAINING || state == ConnectorState.TERMINATED;
    }

    private void transitionTo(ConnectorState next) {
        assert home.inEventLoop();
        ConnectorState former;
        synchronized (this) {
            former = state;
            if (former == next) {
                return;
            }
            state = next;
        }
        log.debug("{} -> {}", former, next);
        listener.stateChanged(former, next);
    }

    // --- Snapshots ---

    /**
     * Returns the state.
     *
     * @return the state now
     */
    public ConnectorState state() {
        return state;
    }

    /**
     * Returns how many connections are registered.
     *
     * @return 0 while draining
     */
    public int readyConnections() {
        return ready.size();
    }

    /**
     * Returns how many connections are being made or stand, those that are being left included.
     *
     * @return 0 or more
     */
    public int connectionsUnderWay() {
        return underWay.get();
    }

    /**
     * Returns the registered connections.
     *
     * @return by index
     */
    public List<ConnectionStatus> connections() {
        return ready.stream().map(EdgeConnection::status).toList();
    }

    /**
     * Returns the connector's id.
     *
     * @return random, the same for its life
     */
    public UUID connectorId() {
        return client.clientId();
    }
}
