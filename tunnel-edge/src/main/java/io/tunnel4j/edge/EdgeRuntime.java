package io.tunnel4j.edge;

import io.netty.channel.EventLoop;
import io.tunnel4j.edge.console.OperatorSite;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import io.tunnel4j.edge.frontend.FrontendCounters;
import io.tunnel4j.edge.frontend.HostRouter;
import io.tunnel4j.edge.frontend.HttpListener;
import io.tunnel4j.edge.frontend.Site;
import io.tunnel4j.edge.frontend.TcpListener;
import io.tunnel4j.edge.frontend.TrustedProxies;
import io.tunnel4j.edge.gate.AccessGate;
import io.tunnel4j.edge.gate.Gate;
import io.tunnel4j.edge.gate.GateDecision;
import io.tunnel4j.edge.registry.ConnectorListener;
import io.tunnel4j.edge.registry.ConnectorRegistry;
import io.tunnel4j.edge.state.EdgeSnapshot;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.HostnameRoute;
import io.tunnel4j.edge.state.RecentErrors;
import io.tunnel4j.edge.state.Tunnel;
import io.tunnel4j.transport.EventLoops;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The running parts of a {@link TunnelEdge}: listeners, registry, threads. Thread-safe. */
final class EdgeRuntime {
    private static final int MAX_SERVICE_BODY_BYTES = 2 << 20;
    private static final Duration CONNECTOR_DRAIN_GRACE = Duration.ofSeconds(1);
    private static final long DRAIN_CHECK_MILLIS = 20;

    /** The fixed ports of an edge. */
    enum Port {
        HTTPS,
        HTTP,
        CONNECTORS,
        ADMIN,
        METRICS
    }

    private final EdgeSettings config;
    private final EdgeState state;
    private final EventLoops loops;
    private final ScheduledThreadPoolExecutor housekeeping;
    private final ConnectorRegistry registry;
    private final FrontendCounters counters = new FrontendCounters();
    private final RecentErrors errors = new RecentErrors();
    private final List<HttpListener> publicListeners = new ArrayList<>();
    private final List<HttpListener> ownListeners = new ArrayList<>();
    private final List<ServerContexts> serverContexts = new ArrayList<>();
    private final Map<String, TcpListener> tcpListeners = new HashMap<>();
    private final Map<Port, InetSocketAddress> addresses = new EnumMap<>(Port.class);
    private final Map<String, InetSocketAddress> tcpAddresses = new HashMap<>();
    private final EdgeReporter reporter;
    private final EdgeOperations operations;
    private final OperatorSite operator;
    private final Gate configuredGate;
    private final Site.Builder site;
    private @Nullable ConnectorListener connectors;
    private volatile boolean draining;

