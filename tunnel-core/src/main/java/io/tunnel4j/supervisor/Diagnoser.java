package io.tunnel4j.supervisor;

import io.netty.channel.EventLoop;
import io.tunnel4j.ConnectorConfig;
import io.tunnel4j.ConnectorState;
import io.tunnel4j.Diagnosis;
import io.tunnel4j.EdgeIpVersion;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.EdgeAddress;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.supervisor.Finding.Problem;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Walks the way to a registered connection once and writes down how each step went: the edge's addresses are looked up, one of each region and
 * family is tried by TCP and TLS, and the first that answers is asked to register a connection, which is then given back in order.
 *
 * <p>All state lives on one event loop, {@code home}. It is used once and closes nothing that it was given.
 */
public final class Diagnoser {
    /** Requests that reach the connection while it is registered may take this long. */
    static final Duration GRACE = Duration.ofSeconds(5);

    /** Of TCP and of TLS, each. A person waits for the answer; a way that takes longer is as good as blocked. */
    static final Duration STEP_LIMIT = Duration.ofSeconds(5);

    /** Not 0: the first connection of a locally managed tunnel would report rules that are not in force. */
    private static final int INDEX = 1;

    private static final Logger log = LoggerFactory.getLogger(Diagnoser.class);
    private static final String CANCELLED = "not tried, because the connector was closed";
    private static final String AFTER_FAILURE = "not tried, because the step before failed";

    private final ConnectorConfig config;
    private final Environment environment;
    private final EventLoops loops;
    private final Executor executor;
    private final StreamRouter router;
    private final ClientInfo identity;
    private final EventLoop home;
    private final List<Finding> findings = new ArrayList<>();
    private final List<EdgeProbe> probes = new ArrayList<>();
    private final CompletableFuture<List<Finding>> done = new CompletableFuture<>();
    private @Nullable EdgeConnection connection;
    private boolean cancelled;

    /**
     * Creates a diagnoser; starts nothing.
     *
     * @param config how the connector was set up
     * @param environment clocks and randomness
     * @param loops where connections live
     * @param executor runs look-ups and certificate checks
     * @param router serves requests that arrive while the connection is registered
     * @param identity what the connection says about itself; its id is nobody else's
     */
    public Diagnoser(
            ConnectorConfig config,
            Environment environment,
            EventLoops loops,
            Executor executor,
            StreamRouter router,
            ClientInfo identity) {
        this.config = config;
        this.environment = environment;
        this.loops = loops;
        this.executor = executor;
        this.router = router;
        this.identity = identity;
        this.home = loops.group().next();
    }

    /**
     * Walks.
     *
     * @return completes on the event loop with at least one finding of each kind, in their order; never fails
     */
    public CompletionStage<List<Finding>> run() {
        try {
            executor.execute(this::lookUp);
        } catch (RejectedExecutionException e) {
            home.execute(() -> finish("the executor takes no tasks"));
        }
        return done;
    }

    /** Ends the walk; what has not been tried is skipped. */
    public void cancel() {
        atHome(() -> {
            cancelled = true;
            probes.forEach(EdgeProbe::cancel);
            if (connection != null) {
                connection.close();
            } else {
                finish(CANCELLED);
            }
        });
    }

    // --- DNS ---

    private void lookUp() {
        long start = now();
        String subject = config.edges().isEmpty() ? "edge" : String.join(", ", config.edges());
        List<InetSocketAddress> candidates = new ArrayList<>();
        Finding finding;
        try {
            List<List<InetSocketAddress>> found =
                    EdgeSearch.of(config, environment).lookUp();
            EdgeIpVersion version = EdgeSearch.ipVersion(config);
            found.forEach(region -> addCandidates(region, version, candidates));
            int total = found.stream().mapToInt(List::size).sum();
            finding = candidates.isEmpty()
                    ? Finding.failed(
                            Diagnosis.Kind.DNS,
                            subject,
                            DiagnosisAdvice.noAddressOf(version, total, config),
                            since(start))
                    : Finding.passed(Diagnosis.Kind.DNS, subject, addresses(total), since(start));
        } catch (TunnelException e) {
            finding = Finding.failed(Diagnosis.Kind.DNS, subject, DiagnosisAdvice.ofLookUp(e, config), since(start));
        } catch (RuntimeException e) {
            Problem problem = DiagnosisAdvice.ofLookUp(
                    new TunnelException(TunnelErrorCode.EDGE_NOT_FOUND, String.valueOf(e.getMessage()), e), config);
            finding = Finding.failed(Diagnosis.Kind.DNS, subject, problem, since(start));
        }
        prepareTls(finding, candidates);
    }

    private static String addresses(int total) {
        return total == 1 ? "1 address" : total + " addresses";
    }

    /** The first address of each family. */
    private static void addCandidates(
            List<InetSocketAddress> region, EdgeIpVersion version, List<InetSocketAddress> candidates) {
        if (version != EdgeIpVersion.IPV6) {
            addFirst(region, false, candidates);
        }
        if (version != EdgeIpVersion.IPV4) {
            addFirst(region, true, candidates);
        }
    }

