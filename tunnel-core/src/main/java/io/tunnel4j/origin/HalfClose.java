package io.tunnel4j.origin;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Ends our side of a connection to an origin, whose remaining bytes are still read for a while. Stateless. */
final class HalfClose {
    /** How long an origin may take to end its side after ours. */
    static final long GRACE_SECONDS = 30;

    private HalfClose() {}

    static void start(Channel channel, EventLoop eventLoop, long graceSeconds) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel duplex) {
            // After what was written: an empty write is done when all before it is.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener((ChannelFutureListener) written -> duplex.shutdownOutput());
        }
        Future<?> deadline = eventLoop.schedule(
                () -> {
                    channel.close();
                },
                graceSeconds,
                TimeUnit.SECONDS);
        channel.closeFuture().addListener(f -> deadline.cancel(false));
    }
}
