package io.tunnel4j;

import io.netty.channel.EventLoopGroup;
import io.tunnel4j.ingress.RemoteConfiguration;
import io.tunnel4j.ingress.RouterConfig;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.supervisor.DrainResult;
import io.tunnel4j.supervisor.Environment;
import io.tunnel4j.supervisor.Supervisor;
import io.tunnel4j.supervisor.Workers;
import io.tunnel4j.transport.EventLoops;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * What a connector consists of while it runs, and the order in which it is made and unmade: event loops, router, supervisor; and back.
 *
 * <p>Thread-safe. The lock of this object guards {@code spent} and the writing of {@code running}.
 */
final class ConnectorLife {
    /** What this connector understands; features of other transports are left out. The last one is ours: a request's end does not cut the answer of a TCP origin. */
    private static final List<String> FEATURES = List.of("allow_remote_config", "serialized_headers", "half_close");

    /** Beyond the grace period: closing connections, ending threads. */
    private static final Duration CLOSE_SLACK = Duration.ofSeconds(15);

    private static final int MAX_LOOPS = 4;

    private final ConnectorConfig config;
    private final Environment environment;
    private final UUID connectorId = UUID.randomUUID();
    private final Workers workers;
    private final RemoteConfiguration configuration;
    private final ConnectorCounters counters;
    private final EventDelivery events;
    private final CompletableFuture<DrainReport> drained = new CompletableFuture<>();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();

    private final Set<DiagnosisRun> diagnoses = ConcurrentHashMap.newKeySet();

    private volatile @Nullable Running running;
    private boolean spent;

    private record Running(EventLoops loops, StreamRouter router, Supervisor supervisor) {}

    ConnectorLife(ConnectorConfig config, Environment environment) {
        this.config = config;
        this.environment = environment;
        workers = new Workers(config.executor());
        configuration = new RemoteConfiguration(config.ingress(), this::pushed);
        counters = new ConnectorCounters(
                config.metrics(), () -> configuration().rules().ingress());
        events = new EventDelivery(new EventQueue(config.listener(), workers), counters);
        // Fails here and not at start when a value cannot be used.
        routerConfig(connectorId);
        if (config.eventLoopGroup() != null) {
            EventLoops.of(config.eventLoopGroup());
        }
    }

    private void pushed(RemoteConfiguration.Outcome outcome) {
        events.pushed(outcome);
    }

    // --- Making ---

    CompletionStage<Void> start() {
        Running made;
        synchronized (this) {
            if (spent) {
                throw new IllegalStateException("start: the connector is " + state() + " (expected: IDLE)");
            }
            spent = true;
            made = newRunning();
            running = made;
        }
        CompletableFuture<Void> started = new CompletableFuture<>();
        Supervisor supervisor = made.supervisor();
        // A failed start ends the supervisor by itself; what it ran on is closed then, and the caller told last.
        supervisor.drained().thenAccept(result -> terminate(made, result));
        supervisor.start().whenComplete((done, failure) -> {
            if (failure == null) {
                workers.executeOrRun(() -> started.complete(null));
            } else {
                terminated.thenRun(() -> started.completeExceptionally(failure));
            }
        });
        return started.minimalCompletionStage();
    }

    private Running newRunning() {
        EventLoopGroup given = config.eventLoopGroup();
        int threads = Math.min(
                MAX_LOOPS,
                Math.min(
                        config.haConnections(), Math.max(1, Runtime.getRuntime().availableProcessors() / 2)));
        EventLoops loops =
                given == null ? EventLoops.start("connector", threads, config.busyPoll()) : EventLoops.of(given);
        StreamRouter router = new StreamRouter(configuration, routerConfig(connectorId));
        return new Running(
                loops,
                router,
                new Supervisor(config, environment, loops, workers, router, identity(connectorId), events));
    }

    private RouterConfig routerConfig(UUID id) {
        RouterConfig.Builder builder = RouterConfig.builder(id)
                .maxActiveFlows(config.maxActiveFlows())
                .proxies(config.httpOriginProxy(), config.httpsOriginProxy())
                .listener(counters);
        config.tags().forEach(builder::tag);
        if (config.executor() != null) {
            builder.executor(config.executor());
        }
        if (config.maxProcessBytes() != null) {
            builder.maxProcessBytes(config.maxProcessBytes());
        }
        return builder.build();
    }