    private static void addFirst(List<InetSocketAddress> region, boolean ipv6, List<InetSocketAddress> candidates) {
        region.stream()
                .filter(a -> a.getAddress() instanceof Inet6Address == ipv6 && !candidates.contains(a))
                .findFirst()
                .ifPresent(candidates::add);
    }

    private void prepareTls(Finding dns, List<InetSocketAddress> candidates) {
        try {
            EdgeTls made = EdgeTls.create(config, executor);
            done.whenComplete((found, failure) -> made.close());
            atHome(() -> probe(dns, candidates, made, null));
        } catch (TunnelException e) {
            atHome(() -> probe(dns, candidates, null, e));
        }
    }

    /** A walk that was cancelled has closed the event loop meanwhile. */
    private void atHome(Runnable task) {
        try {
            home.execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("the diagnosis has ended", e);
        }
    }

    // --- TCP and TLS ---

    private void probe(
            Finding dns,
            List<InetSocketAddress> candidates,
            @Nullable EdgeTls tls,
            @Nullable TunnelException tlsProblem) {
        findings.add(dns);
        if (cancelled || candidates.isEmpty()) {
            finish(cancelled ? CANCELLED : AFTER_FAILURE);
            return;
        }
        Links links = tls == null ? null : links(tls);
        List<CompletableFuture<Void>> ends = new ArrayList<>();
        for (InetSocketAddress candidate : candidates) {
            EdgeProbe probe = new EdgeProbe(config, dialer(), environment.ticker(), tls, tlsProblem, candidate);
            probes.add(probe);
            ends.add(probe.run(home));
        }
        CompletableFuture.allOf(ends.toArray(CompletableFuture[]::new)).thenRun(() -> probed(links));
    }

    private void probed(@Nullable Links links) {
        probes.forEach(probe -> findings.add(probe.tcp()));
        probes.forEach(probe -> findings.add(probe.tls()));
        EdgeProbe good =
                probes.stream().filter(EdgeProbe::succeeded).findFirst().orElse(null);
        if (cancelled || links == null || good == null) {
            finish(cancelled ? CANCELLED : AFTER_FAILURE);
            return;
        }
        Walk walk = new Walk(good.address(), now());
        EdgeConnection made = new EdgeConnection(links, INDEX, new EdgeAddress(good.address()), 0, home, walk);
        connection = made;
        made.open();
    }

    private Links links(EdgeTls tls) {
        return Links.of(config, environment, dialer(), tls, router, new Silence(), identity);
    }

    private Dialer dialer() {
        return Links.dialing(config, loops, executor).connectTimeout(STEP_LIMIT).build();
    }

    // --- Protocol and credentials ---

    /** Writes down how far the connection comes; on {@code home}. */
    private final class Walk implements EdgeConnection.Owner {
        private final String subject;
        private long stepNanos;
        private boolean protocol;
        private boolean credentials;

        Walk(InetSocketAddress address, long startNanos) {
            subject = EdgeProbe.text(address);
            stepNanos = startNanos;
        }

        @Override
        public void controlStreamOpened(EdgeConnection from) {
            protocol = true;
            findings.add(Finding.passed(
                    Diagnosis.Kind.PROTOCOL, subject, "the edge opened the control stream", since(stepNanos)));
            stepNanos = now();
        }

        @Override
        public void registered(EdgeConnection from) {
            credentials = true;
            findings.add(Finding.passed(
                    Diagnosis.Kind.CREDENTIALS,
                    subject,
                    "registered at " + from.status().location() + " for tunnel "
                            + config.credentials().tunnelId(),
                    since(stepNanos)));
            from.drain(GRACE);
        }

        @Override
        public void goesAway(EdgeConnection from) {
            from.drain(GRACE);
        }

        @Override
        public void ended(EdgeConnection from, boolean wasReady, ConnectionFailure failure) {
            if (!credentials && !cancelled) {
                Diagnosis.Kind kind = protocol ? Diagnosis.Kind.CREDENTIALS : Diagnosis.Kind.PROTOCOL;
                findings.add(Finding.failed(
                        kind, subject, DiagnosisAdvice.ofEnd(kind, failure.cause(), config), since(stepNanos)));
            }
            finish(cancelled ? CANCELLED : AFTER_FAILURE);
        }
    }

    private void finish(String why) {
        for (Diagnosis.Kind kind : Diagnosis.Kind.values()) {
            if (findings.stream().noneMatch(finding -> finding.kind() == kind)) {
                findings.add(Finding.skipped(kind, "", why));
            }
        }
        done.complete(List.copyOf(findings));
    }

    private long now() {
        return environment.ticker().nanos();
    }

    private Duration since(long startNanos) {
        return Duration.ofNanos(now() - startNanos);
    }

    /** A diagnosis is no event of the connector. */
    private static final class Silence implements SupervisorListener {
        @Override
        public void stateChanged(ConnectorState from, ConnectorState to) {}

        @Override
        public void registered(ConnectionStatus connection) {}

        @Override
        public void lost(
                int index,
                @Nullable InetSocketAddress address,
                boolean wasRegistered,
                TunnelException cause,
                @Nullable Duration retryIn) {}

        @Override
        public void edgeGoesAway(int index) {}

        @Override
        public void rpcEnded(String method, boolean succeeded, long nanos) {}

        @Override
        public void localConfigurationReported(boolean succeeded) {}
    }
}
