package io.tunnel4j.testing;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A connection that sends octets and hears them come back. */
public final class EchoClient implements AutoCloseable {
    /** Sends back what comes; a connection that fails ends. */
    public static final TlsServer.Service SERVICE =
            (channel, protocol) -> channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ctx.writeAndFlush(message);
                }

                @Override
                public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                    ctx.close();
                }
            });

    private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private final @Nullable EventLoopGroup group;
    private final Channel channel;

    /**
     * Connects.
     *
     * @param address to whom
     * @param tls makes the channel's TLS, on its event loop
     * @throws InterruptedException if it is
     */
    public EchoClient(InetSocketAddress address, Function<Channel, ChannelHandler> tls) throws InterruptedException {
        group = new MultiThreadIoEventLoopGroup(
                1, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory());
        channel = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel made) {
                        made.pipeline().addLast(tls.apply(made), new Hearing());
                    }
                })
                .connect(address)
                .sync()
                .channel();
    }

    /**
     * Takes a connection over.
     *
     * @param connected with its TLS done
     */
    public EchoClient(Channel connected) {
        group = null;
        channel = connected;
        connected.pipeline().addLast(new Hearing());
        connected.config().setAutoRead(true);
    }

    private final class Hearing extends SimpleChannelInboundHandler<ByteBuf> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf data) {
            heard.add(data.toString(StandardCharsets.US_ASCII));
        }
    }

    /**
     * Sends a text and waits for it.
     *
     * @param text short enough for one segment
     * @return what came back; null for nothing
     * @throws InterruptedException if it is
     */
    public @Nullable String echo(String text) throws InterruptedException {
        channel.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
        return heard.poll(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws InterruptedException {
        if (channel.isOpen()) {
            channel.close().sync();
        }
        if (group != null) {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }
}