    EdgeRuntime(EdgeSettings config, EdgeState state) {
        this.config = config;
        this.state = state;
        this.registry = new ConnectorRegistry(config.connectorLimits.maxConnectionsPerTunnel());
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.loops = config.eventLoops == null
                ? EventLoops.start("edge", threads, config.busyPoll)
                : EventLoops.of(config.eventLoops);
        this.housekeeping = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "tunnel-edge-housekeeping");
            thread.setDaemon(true);
            return thread;
        });
        this.reporter = new EdgeReporter(config.listener, errors, state, Clock.systemUTC());
        EdgeService metrics = new EdgeMetrics(registry, counters, state, () -> draining);
        this.operations = new EdgeOperations(state, new RegistryDirectory(registry, config.location), errors, metrics);
        this.operator = config.operator.open(operations, config);
        this.configuredGate = config.gate.apply(state);
        Gate gate = gate();
        HostRouter router =
                host -> state.current().route(host).map(HostnameRoute::targets).orElse(List.of());
        this.site = Site.builder(gate)
                .tunnels(router, registry)
                .limits(config.limits)
                .trustedProxies(config.trustedProxies, config.proxyProtocol)
                .counters(counters)
                .accessLog(config.listener == null ? null : reporter::requestEnded)
                .failureLog(reporter::requestFailed)
                .location(config.location);
        state.listen(this::stateChanged);
    }

    private Gate gate() {
        Gate gate = configuredGate;
        String operatorHost = config.operator.host();
        Set<String> transferHosts = Set.copyOf(config.transferHosts);
        if (operatorHost == null && transferHosts.isEmpty()) {
            return gate;
        }
        return (request, decision) -> {
            // The stock command line fetches its certificate from the transfer host, whatever its --callbackURL says.
            boolean isCertificate =
                    transferHosts.contains(request.host()) && OperatorSite.isCertificateTransfer(request);
            if (isCertificate || request.host().equals(operatorHost)) {
                decision.accept(new GateDecision.Serve(operator, MAX_SERVICE_BODY_BYTES));
            } else {
                gate.decide(request, decision);
            }
        };
    }

    /** Opens the listeners one after the other; closes them again when one fails. */
    CompletionStage<Void> bind() {
        List<CompletableFuture<?>> bound = new ArrayList<>();
        bound.add(config.operator.prepare(state, config.accountTag).toCompletableFuture());
        InetSocketAddress https = config.httpsAddress;
        EdgeCertificates httpsCertificates = config.httpsCertificates;
        if (https != null && httpsCertificates != null) {
            HttpListener listener = new HttpListener(
                    loops,
                    refreshed(ServerContexts.forHttp(httpsCertificates, housekeeping, config.clientAuthorities)),
                    site.build());
            publicListeners.add(listener);
            bound.add(bind(Port.HTTPS, listener.bind(https)));
        }
        if (config.httpAddress != null) {
            HttpListener listener = new HttpListener(loops, null, own(this::redirect));
            publicListeners.add(listener);
            bound.add(bind(Port.HTTP, listener.bind(config.httpAddress)));
        }
        bindConnectors(bound);
        bindOwn(bound);
        config.tcpListeners.forEach((host, address) -> {
            TcpListener listener = new TcpListener(loops, site.build(), host);
            tcpListeners.put(host, listener);
            bound.add(listener.bind(address)
                    .thenAccept(actual -> put(tcpAddresses, host, actual))
                    .toCompletableFuture());
        });
        return CompletableFuture.allOf(bound.toArray(CompletableFuture[]::new)).whenComplete((all, failure) -> {
            if (failure != null) {
                housekeeping.execute(this::closeListeners);
            }
        });
    }

    private void bindConnectors(List<CompletableFuture<?>> bound) {
        InetSocketAddress address = config.connectorsAddress;
        EdgeCertificates certificates = config.connectorsCertificates;
        if (address != null && certificates != null) {
            ConnectorListener listener = new ConnectorListener(
                    loops,
                    refreshed(ServerContexts.forConnectors(certificates, housekeeping)),
                    registry,
                    new StateDirectory(state),
                    new ConnectorListener.Settings(
                            reporter, config.connectorLimits, config.location, Clock.systemUTC()));
            connectors = listener;
            bound.add(bind(Port.CONNECTORS, listener.bind(address)));
        }
    }

    private void bindOwn(List<CompletableFuture<?>> bound) {
        if (config.adminAddress != null) {
            HttpListener listener = new HttpListener(
                    loops,
                    config.adminCertificates == null
                            ? null
                            : refreshed(ServerContexts.forHttp(config.adminCertificates, housekeeping, List.of())),
                    own((request, decision) ->
                            decision.accept(new GateDecision.Serve(operator, MAX_SERVICE_BODY_BYTES))));
            ownListeners.add(listener);
            bound.add(bind(Port.ADMIN, listener.bind(config.adminAddress)));
        }
        if (config.metricsAddress != null) {
            HttpListener listener = new HttpListener(
                    loops,
                    null,
                    own((request, decision) -> decision.accept(new GateDecision.Serve(operations.metrics(), 0))));
            ownListeners.add(listener);
            bound.add(bind(Port.METRICS, listener.bind(config.metricsAddress)));
        }
    }

    private CompletableFuture<Void> bind(Port port, CompletionStage<InetSocketAddress> bound) {
        return bound.thenAccept(address -> put(addresses, port, address)).toCompletableFuture();
    }

    private static <K> void put(Map<K, InetSocketAddress> map, K key, InetSocketAddress address) {
        synchronized (map) {
            map.put(key, address);
        }
    }

    private Site own(Gate gate) {
        return Site.builder(gate)
                .limits(config.limits)
                .trustedProxies(TrustedProxies.NONE, false)
                .location(config.location)
                .build();
    }

    private ServerContexts refreshed(ServerContexts contexts) {
        long period = config.certificateCheck.toNanos();
        serverContexts.add(contexts);
        housekeeping.scheduleWithFixedDelay(contexts::refresh, period, period, TimeUnit.NANOSECONDS);
        return contexts;
    }

    private void redirect(io.tunnel4j.edge.exchange.EdgeRequest request, Consumer<GateDecision> decision) {
        int port = config.httpsAddress == null ? 443 : address(Port.HTTPS).getPort();
        String location = "https://" + request.host() + (port == 443 ? "" : ":" + port) + request.target();
        decision.accept(new GateDecision.Answer(EdgeResponse.of(308).with("Location", location)));
    }

    private void stateChanged(EdgeSnapshot before, EdgeSnapshot after) {
        ConnectorListener listener = connectors;
        for (Tunnel tunnel : after.tunnels()) {
            UUID id = tunnel.id();
            if (!registry.isConnected(id)) {
                continue;
            }
            if (!tunnel.isLive()) {
                registry.disconnect(id, null);
            } else if (listener != null && !after.configuration(id).equals(before.configuration(id))) {
                listener.configurationChanged(id);
            }
        }
    }

    InetSocketAddress address(Port port) {
        synchronized (addresses) {
            InetSocketAddress address = addresses.get(port);
            if (address == null) {
                throw new IllegalStateException(port + ": nothing listens");
            }
            return address;
        }
    }

    InetSocketAddress tcpAddress(String hostname) {
        synchronized (tcpAddresses) {
            InetSocketAddress address = tcpAddresses.get(hostname);
            if (address == null) {
                throw new IllegalStateException(hostname + ": nothing listens");
            }
            return address;
        }
    }

    ConnectorRegistry registry() {
        return registry;
    }

    EdgeOperations operations() {
        return operations;
    }

    // --- The end ---

    CompletionStage<TunnelEdge.DrainReport> drain(Duration grace) {
        CompletableFuture<TunnelEdge.DrainReport> done = new CompletableFuture<>();
        draining = true;
        long start = System.nanoTime();
        long running = counters.active();
        publicListeners.forEach(listener -> listener.drain(grace));
        tcpListeners.values().forEach(TcpListener::stopAccepting);
        if (connectors != null) {
            connectors.stopAccepting();
        }
        housekeeping.execute(() -> awaitRequests(done, start, running, grace));
        return done;
    }

    private void awaitRequests(
            CompletableFuture<TunnelEdge.DrainReport> done, long start, long running, Duration grace) {
        long active = counters.active();
        long elapsed = System.nanoTime() - start;
        if (active > 0 && elapsed < grace.toNanos()) {
            housekeeping.schedule(
                    () -> awaitRequests(done, start, running, grace), DRAIN_CHECK_MILLIS, TimeUnit.MILLISECONDS);
            return;
        }
        registry.drain(CONNECTOR_DRAIN_GRACE);
        awaitConnectors(
                done,
                new TunnelEdge.DrainReport(Math.max(0, running - active), active, Duration.ofNanos(elapsed)),
                System.nanoTime());
    }

    private void awaitConnectors(
            CompletableFuture<TunnelEdge.DrainReport> done, TunnelEdge.DrainReport report, long since) {
        if (!registry.connections().isEmpty()
                && System.nanoTime() - since
                        < CONNECTOR_DRAIN_GRACE.multipliedBy(2).toNanos()) {
            housekeeping.schedule(
                    () -> awaitConnectors(done, report, since), DRAIN_CHECK_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            // Off this thread: who hears of it may close the edge, which waits for this thread.
            done.completeAsync(() -> report);
        }
    }

    void checkNotOnLoop() {
        if (loops.inEventLoop()) {
            throw new IllegalStateException("close() on an event loop (expected: another thread)");
        }
    }

    private void closeListeners() {
        draining = true;
        publicListeners.forEach(HttpListener::close);
        ownListeners.forEach(HttpListener::close);
        tcpListeners.values().forEach(TcpListener::close);
        if (connectors != null) {
            connectors.stopAccepting();
        }
        registry.closeAll("edge is closed");
    }

    void close() {
        closeListeners();
        housekeeping.shutdownNow();
        if (configuredGate instanceof AccessGate access) {
            access.close();
        }
        operator.close();
        if (config.eventLoops != null) {
            awaitClosed();
        }
        loops.close();
        serverContexts.forEach(ServerContexts::close);
    }

    /** On a caller's loops channels close at their own pace; give them the time to say goodbye. */
    private void awaitClosed() {
        List<CompletableFuture<?>> turns = new ArrayList<>();
        loops.group().forEach(executor -> {
            if (executor instanceof EventLoop loop && !loop.isShuttingDown()) {
                CompletableFuture<Void> turn = new CompletableFuture<>();
                loop.execute(() -> turn.complete(null));
                turns.add(turn);
            }
        });
        CompletableFuture.allOf(turns.toArray(CompletableFuture[]::new))
                .orTimeout(5, TimeUnit.SECONDS)
                .exceptionally(late -> null)
                .join();
    }
}
