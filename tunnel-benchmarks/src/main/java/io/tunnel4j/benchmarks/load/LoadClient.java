package io.tunnel4j.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.transport.EventLoops;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** HTTP/2 connections over TLS to a server on this machine. Thread-safe. */
public final class LoadClient implements LoadConnections {
    private final List<MuxConnection> ready = new CopyOnWriteArrayList<>();

    private LoadClient() {}

    /**
     * Connects.
     *
     * @param loops where the load runs
     * @param tls trusts the server, and offers h2
     * @param port the server's port on the loopback interface
     * @param connections how many
     * @return ready connections
     * @throws InterruptedException when interrupted
     */
    public static LoadClient dial(EventLoops loops, SslContext tls, int port, int connections)
            throws InterruptedException {
        LoadClient client = new LoadClient();
        CountDownLatch wanted = new CountDownLatch(connections);
        for (int i = 0; i < connections; i++) {
            new Bootstrap()
                    .group(loops.group())
                    .channel(loops.socketChannel())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(128 << 10, 256 << 10))
                    .handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            SslHandler handler = tls.newHandler(channel.alloc(), "localhost", port);
                            channel.pipeline().addLast("tls", handler);
                            handler.handshakeFuture().addListener(f -> client.start(channel, wanted));
                        }
                    })
                    .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
        if (!wanted.await(10, TimeUnit.SECONDS)) {
            throw new IllegalStateException("no HTTP/2 connections to port " + port);
        }
        return client;
    }

    private void start(Channel channel, CountDownLatch wanted) {
        MuxConnection.start(channel, LoadConnections.config(), new ConnectionListener() {
            @Override
            public void ready(MuxConnection connection) {
                ready.add(connection);
                wanted.countDown();
            }

            @Override
            public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
                throw new IllegalStateException("a server opens no streams");
            }

            @Override
            public void closed(MuxConnection connection, ConnectionException cause) {
                ready.remove(connection);
            }
        });
    }

    @Override
    public List<MuxConnection> connections() {
        return ready;
    }

    @Override
    public void close() {
        ready.forEach(connection -> connection.close(0, "end of the run"));
    }
}
