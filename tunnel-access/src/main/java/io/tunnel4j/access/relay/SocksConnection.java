package io.tunnel4j.access.relay;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.socksx.v5.DefaultSocks5CommandResponse;
import io.netty.handler.codec.socksx.v5.DefaultSocks5InitialResponse;
import io.netty.handler.codec.socksx.v5.Socks5AddressType;
import io.netty.handler.codec.socksx.v5.Socks5AuthMethod;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequest;
import io.netty.handler.codec.socksx.v5.Socks5CommandRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import io.netty.handler.codec.socksx.v5.Socks5CommandType;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequest;
import io.netty.handler.codec.socksx.v5.Socks5InitialRequestDecoder;
import io.netty.handler.codec.socksx.v5.Socks5Message;
import io.netty.handler.codec.socksx.v5.Socks5ServerEncoder;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A local connection that says by SOCKS5 (RFC 1928) which application it wants: no authentication, CONNECT only. Becomes a {@link LocalConnection} when the
 * application is reached, and not before the program is told. Confined to the channel's event loop.
 */
final class SocksConnection extends SimpleChannelInboundHandler<Socks5Message> {
    private static final long REQUEST_SECONDS = 30;

    private final StreamOpener opener;
    private final BiFunction<String, Integer, @Nullable AccessTarget> names;
    private final LocalListener.Observer observer;
    private @Nullable ScheduledFuture<?> deadline;
    private @Nullable Future<WebSocketStream> opening;

    private SocksConnection(
            StreamOpener opener,
            BiFunction<String, Integer, @Nullable AccessTarget> names,
            LocalListener.Observer observer) {
        this.opener = opener;
        this.names = names;
        this.observer = observer;
    }

    static void install(
            ChannelPipeline pipeline,
            StreamOpener opener,
            BiFunction<String, Integer, @Nullable AccessTarget> names,
            LocalListener.Observer observer) {
        pipeline.addLast("socks-out", Socks5ServerEncoder.DEFAULT);
        pipeline.addLast("socks-in", new Socks5InitialRequestDecoder());
        pipeline.addLast("socks", new SocksConnection(opener, names, observer));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        deadline = ctx.executor().schedule(() -> ctx.close(), REQUEST_SECONDS, TimeUnit.SECONDS);
        ctx.channel().config().setAutoRead(true);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Socks5Message message) {
        if (message.decoderResult().isFailure()) {
            ctx.close();
        } else if (message instanceof Socks5InitialRequest greeting) {
            boolean open = greeting.authMethods().contains(Socks5AuthMethod.NO_AUTH);
            ctx.pipeline().replace("socks-in", "socks-in", new Socks5CommandRequestDecoder());
            DefaultSocks5InitialResponse answer =
                    new DefaultSocks5InitialResponse(open ? Socks5AuthMethod.NO_AUTH : Socks5AuthMethod.UNACCEPTED);
            if (open) {
                ctx.writeAndFlush(answer);
            } else {
                ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
            }
        } else if (message instanceof Socks5CommandRequest request && opening == null) {
            requested(ctx, request);
        }
    }

    private void requested(ChannelHandlerContext ctx, Socks5CommandRequest request) {
        cancelDeadline();
        ctx.channel().config().setAutoRead(false);
        if (!request.type().equals(Socks5CommandType.CONNECT)) {
            refuse(ctx, Socks5CommandStatus.COMMAND_UNSUPPORTED);
            return;
        }
        AccessTarget target = names.apply(request.dstAddr().toLowerCase(Locale.ROOT), request.dstPort());
        if (target == null) {
            refuse(ctx, Socks5CommandStatus.FORBIDDEN);
            return;
        }
        opening = opener.open(ctx.channel().eventLoop(), target).addListener((Future<WebSocketStream> f) -> {
            if (f.isSuccess()) {
                opened(ctx, target, f.getNow());
            } else if (f.cause() instanceof TunnelException cause) {
                observer.closed(target, false, cause);
                refuse(ctx, statusOf(cause.code()));
            }
        });
    }

    private void opened(ChannelHandlerContext ctx, AccessTarget target, WebSocketStream stream) {
        if (!ctx.channel().isActive()) {
            stream.abort();
            return;
        }
        ctx.writeAndFlush(answer(Socks5CommandStatus.SUCCESS));
        LocalConnection connection =
                LocalConnection.to(stream, opener, target, new LocalListener.OneConnection(target, observer));
        ctx.pipeline().addLast(connection);
        ctx.pipeline().remove("socks-out");
        ctx.pipeline().remove(this);
        ctx.pipeline().remove("socks-in");
    }

    private static Socks5CommandStatus statusOf(TunnelErrorCode code) {
        return switch (code) {
            case NOT_AUTHORIZED, SERVICE_TOKEN_REFUSED, LOGIN_DECLINED, LOGIN_TIMED_OUT ->
                Socks5CommandStatus.FORBIDDEN;
            case EDGE_NOT_FOUND -> Socks5CommandStatus.HOST_UNREACHABLE;
            case ORIGIN_UNREACHABLE -> Socks5CommandStatus.CONNECTION_REFUSED;
            case EDGE_UNREACHABLE, TIMEOUT -> Socks5CommandStatus.NETWORK_UNREACHABLE;
            default -> Socks5CommandStatus.FAILURE;
        };
    }

    private static void refuse(ChannelHandlerContext ctx, Socks5CommandStatus status) {
        ctx.writeAndFlush(answer(status)).addListener(ChannelFutureListener.CLOSE);
    }

    private static DefaultSocks5CommandResponse answer(Socks5CommandStatus status) {
        return new DefaultSocks5CommandResponse(status, Socks5AddressType.IPv4, "0.0.0.0", 0);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cancelDeadline();
        if (opening != null) {
            opening.cancel(false);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
        }
    }
}
