package io.tunnel4j.access.relay;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.FailureText;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A local listener whose connections go to one application. Any number of connections may be open; those not yet accepted wait in the operating
 * system's queue, which is bounded. Thread-safe.
 */
public final class LocalListener {
    /** What happens to connections. Called on event loops; must not block. */
    public interface Observer {
        /**
         * A connection reached the application.
         *
         * @param target the application
         */
        void opened(AccessTarget target);

        /**
         * A connection is over.
         *
         * @param target the application
         * @param wasOpen whether it had reached the application
         * @param cause null for an orderly end
         */
        void closed(AccessTarget target, boolean wasOpen, @Nullable TunnelException cause);
    }

    /** Connections the operating system holds before they are accepted. */
    private static final int BACKLOG = 512;

    private static final int READ_BYTES = 64 << 10;
    private static final WriteBufferWaterMark WRITE_MARKS = new WriteBufferWaterMark(64 << 10, 128 << 10);

    private static final Logger log = LoggerFactory.getLogger(LocalListener.class);

    private final Channel server;
    private final ChannelGroup connections;

    private LocalListener(Channel server, ChannelGroup connections) {
        this.server = server;
        this.connections = connections;
    }

    /**
     * Binds and accepts from now on. Waits for the operating system only.
     *
     * @param loops where connections live
     * @param opener opens their streams
     * @param target the application
     * @param address where to listen; port 0 for any
     * @param observer hears what happens
     * @return the listener
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the address cannot be bound
     */
    public static LocalListener bind(
            EventLoops loops, StreamOpener opener, AccessTarget target, SocketAddress address, Observer observer) {
        requireNonNull(address, "address");
        return bind(
                loops,
                address,
                channel -> channel.pipeline()
                        .addLast(new LocalConnection(opener, target, new OneConnection(target, observer))));
    }

    /**
     * Binds and accepts SOCKS5 connections, which name what they want. Waits for the operating system only.
     *
     * @param loops where connections live
     * @param opener opens their streams
     * @param names finds the application for a host name in lower case and a port; null refuses. Called on event loops; must not block
     * @param address where to listen; port 0 for any
     * @param observer hears what happens
     * @return the listener
     * @throws TunnelException with {@link TunnelErrorCode#INVALID_CONFIGURATION} if the address cannot be bound
     */
    public static LocalListener bindSocks(
            EventLoops loops,
            StreamOpener opener,
            BiFunction<String, Integer, @Nullable AccessTarget> names,
            SocketAddress address,
            Observer observer) {
        requireNonNull(address, "address");
        return bind(loops, address, channel -> SocksConnection.install(channel.pipeline(), opener, names, observer));
    }

    private static LocalListener bind(EventLoops loops, SocketAddress address, Consumer<Channel> accepted) {
        Path socket = address instanceof UnixDomainSocketAddress unix ? unix.getPath() : null;
        ChannelGroup connections = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.group())
                .channel(socket == null ? loops.serverSocketChannel() : loops.unixServerSocketChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_MARKS)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(512, 4096, READ_BYTES).maxMessagesPerRead(4))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.add(channel);
                        accepted.accept(channel);
                    }
                });
        if (socket == null) {
            bootstrap
                    .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childOption(ChannelOption.SO_KEEPALIVE, true);
        }
        ChannelFuture bound = bootstrap
                .bind(socket == null ? address : loops.unixAddress(socket))
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "listener " + address + ": " + FailureText.of(bound.cause()) + " (expected: a free local address)",
                    bound.cause());
        }
        if (socket != null) {
            bound.channel().closeFuture().addListener(f -> delete(socket));
        }
        return new LocalListener(bound.channel(), connections);
    }

    private static void delete(Path socket) {
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            log.warn("the socket {} stays behind: {}", socket, e.getMessage());
        }
    }

    /**
     * Returns where it listens.
     *
     * @return the address, with the port chosen by the operating system
     */
    public SocketAddress address() {
        return server.localAddress();
    }

    /**
     * Returns the number of open local connections.
     *
     * @return accepted and not yet closed
     */
    public int openConnections() {
        return connections.size();
    }

    /**
     * Stops listening and lets connections end; what is left after the grace time is closed.
     *
     * @param grace zero closes at once
     * @return how many connections had to be closed
     */
    public CompletionStage<Integer> drain(Duration grace) {
        CompletableFuture<Integer> drained = new CompletableFuture<>();
        AtomicInteger cut = new AtomicInteger();
        server.close().addListener(f -> {
            ScheduledFuture<?> deadline = server.eventLoop()
                    .schedule(
                            () -> {
                                cut.set(connections.size());
                                connections.close();
                            },
                            grace.toNanos(),
                            TimeUnit.NANOSECONDS);
            connections.newCloseFuture().addListener(all -> {
                deadline.cancel(false);
                drained.complete(cut.get());
            });
        });
        return drained;
    }

    /** Tells where it listens. */
    @Override
    public String toString() {
        SocketAddress address = address();
        return address instanceof UnixDomainSocketAddress unix ? unix.getPath().toString() : String.valueOf(address);
    }

    /** Adds to what one connection reports which application it is for. */
    static final class OneConnection implements LocalConnection.Observer {
        private final AccessTarget target;
        private final Observer observer;
        private boolean open;

        OneConnection(AccessTarget target, Observer observer) {
            this.target = target;
            this.observer = observer;
        }

        @Override
        public void opened() {
            open = true;
            observer.opened(target);
        }

        @Override
        public void closed(@Nullable TunnelException cause) {
            observer.closed(target, open, cause);
        }
    }
}
