package io.tunnel4j.access.relay;

import static java.util.Objects.requireNonNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The near half of a relayed connection: an accepted local socket whose bytes go to the application's stream and back.
 *
 * <p>Nothing is read before the stream is open; afterwards each side is read only while the other takes it, so that at most the two sides' write
 * marks are held. A connection that fails ends with a reset, one that ends orderly with a FIN in each direction. Confined to
 * the channel's event loop, which is the stream's too.
 */
final class LocalConnection extends ChannelInboundHandlerAdapter implements WebSocketStream.Listener {
    /** What the owner wants to know. Called on the event loop. */
    interface Observer {
        /** The stream is open. */
        void opened();

        /** The connection is over; called once. */
        void closed(@Nullable TunnelException cause);
    }

    private static final long LINGER_SECONDS = 10;

    private final StreamOpener opener;
    private final AccessTarget target;
    private final Observer observer;

    private @Nullable Channel local;
    private @Nullable Future<WebSocketStream> opening;
    private @Nullable WebSocketStream stream;
    private boolean localEnded;
    private boolean remoteEnded;
    private boolean reported;

    LocalConnection(StreamOpener opener, AccessTarget target, Observer observer) {
        this.opener = opener;
        this.target = target;
        this.observer = observer;
    }

    /** Takes over a channel that is active, for a stream that is open and not started. */
    static LocalConnection to(WebSocketStream open, StreamOpener opener, AccessTarget target, Observer observer) {
        LocalConnection connection = new LocalConnection(opener, target, observer);
        connection.stream = open;
        return connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (stream != null) {
            local = ctx.channel();
            // After those who added this handler are done with the pipeline.
            ctx.executor().execute(() -> opened(requireNonNull(stream, "stream")));
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        local = ctx.channel();
        opening = opener.open(ctx.channel().eventLoop(), target).addListener((Future<WebSocketStream> f) -> {
            if (f.isSuccess()) {
                opened(f.getNow());
            } else if (!f.isCancelled()) {
                reset((TunnelException) f.cause());
            }
        });
    }

    private void opened(WebSocketStream open) {
        if (!local().isActive()) {
            open.abort();
            return;
        }
        stream = open;
        observer.opened();
        open.start(this);
        if (!remoteEnded) {
            local().config().setAutoRead(true);
        }
    }

    // --- From the local side ---

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (stream == null || remoteEnded) {
            ReferenceCountUtil.release(message);
            return;
        }
        stream.write((ByteBuf) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (stream != null && !remoteEnded) {
            stream.flush();
            if (!stream.isWritable()) {
                ctx.channel().config().setAutoRead(false);
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (stream != null && !remoteEnded) {
            stream.autoRead(ctx.channel().isWritable());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            localEnded = true;
            if (remoteEnded) {
                ctx.close();
            } else if (stream != null) {
                stream.endOutput();
            }
        } else if (!(event instanceof ChannelInputShutdownReadComplete)) {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // A reset by the local program: what it had asked for is of no use to anybody.
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (opening != null) {
            opening.cancel(false);
        }
        if (stream != null && !remoteEnded) {
            remoteEnded = true;
            stream.abort();
        }
        report(null);
    }

    // --- From the stream ---

    @Override
    public void data(ByteBuf data) {
        local().write(data, local().voidPromise());
    }

    @Override
    public void readComplete() {
        local().flush();
        if (!remoteEnded && !local().isWritable()) {
            requireNonNull(stream, "stream").autoRead(false);
        }
    }

    @Override
    public void writabilityChanged() {
        local().config().setAutoRead(requireNonNull(stream, "stream").isWritable());
    }

    @Override
    public void ended(@Nullable TunnelException cause) {
        remoteEnded = true;
        if (cause != null) {
            reset(cause);
            return;
        }
        local().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(f -> endLocal());
    }

    /** Ends the local side with a FIN, and takes what it still sends: closing with unread bytes would be a reset. */
    private void endLocal() {
        if (localEnded) {
            local().close();
            return;
        }
        ((DuplexChannel) local()).shutdownOutput();
        local().config().setAutoRead(true);
        local().eventLoop().schedule(() -> local().close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    private void reset(TunnelException cause) {
        report(cause);
        if (local().isActive() && local() instanceof SocketChannel tcp) {
            tcp.config().setSoLinger(0);
        }
        local().close();
    }

    private void report(@Nullable TunnelException cause) {
        if (!reported) {
            reported = true;
            observer.closed(cause);
        }
    }

    private Channel local() {
        return requireNonNull(local, "local");
    }
}
