package io.tunnel4j.origin;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends our side of a connection to an origin, which is still read until it ends its side or has been silent for a while. One that is not read, since the edge is
 * slower, is not silent. Confined to the channel's event loop.
 */
final class HalfClose extends ChannelInboundHandlerAdapter {
    /** How long an origin may be silent after our end. */
    static final long GRACE_SECONDS = 30;

    private final long graceSeconds;
    private boolean heard;
    private @Nullable Future<?> deadline;

    private HalfClose(long graceSeconds) {
        this.graceSeconds = graceSeconds;
    }

    static void start(Channel channel, long graceSeconds) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex) {
            // After what was written: an empty write is done when all before it is.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener((ChannelFutureListener) written -> duplex.shutdownOutput());
        }
        channel.pipeline().addFirst(new HalfClose(graceSeconds));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        await(ctx.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        heard = true;
        ctx.fireChannelRead(message);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        Future<?> pending = deadline;
        if (pending != null) {
            pending.cancel(false);
        }
    }

    private void await(Channel channel) {
        deadline = channel.eventLoop().schedule(() -> look(channel), graceSeconds, TimeUnit.SECONDS);
    }

    private void look(Channel channel) {
        if (heard || !channel.config().isAutoRead()) {
            heard = false;
            await(channel);
        } else {
            channel.close();
        }
    }
}
