package io.tunnel4j.benchmarks.load;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.registration.RegistrationHandler;
import io.tunnel4j.registration.RegistrationServer;
import io.tunnel4j.transport.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An edge that accepts every connector and makes the load itself: the connector is measured without the cost, and the rhythm, of a real edge.
 * Thread-safe.
 */
public final class LoadEdge implements LoadConnections {
    private final EventLoops loops;
    private final Channel listener;
    private final List<MuxConnection> registered = new CopyOnWriteArrayList<>();
    private final AtomicLong firstRegistered = new AtomicLong();
    private final CountDownLatch wanted;

    private LoadEdge(EventLoops loops, SslContext tls, int connections) {
        this.loops = loops;
        this.wanted = new CountDownLatch(connections);
        this.listener = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverSocketChannel())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(128 << 10, 256 << 10))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SslHandler handler = tls.newHandler(channel.alloc());
                        channel.pipeline().addLast("tls", handler);
                        handler.handshakeFuture().addListener(f -> {
                            if (f.isSuccess()) {
                                MuxConnection.start(channel, LoadConnections.config(), new Accepted());
                            }
                        });
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
    }

    /**
     * Listens on a free port of the loopback interface.
     *
     * @param loops where the load runs
     * @param tls certificate for the name connectors ask for
     * @param connections how many connections {@link #await} waits for
     * @return the edge
     */
    public static LoadEdge listen(EventLoops loops, SslContext tls, int connections) {
        return new LoadEdge(loops, tls, connections);
    }

    /**
     * Returns the port.
     *
     * @return local port
     */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /**
     * Waits until the connections are registered.
     *
     * @param seconds limit
     * @throws InterruptedException when interrupted
     */
    public void await(int seconds) throws InterruptedException {
        if (!wanted.await(seconds, TimeUnit.SECONDS)) {
            throw new IllegalStateException(
                    registered.size() + " connections registered within " + seconds + " s, more were expected");
        }
    }

    /**
     * Returns when the first connection was registered.
     *
     * @return {@link System#nanoTime()}, 0 before
     */
    public long firstRegisteredNanos() {
        return firstRegistered.get();
    }

    @Override
    public List<MuxConnection> connections() {
        return registered;
    }

    /** Drops the connectors; the event loops stay. */
    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        registered.forEach(connection -> connection.close(0, "end of the run"));
    }

    private final class Accepted implements ConnectionListener {
        @Override
        public void ready(MuxConnection connection) {
            try {
                RegistrationServer.open(connection, new Registration(connection));
            } catch (ConnectionException e) {
                throw new IllegalStateException("control stream", e);
            }
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            throw new IllegalStateException("a connector opens no streams");
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {
            registered.remove(connection);
        }
    }

    private final class Registration implements RegistrationHandler {
        private final MuxConnection connection;

        Registration(MuxConnection connection) {
            this.connection = connection;
        }

        @Override
        public CompletionStage<ConnectionAnswer> registerConnection(ConnectionRequest request) {
            firstRegistered.compareAndSet(0, System.nanoTime());
            registered.add(connection);
            wanted.countDown();
            return CompletableFuture.completedFuture(new ConnectionAnswer.Accepted(UUID.randomUUID(), "load", false));
        }

        @Override
        public void updateLocalConfiguration(byte[] json) {}

        @Override
        public void unregisterConnection() {}

        @Override
        public void ended(@Nullable TunnelException cause) {}
    }
}
