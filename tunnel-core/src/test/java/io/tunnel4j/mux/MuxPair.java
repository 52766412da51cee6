package io.tunnel4j.mux;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http2.Http2Headers;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A client-role and a server-role connection over loopback TCP; the dialling side is the server, as with a connector. */
public final class MuxPair implements AutoCloseable {
    final EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    final MuxConnection client;
    final MuxConnection server;
    final BlockingQueue<ConnectionException> closed = new LinkedBlockingQueue<>();
    final BlockingQueue<String> goAways = new LinkedBlockingQueue<>();

    /** Connects both; returns when streams can be opened. */
    public MuxPair(MuxConfig clientConfig, MuxConfig serverConfig, Acceptor acceptor) throws Exception {
        this(clientConfig, serverConfig, acceptor, address -> address);
    }

    /** With something between the two, which is told where the client role listens and says where to connect to. */
    MuxPair(
            MuxConfig clientConfig,
            MuxConfig serverConfig,
            Acceptor acceptor,
            ThrowingFunction<SocketAddress, SocketAddress> link)
            throws Exception {
        CompletableFuture<MuxConnection> accepted = new CompletableFuture<>();
        CompletableFuture<MuxConnection> dialled = new CompletableFuture<>();
        CompletableFuture<Void> ready = new CompletableFuture<>();
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(onActive(channel ->
                        accepted.complete(MuxConnection.start(channel, clientConfig, new Listener(ready, (s, h, e) -> {
                            throw new IllegalStateException("client role accepts no stream");
                        })))))
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(onActive(channel -> dialled.complete(
                        MuxConnection.start(channel, serverConfig, new Listener(new CompletableFuture<>(), acceptor)))))
                .connect(link.apply(listener.localAddress()))
                .sync();
        client = accepted.get(10, TimeUnit.SECONDS);
        server = dialled.get(10, TimeUnit.SECONDS);
        ready.get(10, TimeUnit.SECONDS);
        listener.close().sync();
    }

    private static ChannelInitializer<Channel> onActive(Function<Channel, Boolean> start) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelActive(ChannelHandlerContext ctx) {
                        start.apply(ctx.channel());
                        ctx.pipeline().remove(this);
                    }
                });
            }
        };
    }

    /** Runs on the client connection's event loop and returns the result. */
    public <T> T onClient(ThrowingFunction<MuxConnection, T> task) throws Exception {
        return client.eventLoop().submit(() -> task.apply(client)).get(10, TimeUnit.SECONDS);
    }

    public <T> T onServer(ThrowingFunction<MuxConnection, T> task) throws Exception {
        return server.eventLoop().submit(() -> task.apply(server)).get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        client.close(0, "test over");
        server.close(0, "test over");
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    /** A task on an event loop. */
    public interface ThrowingFunction<A, B> {
        B apply(A a) throws Exception;
    }

    /** What the server role does with a new stream. */
    public interface Acceptor {
        StreamListener accept(MuxStream stream, Http2Headers head, boolean endOfStream);
    }

    private final class Listener implements ConnectionListener {
        private final CompletableFuture<Void> ready;
        private final Acceptor acceptor;

        Listener(CompletableFuture<Void> ready, Acceptor acceptor) {
            this.ready = ready;
            this.acceptor = acceptor;
        }

        @Override
        public void ready(MuxConnection connection) {
            ready.complete(null);
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            return acceptor.accept(stream, head, endOfStream);
        }

        @Override
        public void goAwayReceived(MuxConnection connection, int lastStreamId, long errorCode, String debugText) {
            goAways.add(lastStreamId + " " + errorCode + " " + debugText);
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {
            closed.add(cause);
        }
    }

    /** Remembers what arrives; returns credit at once unless told otherwise. */
    static class RecordingListener implements StreamListener {
        final BlockingQueue<String> events = new LinkedBlockingQueue<>();
        volatile long bytes;
        volatile boolean holdCredit;

        @Override
        public void head(MuxStream stream, Http2Headers head, boolean endOfStream) {
            events.add("head " + head.status() + (endOfStream ? " end" : ""));
        }

        @Override
        @SuppressWarnings("NonAtomicVolatileUpdate") // written on one event loop only
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            int n = data.readableBytes();
            data.release();
            bytes += n;
            if (!holdCredit) {
                stream.consume(n);
            }
            if (endOfStream) {
                events.add("end");
            }
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {
            events.add("trailers " + trailers.get("x-t"));
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            events.add("reset " + cause.errorCode() + " " + cause.initiator());
        }

        @Override
        public void closed(MuxStream stream) {
            events.add("closed");
        }

        String next() throws InterruptedException {
            String event = events.poll(10, TimeUnit.SECONDS);
            return event == null ? "nothing within 10 s" : event;
        }
    }
}
