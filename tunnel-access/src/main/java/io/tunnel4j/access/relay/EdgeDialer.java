package io.tunnel4j.access.relay;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import io.tunnel4j.transport.ReportedByFuture;
import io.tunnel4j.transport.TlsContexts;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLException;

/**
 * Opens TLS connections to the edge: name in SNI and certificate, no ALPN for WebSockets, sessions resumed. Thread-safe.
 *
 * <p>Who has created it closes it, which frees its TLS contexts as the last connections end.
 */
final class EdgeDialer implements AutoCloseable {
    private static final String HANDSHAKING = "handshaking";

    private final Dialer dialer;
    private final SslContext tls;
    private final SslContext http2Tls;
    private final long handshakeTimeoutMillis;
    private final AtomicBoolean closed = new AtomicBoolean();

    EdgeDialer(RelayConfig config, EventLoops loops, Executor lookups) {
        dialer = Dialer.builder(loops, new NameResolution(lookups))
                .proxy(config.proxy)
                .connectTimeout(config.connectTimeout)
                .build();
        handshakeTimeoutMillis = config.connectTimeout.toMillis();
        try {
            tls = SslContextBuilder.forClient()
                    .trustManager(config.trust.trustManager())
                    .build();
            http2Tls = SslContextBuilder.forClient()
                    .trustManager(config.trust.trustManager())
                    .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
                    .applicationProtocolConfig(new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            ApplicationProtocolNames.HTTP_2,
                            ApplicationProtocolNames.HTTP_1_1))
                    .build();
        } catch (SSLException e) {
            throw new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, "TLS: " + e.getMessage(), e);
        }
    }

    /** Opens a connection; reading is off when it is handed over on {@code loop}. */
    Future<Channel> dial(EventLoop loop, AccessTarget target) {
        return dial(loop, target, tls);
    }

    /** Opens a connection that offers HTTP/2; what was agreed is for the caller to see. */
    Future<Channel> dialHttp2(EventLoop loop, AccessTarget target) {
        return dial(loop, target, http2Tls);
    }

    private Future<Channel> dial(EventLoop loop, AccessTarget target, SslContext context) {
        InetSocketAddress other = target.connectTo();
        InetSocketAddress address =
                other != null ? other : InetSocketAddress.createUnresolved(target.host(), target.port());
        Promise<Channel> ready = loop.newPromise();
        Future<Channel> connected = dialer.connect(loop, address, new ChannelInboundHandlerAdapter() {
            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                startTls(ctx, context, target, ready);
            }
        });
        connected.addListener((Future<Channel> f) -> {
            if (!f.isSuccess()) {
                ready.tryFailure(f.cause());
            }
        });
        return ready;
    }

    private void startTls(ChannelHandlerContext ctx, SslContext context, AccessTarget target, Promise<Channel> ready) {
        Channel channel = ctx.channel();
        if (!TlsContexts.hold(context)) {
            ready.tryFailure(
                    new TunnelException(TunnelErrorCode.TERMINATED, target.authority() + ": the client is closed"));
            channel.close();
            return;
        }
        SslHandler handler;
        try {
            handler = context.newHandler(channel.alloc(), target.host(), target.port());
        } finally {
            TlsContexts.release(context);
        }
        handler.setHandshakeTimeoutMillis(handshakeTimeoutMillis);
        // What is written comes in whole records already.
        handler.setWrapDataSize(0);
        handler.handshakeFuture().addListener((Future<Channel> f) -> {
            if (!f.isSuccess()) {
                ready.tryFailure(f.cause());
                channel.close();
                return;
            }
            channel.config().setAutoRead(false);
            channel.pipeline().remove(HANDSHAKING);
            if (!ready.trySuccess(channel)) {
                channel.close();
            }
        });
        ctx.pipeline().replace(ctx.handler(), "tls", handler);
        ctx.pipeline().addLast(HANDSHAKING, ReportedByFuture.INSTANCE);
    }

    /** For WebSockets, and for HTTP/2. */
    List<SslContext> contexts() {
        return List.of(tls, http2Tls);
    }

    /** Lets nothing new be opened; connections that are open stay. */
    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            contexts().forEach(TlsContexts::release);
        }
    }
}
