package io.tunnel4j.supervisor;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslHandler;
import io.tunnel4j.transport.LoopBuffers;
import io.tunnel4j.transport.SocketReads;

/** Prepares the channel of one connection. Confined to its event loop. */
final class EdgeInitializer extends ChannelInitializer<Channel> {
    private final EdgeConnection connection;
    private final EdgeTls tls;

    EdgeInitializer(EdgeConnection connection, EdgeTls tls) {
        this.connection = connection;
        this.tls = tls;
    }

    @Override
    protected void initChannel(Channel channel) {
        channel.config().setAllocator(LoopBuffers.allocator());
        channel.config().setRecvByteBufAllocator(SocketReads.unlimited());
        SslHandler handler = tls.newHandler(channel);
        channel.pipeline().addLast("tls", handler).addLast("handshake", new HandshakeFailures());
        connection.prepared(channel, handler.handshakeFuture());
    }

    /** The handshake's future tells its failure; without this, the pipeline's end would log it once more. */
    private static final class HandshakeFailures extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (ctx.pipeline().get("http2") == null) {
                ctx.close();
            } else {
                ctx.fireExceptionCaught(cause);
            }
        }
    }
}
