package io.tunnel4j.supervisor;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An origin for thousands of connections: {@code /endless} sends as fast as it is read, {@code /long} the first 96 KiB of as much, an upgrade is accepted and
 * echoes, everything else is answered with {@code ok}.
 *
 * <p>Ten thousand endless responses that nobody reads fill the kernel's memory for TCP, and then every connection of the machine stands still.
 */
final class FastOrigin implements AutoCloseable {
    private static final long LONG_BYTES = 96 << 10;
    private static final ByteBuf PIECE =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(16_384).writeZero(16_384));

    final AtomicInteger open = new AtomicInteger();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel listener;

    FastOrigin() throws InterruptedException {
        listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 4096)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Conversation());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() throws Exception {
        listener.close().sync();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private final class Conversation extends ChannelInboundHandlerAdapter {
        private final StringBuilder head = new StringBuilder();
        private boolean upgraded;
        private long left;

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            open.incrementAndGet();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            open.decrementAndGet();
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (upgraded) {
                ctx.writeAndFlush(message);
                return;
            }
            head.append(((ByteBuf) message).toString(StandardCharsets.ISO_8859_1));
            ReferenceCountUtil.release(message);
            if (head.indexOf("\r\n\r\n") < 0) {
                return;
            }
            String request = head.toString();
            head.setLength(0);
            if (request.toLowerCase(java.util.Locale.ROOT).contains("upgrade: websocket")) {
                upgraded = true;
                say(
                        ctx,
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                                + "Sec-WebSocket-Accept: any\r\n\r\n");
            } else if (request.startsWith("GET /endless") || request.startsWith("GET /long")) {
                left = request.startsWith("GET /long") ? LONG_BYTES : Long.MAX_VALUE;
                say(ctx, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n");
                more(ctx);
            } else {
                say(ctx, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        }

        private void say(ChannelHandlerContext ctx, String text) {
            ctx.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
        }

        private void more(ChannelHandlerContext ctx) {
            while (left > 0 && ctx.channel().isActive() && ctx.channel().isWritable()) {
                left -= PIECE.readableBytes();
                ctx.write(PIECE.duplicate());
            }
            ctx.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                // Not from inside the flush that has just made it writable.
                ctx.executor().execute(() -> more(ctx));
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
