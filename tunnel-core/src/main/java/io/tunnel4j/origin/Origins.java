package io.tunnel4j.origin;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;

/** Everything between streams and origins, for one connector. Thread-safe. */
public final class Origins implements AutoCloseable {
    private final OriginSettings settings;
    private final WorkerPool workers = new WorkerPool("tunnel-handler", 64, 1024);
    private final List<LoopOrigins> loops = new CopyOnWriteArrayList<>();
    private volatile boolean closed;

    /**
     * Creates it; threads start when first needed.
     *
     * @param settings identity, limits, executor
     */
    public Origins(OriginSettings settings) {
        this.settings = settings;
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

    OriginSettings settings() {
        return settings;
    }

    boolean isClosed() {
        return closed;
    }

    /** Closes every connection to an origin and every thread made here. Idempotent. */
    @Override
    public void close() {
        closed = true;
        for (LoopOrigins loop : loops) {
            loop.close();
        }
        workers.close();
    }
}
