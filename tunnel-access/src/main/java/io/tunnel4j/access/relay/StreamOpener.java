package io.tunnel4j.access.relay;

import static java.util.Objects.requireNonNull;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.transport.EventLoops;
import java.security.SecureRandom;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Opens streams to applications: everything that connections of one client share.
 *
 * <p>Has a few daemon threads for what blocks (names, suppliers of service tokens), which {@link #close} ends; the event loops are the caller's.
 * Thread-safe.
 */
public final class StreamOpener implements AutoCloseable {
    private static final int BLOCKING_THREADS = 4;
    private static final int BLOCKING_QUEUE = 4096;

    private final RelayConfig config;
    private final ThreadPoolExecutor blocking;
    private final EdgeDialer dialer;
    private final @Nullable SharedConnections shared;
    private final SecureRandom random = new SecureRandom();
    private final Set<WebSocketStream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    /**
     * Creates the opener; opens nothing yet.
     *
     * @param config what connections have in common
     * @param loops where they live
     */
    public StreamOpener(RelayConfig config, EventLoops loops) {
        this.config = requireNonNull(config, "config");
        AtomicInteger number = new AtomicInteger();
        blocking = new ThreadPoolExecutor(
                BLOCKING_THREADS,
                BLOCKING_THREADS,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(BLOCKING_QUEUE),
                task -> {
                    Thread thread = new Thread(task, "tunnel-access-lookup-" + number.incrementAndGet());
                    thread.setDaemon(true);
                    return thread;
                });
        blocking.allowCoreThreadTimeOut(true);
        dialer = new EdgeDialer(config, loops, blocking);
        shared = config.separateConnections ? null : new SharedConnections(dialer);
    }

    /**
     * Opens a stream. It reads nothing before {@link WebSocketStream#start}, which its receiver owes it.
     *
     * @param loop the stream's event loop
     * @param target the application
     * @return the stream, notified on {@code loop}; fails with {@link TunnelException}. Cancelling it gives the stream up
     */
    public Future<WebSocketStream> open(EventLoop loop, AccessTarget target) {
        if (closed) {
            return loop.newFailedFuture(
                    new TunnelException(TunnelErrorCode.TERMINATED, target.authority() + ": the client is closed"));
        }
        ConnectAttempt attempt = new ConnectAttempt(this, loop, target);
        if (loop.inEventLoop()) {
            return attempt.start();
        }
        Promise<WebSocketStream> opened = loop.newPromise();
        loop.execute(() -> {
            Future<WebSocketStream> inner = attempt.start();
            inner.addListener((Future<WebSocketStream> f) -> {
                if (!f.isSuccess()) {
                    opened.tryFailure(f.cause());
                } else if (!opened.trySuccess(f.getNow())) {
                    f.getNow().abort();
                }
            });
            opened.addListener(f -> {
                if (f.isCancelled()) {
                    inner.cancel(false);
                }
            });
        });
        return opened;
    }

    /**
     * Returns how many streams are open.
     *
     * @return opened and not yet over
     */
    public int activeStreams() {
        return streams.size();
    }

    /** Lets nothing new be opened, and ends every stream and shared connection. Does not wait for them. Idempotent. */
    @Override
    public void close() {
        closed = true;
        blocking.shutdownNow();
        for (WebSocketStream stream : streams) {
            onLoop(stream.eventLoop(), stream::terminate);
        }
        if (shared != null) {
            shared.close();
        }
        dialer.close();
    }

    /** A loop that has ended has closed what was on it. */
    private static void onLoop(EventLoop loop, Runnable task) {
        if (!loop.isShuttingDown()) {
            loop.execute(task);
        }
    }

    RelayConfig config() {
        return config;
    }

    byte[] randomBytes(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        return bytes;
    }

    Future<Channel> dial(EventLoop loop, AccessTarget target) {
        return dialer.dial(loop, target);
    }

    @Nullable
    MuxConnection shared(EventLoop loop, AccessTarget target) {
        return shared == null ? null : shared.find(loop, target);
    }

    WebSocketStream stream(Carrier carrier, AccessTarget target) {
        WebSocketStream stream =
                new WebSocketStream(carrier, target.authority(), new Masks(random), config.times, streams::remove);
        streams.add(stream);
        if (closed) {
            stream.terminate();
        }
        return stream;
    }

    /** Runs what may block off the loop, and one of the two consumers on it. */
    <T> void blocking(EventLoop loop, Callable<T> call, Consumer<T> success, Consumer<Throwable> failure) {
        try {
            blocking.execute(() -> {
                try {
                    T value = call.call();
                    loop.execute(() -> success.accept(value));
                } catch (Exception e) {
                    loop.execute(() -> failure.accept(e));
                }
            });
        } catch (RejectedExecutionException e) {
            failure.accept(e);
        }
    }
}
