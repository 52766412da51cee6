package io.tunnel4j.transport;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The pipeline's last handler while a connection is being set up: a failure closes the channel and is told by the set-up's future, so that Netty does not
 * log it once more. Thread-safe.
 */
@ChannelHandler.Sharable
public final class ReportedByFuture extends ChannelInboundHandlerAdapter {
    /** Has no state, so one is enough. */
    public static final ReportedByFuture INSTANCE = new ReportedByFuture();

    private ReportedByFuture() {}

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }
}
