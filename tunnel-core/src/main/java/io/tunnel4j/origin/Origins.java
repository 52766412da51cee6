package io.tunnel4j.origin;

import io.netty.channel.EventLoop;
import io.tunnel4j.AccessRequirement;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginTls;
import io.tunnel4j.mux.WindowReserve;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** Everything between streams and origins, for one connector. Thread-safe. */
public final class Origins implements AutoCloseable {
    private final OriginSettings settings;
    private final MemoryBudget budget;
    private final FlowCount flows;
    private final WorkerPool workers = new WorkerPool("tunnel-handler", 64, 1024);
    private final WorkerPool lookups = new WorkerPool("tunnel-origin", 4, 1024);
    private final WindowReserve windows = WindowReserve.ofProcess();
    private final List<LoopOrigins> loops = new CopyOnWriteArrayList<>();
    private final Map<Origin, OriginTlsContext> contexts = new ConcurrentHashMap<>();
    private final Map<Origin, OriginTlsContext> http2Contexts = new ConcurrentHashMap<>();
    private final Map<Origin, SharedCount> idleCounts = new ConcurrentHashMap<>();
    private final Map<AccessRequirement, AccessCheck> checks = new ConcurrentHashMap<>();
    private final AccessKeySource httpKeys = new HttpKeySource(lookups);
    private volatile boolean closed;

    /**
     * Creates it; threads start when first needed.
     *
     * @param settings identity, limits, executor
     */
    public Origins(OriginSettings settings) {
        this.settings = settings;
        this.budget = new MemoryBudget(settings.maxProcessBytes);
        this.flows = new FlowCount(settings.maxActiveFlows);
    }

    /**
     * Creates the part that serves one event loop. To be called once per loop.
     *
     * @param eventLoop the loop
     * @return its origins
     */
    public LoopOrigins loop(EventLoop eventLoop) {
        LoopOrigins loop = new LoopOrigins(eventLoop, this);
        loops.add(loop);
        return loop;
    }

    /**
     * Returns what runs blocking work.
     *
     * @return the executor of the settings, else a bounded pool
     */
    public Executor executor() {
        return settings.executor == null ? workers : settings.executor;
    }

    /** What the connections to origins that speak HTTP/2 may be widened by, all together. */
    WindowReserve windows() {
        return windows;
    }

    /** The TLS context of an origin, shared by all loops. */
    OriginTlsContext tls(Origin origin, OriginTls tls) {
        return contexts.computeIfAbsent(origin, o -> new OriginTlsContext(o.service(), tls, List.of(), lookups));
    }

    /** The TLS context that offers an origin HTTP/2. */
    OriginTlsContext tlsForHttp2(Origin origin, OriginTls tls) {
        List<String> protocols = List.of("h2", "http/1.1");
        return http2Contexts.computeIfAbsent(origin, o -> new OriginTlsContext(o.service(), tls, protocols, lookups));
    }

    /** The count of an origin's idle connections, the same for all loops that serve it; each gives it back by {@link #forget}. */
    IdleCount idleCount(Origin origin) {
        return idleCounts.compute(
                        origin,
                        (o, shared) -> shared == null
                                ? new SharedCount(new IdleCount(o.options().keepAliveConnections()), 1)
                                : new SharedCount(shared.count, shared.loops + 1))
                .count;
    }

    /** An origin is no longer named by any rule of a loop. */
    void forget(Origin origin) {
        idleCounts.computeIfPresent(
                origin, (o, shared) -> shared.loops == 1 ? null : new SharedCount(shared.count, shared.loops - 1));
        drop(contexts.remove(origin));
        drop(http2Contexts.remove(origin));
    }

    private void drop(@Nullable OriginTlsContext context) {
        if (context != null) {
            try {
                lookups.execute(context::drop);
            } catch (RejectedExecutionException busy) {
                // What it waits for at most is a file's being read.
                context.drop();
            }
        }
    }

    /**
     * Returns what bounds the bytes held by all streams.
     *
     * @return the budget
     */
    public MemoryBudget budget() {
        return budget;
    }

    FlowCount flows() {
        return flows;
    }

    /** The check for a requirement, shared by all loops and rules; its keys are those of the team. */
    AccessCheck accessCheck(AccessRequirement requirement) {
        AccessKeySource source = settings.accessKeys == null ? httpKeys : settings.accessKeys;
        return checks.computeIfAbsent(requirement, r -> new AccessCheck(r, source, settings.clock));
    }

    /** Runs short blocking work of ours: names, certificates, handshakes. */
    Executor workers() {
        return lookups;
    }

    OriginSettings settings() {
        return settings;
    }

    boolean isClosed() {
        return closed;
    }

    /** Closes every connection to an origin and every thread made here, and frees TLS contexts as the last connections end. Idempotent. */
    @Override
    public void close() {
        closed = true;
        for (LoopOrigins loop : loops) {
            loop.close();
        }
        workers.close();
        lookups.close();
        contexts.values().forEach(OriginTlsContext::drop);
        http2Contexts.values().forEach(OriginTlsContext::drop);
    }

    /** A count and how many loops use it: loops learn of new rules one after the other. */
    private record SharedCount(IdleCount count, int loops) {}
}
