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
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.transport.EventLoops;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

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
        ChannelGroup connections = new DefaultChannelGroup(ImmediateEventExecutor.INSTANCE, true);
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverSocketChannel())
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WRITE_MARKS)
                .childOption(
                        ChannelOption.RECVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(512, 4096, READ_BYTES).maxMessagesPerRead(4))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.add(channel);
                        channel.pipeline()
                                .addLast(new LocalConnection(opener, target, new OneConnection(target, observer)));
                    }
                });
        if (address instanceof InetSocketAddress) {
            bootstrap.childOption(ChannelOption.TCP_NODELAY, true).childOption(ChannelOption.SO_KEEPALIVE, true);
        }
        ChannelFuture bound = bootstrap.bind(address).awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "listener " + address + ": " + bound.cause().getMessage() + " (expected: a free local address)",
                    bound.cause());
        }
        return new LocalListener(bound.channel(), connections);
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
        server.close().addListener(f -> {
            connections.newCloseFuture().addListener(all -> drained.complete(0));
            server.eventLoop()
                    .schedule(
                            () -> {
                                int cut = connections.size();
                                connections.close().addListener(all -> drained.complete(cut));
                            },
                            grace.toNanos(),
                            TimeUnit.NANOSECONDS);
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
    private static final class OneConnection implements LocalConnection.Observer {
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