    private ClientInfo identity(UUID id) {
        List<String> features = new ArrayList<>(FEATURES);
        if (config.postQuantum() == PostQuantum.REQUIRE) {
            features.add("postquantum");
        }
        features.addAll(config.features());
        return new ClientInfo(id, features, Platform.version(), Platform.arch());
    }

    // --- Diagnosis ---

    /** Under an id of its own: the edge may have this connector's connections already. */
    CompletionStage<Diagnosis> diagnose() {
        UUID id = UUID.randomUUID();
        // What the edge pushes to the passing connection is not this connector's.
        RemoteConfiguration rules =
                new RemoteConfiguration(configuration().rules().ingress(), outcome -> {});
        StreamRouter router = new StreamRouter(rules, routerConfig(id));
        DiagnosisRun run = new DiagnosisRun(config, environment, router, identity(id));
        diagnoses.add(run);
        CompletionStage<Diagnosis> result = run.start();
        run.result().whenComplete((done, problem) -> diagnoses.remove(run));
        return result;
    }

    private void endDiagnoses() throws InterruptedException {
        diagnoses.forEach(DiagnosisRun::cancel);
        for (DiagnosisRun run : diagnoses) {
            try {
                run.result().get(CLOSE_SLACK.toMillis(), TimeUnit.MILLISECONDS);
            } catch (TimeoutException | ExecutionException e) {
                throw new IllegalStateException("a diagnosis did not end", e);
            }
        }
    }

    // --- Unmaking ---

    CompletionStage<DrainReport> drain(Duration grace) {
        Running present;
        synchronized (this) {
            present = running;
            if (!spent) {
                spent = true;
                workers.shutdown();
                drained.complete(new DrainReport(0, 0, Duration.ZERO));
                terminated.complete(null);
            }
        }
        if (present != null) {
            present.supervisor().drain(grace);
        }
        return drained.minimalCompletionStage();
    }

    /** Called on the supervisor's event loop, whose end it begins. */
    private void terminate(Running made, DrainResult result) {
        DrainReport report = new DrainReport(
                Math.max(0, counters.ended() - events.endedBeforeDraining() - result.cut()),
                result.cut(),
                result.elapsed());
        made.router().close();
        events.drained(report);
        made.loops()
                .shutdown()
                .whenComplete((done, problem) -> workers.executeOrRun(() -> {
                    workers.shutdown();
                    drained.complete(report);
                    terminated.complete(null);
                }));
    }

    void close() {
        Running present = running;
        if (present != null && (present.loops().inEventLoop() || workers.isOwnThread())) {
            throw new IllegalStateException(
                    "close() on a thread of the connector (expected: another thread, or shutdown())");
        }
        drain(config.gracePeriod());
        try {
            awaitTermination(config.gracePeriod().plus(CLOSE_SLACK));
            endDiagnoses();
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }

    private void awaitTermination(Duration limit) throws InterruptedException {
        try {
            terminated.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            kill();
        } catch (ExecutionException e) {
            throw new IllegalStateException("termination cannot fail", e);
        }
    }

    private void kill() {
        Running present = running;
        if (present != null) {
            present.supervisor().kill();
        }
    }

    // --- State ---

    ConnectorState state() {
        Running present = running;
        if (present != null) {
            return present.supervisor().state();
        }
        synchronized (this) {
            return spent && running == null ? ConnectorState.TERMINATED : ConnectorState.IDLE;
        }
    }

    int readyConnections() {
        Running present = running;
        return present == null ? 0 : present.supervisor().readyConnections();
    }

    int connectionsUnderWay() {
        Running present = running;
        return present == null ? 0 : present.supervisor().connectionsUnderWay();
    }

    List<ConnectionInfo> connections() {
        Running present = running;
        return present == null
                ? List.of()
                : present.supervisor().connections().stream()
                        .map(EventDelivery::info)
                        .toList();
    }

    UUID connectorId() {
        return connectorId;
    }

    RemoteConfiguration.Current configuration() {
        return configuration.current();
    }

    ConnectorCounters counters() {
        return counters;
    }
}
