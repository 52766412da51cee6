package io.tunnel4j.transport;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * Event loops, and the kinds of channel that run on them: NIO, or what a caller's group is for.
 *
 * <p>Own loops are never native ones. Netty's epoll reads a socket at its end even when it was told not to, and takes one whose input has
 * ended out of the kernel's set for good (4.2.18 to 4.2.20: putting it back fails with ENOENT), so that nothing can be awaited on it any more.
 *
 * <p>Own loops have daemon threads named {@code tunnel-NAME-1-2} and end with {@link #close}; a group of the caller's is never closed.
 * Thread-safe.
 */
public final class EventLoops implements AutoCloseable {
    /** As long as Linux polls before it halts a processor: above what a lone request's way to an origin and back takes. */
    public static final Duration DEFAULT_BUSY_POLL = Duration.ofNanos(200_000);

    /** Timers wait for a loop that looks. */
    public static final Duration MOST_BUSY_POLL = Duration.ofMillis(10);

    /** Above zero, so that a loop goes round once more when it has run a hook. */
    private static final long QUIET_NANOS = 1;

    private static final long CLOSE_SECONDS = 5;
    private static final long CLOSE_NANOS = TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);

    /** Linux takes no more. */
    private static final int MAX_KEEP_ALIVE_SECONDS = 32_767;

    private final EventLoopGroup group;
    private final ChannelKinds kinds;
    private final boolean owned;

    private EventLoops(EventLoopGroup group, ChannelKinds kinds, boolean owned) {
        this.group = group;
        this.kinds = kinds;
        this.owned = owned;
    }

    /** The channel classes of one transport. Each is loaded when it is asked for: a connector has no use for listening ones. */
    interface ChannelKinds {
        String name();

        Class<? extends SocketChannel> socket();

        Class<? extends ServerChannel> serverSocket();

        Class<? extends Channel> unixSocket();

        Class<? extends ServerChannel> unixServerSocket();

        /** Idle time and interval, where they can be set. */
        List<ChannelOption<Integer>> keepAliveSeconds();
    }

    /**
     * Starts event loops that sleep as soon as they have nothing to do.
     *
     * @param name what they do, one word; part of their threads' names
     * @param threads how many, at least 1
     * @return loops that the caller closes
     */
    public static EventLoops start(String name, int threads) {
        return start(name, threads, Duration.ZERO);
    }

    /**
     * Starts event loops.
     *
     * @param name what they do, one word; part of their threads' names
     * @param threads how many, at least 1
     * @param busyPoll how long a loop that has nothing to do looks for something before it sleeps, see {@link #checkedBusyPoll}; on a single processor it sleeps at once
     * @return loops that the caller closes
     */
    public static EventLoops start(String name, int threads, Duration busyPoll) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads: " + threads + " (expected: > 0)");
        }
        boolean polls = !busyPoll.isZero() && Runtime.getRuntime().availableProcessors() > 1;
        IoHandlerFactory nio = polls ? BusyPoll.loops(busyPoll.toNanos()) : NioIoHandler.newFactory();
        DefaultThreadFactory factory = new DefaultThreadFactory("tunnel-" + name, true);
        return new EventLoops(new MultiThreadIoEventLoopGroup(threads, factory, nio), NioTransport.INSTANCE, true);
    }

    /**
     * Checks how long loops are to look for something to do.
     *
     * @param busyPoll zero to sleep at once
     * @return the same
     * @throws IllegalArgumentException below zero or above {@link #MOST_BUSY_POLL}
     */
    public static Duration checkedBusyPoll(Duration busyPoll) {
        if (busyPoll.isNegative() || busyPoll.compareTo(MOST_BUSY_POLL) > 0) {
            throw new IllegalArgumentException(
                    "busyPoll: " + busyPoll + " (expected: 0 to " + MOST_BUSY_POLL.toMillis() + " ms)");
        }
        return busyPoll;
    }

    /**
     * Uses event loops that somebody else has started and will end.
     *
     * @param group NIO, epoll or kqueue event loops
     * @return loops whose {@link #close} does nothing
     * @throws IllegalArgumentException if the group is of another transport
     */
    public static EventLoops of(EventLoopGroup group) {
        requireNonNull(group, "group");
        if (group instanceof IoEventLoopGroup ioGroup) {
            if (ioGroup.isIoType(NioIoHandler.class)) {
                return new EventLoops(group, NioTransport.INSTANCE, false);
            }
            NativeTransport transport = NativeTransport.available();
            if (transport != null && ioGroup.isIoType(transport.ioHandlerType())) {
                return new EventLoops(group, transport.kinds(), false);
            }
        }
        throw new IllegalArgumentException(
                "group: " + group.getClass().getName() + " (expected: NIO, epoll or kqueue event loops)");
    }

    /**
     * Returns the event loops.
     *
     * @return the group
     */
    public EventLoopGroup group() {
        return group;
    }

    /**
     * Returns the TCP channel of this transport.
     *
     * @return a class for {@code Bootstrap.channel}
     */
    public Class<? extends SocketChannel> socketChannel() {
        return kinds.socket();
    }

    /**
     * Returns the listening TCP channel of this transport.
     *
     * @return a class for {@code ServerBootstrap.channel}
     */
    public Class<? extends ServerChannel> serverSocketChannel() {
        return kinds.serverSocket();
    }

    /**
     * Returns the stream channel over Unix domain sockets of this transport.
     *
     * @return a class for {@code Bootstrap.channel}; see {@link #unixAddress}
     */
    public Class<? extends Channel> unixSocketChannel() {
        return kinds.unixSocket();
    }

    /**
     * Returns the listening channel over Unix domain sockets of this transport.
     *
     * @return a class for {@code ServerBootstrap.channel}; see {@link #unixAddress}
     */
    public Class<? extends ServerChannel> unixServerSocketChannel() {
        return kinds.unixServerSocket();
    }

    /**
     * Tells which transport runs.
     *
     * @return {@code nio}, {@code epoll} or {@code kqueue}
     */
    public String transport() {
        return kinds.name();
    }

    /**
     * Has the operating system probe a silent TCP peer. Where it lets programs choose, the first probe comes after the interval and the others follow it at
     * the same distance.
     *
     * @param bootstrap makes TCP channels of this transport
     * @param interval zero to switch it off; less than a second counts as one
     */
    public void keepAlive(Bootstrap bootstrap, Duration interval) {
        bootstrap.option(ChannelOption.SO_KEEPALIVE, !interval.isZero());
        if (!interval.isZero()) {
            int seconds = (int) Math.max(1, Math.min(MAX_KEEP_ALIVE_SECONDS, interval.toSeconds()));
            kinds.keepAliveSeconds().forEach(option -> bootstrap.option(option, seconds));
        }
    }

    /**
     * Makes the address of a Unix domain socket as {@link #unixSocketChannel()} wants it.
     *
     * @param path the socket's path
     * @return an address for {@code Bootstrap.connect}
     */
    public SocketAddress unixAddress(Path path) {
        if (kinds == NioTransport.INSTANCE) {
            return UnixDomainSocketAddress.of(path);
        }
        return NativeTransport.unixAddress(path);
    }

    /**
     * Tells whether the calling thread is one of these loops, where nobody may wait.
     *
     * @return true on an event loop of the group
     */
    public boolean inEventLoop() {
        for (EventExecutor executor : group) {
            if (executor instanceof EventLoop loop && loop.inEventLoop()) {
                return true;
            }
        }
        return false;
    }

    /**
     * Ends own loops without waiting.
     *
     * @return completes when their threads have ended; at once for a caller's group
     */
    public CompletionStage<Void> shutdown() {
        CompletableFuture<Void> ended = new CompletableFuture<>();
        if (!owned) {
            ended.complete(null);
            return ended;
        }
        Future<?> future = endLoops();
        future.addListener(f -> ended.complete(null));
        return ended;
    }

    /**
     * Ends own loops and waits up to 5 s for their threads; does nothing to a caller's group.
     *
     * @throws IllegalStateException on one of the loops
     */
    @Override
    public void close() {
        if (!owned) {
            return;
        }
        if (inEventLoop()) {
            throw new IllegalStateException("close() on an event loop (expected: another thread)");
        }
        endLoops();
        try {
            if (!group.awaitTermination(CLOSE_SECONDS + 1, TimeUnit.SECONDS)) {
                throw new IllegalStateException("event loops did not end within " + (CLOSE_SECONDS + 1) + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Ends the loops, each with a turn in which it closes its channels. By itself a loop that is told to end while it runs its tasks ends right after them
     * (Netty 4.2's {@code SingleThreadIoEventLoop.run} looks before the tasks only): its sockets stay open, and what they have not written is never released.
     */
    private synchronized Future<?> endLoops() {
        for (EventExecutor executor : group) {
            if (executor instanceof SingleThreadEventExecutor loop && !loop.isShuttingDown()) {
                loop.addShutdownHook(() -> {});
            }
        }
        return group.shutdownGracefully(QUIET_NANOS, CLOSE_NANOS, TimeUnit.NANOSECONDS);
    }
}
