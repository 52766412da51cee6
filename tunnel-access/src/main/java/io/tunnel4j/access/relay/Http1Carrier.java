package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * A TLS connection of its own, after the upgrade. Bytes that came with the upgrade's answer wait for {@link #start}; there are no more of
 * them than one read of the socket brings.
 */
final class Http1Carrier extends ChannelInboundHandlerAdapter implements Carrier {
    private final Channel channel;
    private final ArrayDeque<ByteBuf> early = new ArrayDeque<>();
    private @Nullable Receiver receiver;
    private boolean closeNotify;
    private boolean ended;
    private @Nullable Throwable failure;

    Http1Carrier(Channel channel) {
        this.channel = channel;
    }

    @Override
    public EventLoop eventLoop() {
        return channel.eventLoop();
    }

    @Override
    public void start(Receiver hears) {
        receiver = hears;
        if (!early.isEmpty()) {
            while (!early.isEmpty()) {
                hears.bytes(early.remove());
            }
            hears.readComplete();
        }
        if (ended) {
            hears.ended(closeNotify, failure);
        } else {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public void write(ByteBuf bytes) {
        channel.write(bytes, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void autoRead(boolean on) {
        channel.config().setAutoRead(on);
    }

    @Override
    public void finish() {
        channel.flush();
        channel.close();
    }

    @Override
    public void abort() {
        if (channel.isActive()) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        if (receiver != null) {
            receiver.bytes(bytes);
        } else {
            early.add(bytes);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (receiver != null) {
            receiver.readComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (receiver != null) {
            receiver.writabilityChanged();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
            closeNotify = true;
            end();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failure = cause;
        abort();
        end();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        early.forEach(ByteBuf::release);
        early.clear();
    }

    private void end() {
        if (!ended) {
            ended = true;
            if (receiver != null) {
                receiver.ended(closeNotify, failure);
            }
        }
    }
}
