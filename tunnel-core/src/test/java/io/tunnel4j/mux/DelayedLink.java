package io.tunnel4j.mux;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/**
 * A TCP relay that behaves like a long link: every byte arrives half a round trip later, and no more than the rate passes in each direction. It holds what a
 * link of that length and rate holds, plus a router's queue, and then stops reading.
 */
final class DelayedLink implements AutoCloseable {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<Direction> directions = new CopyOnWriteArrayList<>();
    private final long delayNanos;
    private final double bytesPerNano;
    private final long capacity;

    DelayedLink(Duration roundTrip, long bytesPerSecond) {
        delayNanos = roundTrip.toNanos() / 2;
        bytesPerNano = bytesPerSecond / 1e9;
        capacity = (long) (bytesPerNano * (delayNanos + TimeUnit.MILLISECONDS.toNanos(100)));
    }

    SocketAddress to(SocketAddress destination) throws InterruptedException {
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        new Bootstrap()
                                .group(accepted.eventLoop())
                                .channel(NioSocketChannel.class)
                                .option(ChannelOption.TCP_NODELAY, true)
                                .option(ChannelOption.AUTO_READ, false)
                                .handler(new ChannelInboundHandlerAdapter())
                                .connect(destination)
                                .addListener((ChannelFuture connect) -> {
                                    Channel dialled = connect.channel();
                                    accepted.pipeline().addLast(new Direction(dialled));
                                    dialled.pipeline().addLast(new Direction(accepted));
                                    accepted.config().setAutoRead(true);
                                    dialled.config().setAutoRead(true);
                                });
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel()
                .localAddress();
    }

    @Override
    public void close() throws InterruptedException {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        directions.forEach(direction -> direction.underWay.forEach(ByteBuf::release));
    }

    private final class Direction extends ChannelInboundHandlerAdapter {
        private final Channel out;
        private final Queue<ByteBuf> underWay = new ArrayDeque<>();
        private long freeAtNanos;
        private long held;

        Direction(Channel out) {
            this.out = out;
            directions.add(this);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf data = (ByteBuf) message;
            int bytes = data.readableBytes();
            long now = System.nanoTime();
            freeAtNanos = Math.max(now, freeAtNanos) + (long) (bytes / bytesPerNano);
            held += bytes;
            if (held > capacity) {
                ctx.channel().config().setAutoRead(false);
            }
            underWay.add(data);
            ctx.executor().schedule(() -> arrive(ctx), freeAtNanos + delayNanos - now, TimeUnit.NANOSECONDS);
        }

        /** The next in order, whichever timer fired first. */
        private void arrive(ChannelHandlerContext ctx) {
            ByteBuf data = underWay.remove();
            held -= data.readableBytes();
            out.writeAndFlush(data);
            if (held <= capacity) {
                ctx.channel().config().setAutoRead(true);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            long now = System.nanoTime();
            long behindTheData = Math.max(now, freeAtNanos) + delayNanos - now;
            ctx.executor().schedule(() -> out.close(), behindTheData, TimeUnit.NANOSECONDS);
        }
    }
}
