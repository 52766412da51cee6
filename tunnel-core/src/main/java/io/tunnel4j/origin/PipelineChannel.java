package io.tunnel4j.origin;

import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpObject;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The channel a {@link PipelineExchange} shows to the application: HTTP messages in and out, no socket. Confined to the event loop. */
final class PipelineChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);
    private static final SocketAddress LOCAL = InetSocketAddress.createUnresolved("tunnel", 0);

    private final PipelineExchange exchange;
    private final SocketAddress remote;
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private boolean open = true;

    PipelineChannel(PipelineExchange exchange, SocketAddress remote) {
        super(null);
        this.exchange = exchange;
        this.remote = remote;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AbstractUnsafe() {
            @Override
            public void connect(
                    SocketAddress remoteAddress, @Nullable SocketAddress localAddress, ChannelPromise promise) {
                promise.setFailure(new UnsupportedOperationException("connect: the channel is connected already"));
            }
        };
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return LOCAL;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException("bind: the channel has no socket");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected void doClose() {
        open = false;
        exchange.channelClosed();
    }

    @Override
    protected void doBeginRead() {
        exchange.readRequested();
    }

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof HttpObject) {
            return message;
        }
        throw new UnsupportedOperationException(
                "write: " + message.getClass().getName() + " (expected: HttpResponse or HttpContent)");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) {
        for (Object message = out.current(); message != null; message = out.current()) {
            if (!exchange.mayWrite()) {
                // Goes on when the stream is writable again; until then the pipeline sees an unwritable channel.
                exchange.flushed();
                return;
            }
            ReferenceCountUtil.retain(message);
            out.remove();
            exchange.write((HttpObject) message);
        }
        exchange.flushed();
    }

    void flushMore() {
        if (open) {
            ((AbstractUnsafe) unsafe()).flush();
        }
    }

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }
}
