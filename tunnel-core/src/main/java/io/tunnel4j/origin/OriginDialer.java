package io.tunnel4j.origin;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.proxy.ProxyHandler;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.FailureText;
import io.tunnel4j.transport.LoopBuffers;
import io.tunnel4j.transport.ProxyHandlers;
import io.tunnel4j.transport.ReportedByFuture;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections to one origin: look-up, TCP or Unix domain socket, TLS, each with its limit of time. Confined to the event loop.
 *
 * <p>Channels half-close, and stay open for reading when writing fails: an origin may answer and then refuse the rest of the request.
 */
final class OriginDialer {
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 << 10, 256 << 10);

    private final LoopOrigins loop;
    private final Endpoint endpoint;
    private final OriginOptions options;
    private final @Nullable OriginTlsContext tls;
    private final @Nullable OutboundProxy tunnelProxy;
    private final @Nullable ForwardProxy forwardProxy;

    private OriginDialer(
            LoopOrigins loop,
            Endpoint endpoint,
            OriginOptions options,
            @Nullable OriginTlsContext tls,
            @Nullable OutboundProxy proxy) {
        this.loop = loop;
        this.endpoint = endpoint;
        this.options = options;
        this.tls = tls;
        if (proxy != null && proxy.kind() == OutboundProxy.Kind.HTTP && tls == null) {
            forwardProxy = new ForwardProxy(proxy, endpoint);
            tunnelProxy = null;
        } else {
            forwardProxy = null;
            tunnelProxy = proxy;
        }
    }

    /** For an HTTP origin, which a proxy may stand before. */
    static OriginDialer forHttp(
            LoopOrigins loop, Endpoint endpoint, OriginOptions options, @Nullable OriginTlsContext tls) {
        OriginSettings settings = loop.origins().settings();
        OutboundProxy proxy = tls == null ? settings.httpProxy : settings.httpsProxy;
        boolean applies = proxy != null
                && endpoint.socket() == null
                && proxy.appliesTo(InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port()));
        return new OriginDialer(loop, endpoint, options, tls, applies ? proxy : null);
    }

    /** For an origin of bytes, which is dialled directly. */
    static OriginDialer forTcp(LoopOrigins loop, Endpoint endpoint, OriginOptions options) {
        return new OriginDialer(loop, endpoint, options, null, null);
    }

    /** The proxy that connections lead to instead of the origin, or null. */
    @Nullable
    ForwardProxy forwardProxy() {
        return forwardProxy;
    }

    /** Names what is dialled in messages. */
    String destination() {
        return forwardProxy == null ? endpoint.toString() : endpoint + " through proxy " + forwardProxy;
    }

    /**
     * Opens a connection.
     *
     * @param serverName sent as SNI and checked; null for what the TLS settings say
     * @param listener hears once how it went
     */
    void dial(@Nullable String serverName, DialListener listener) {
        if (loop.isClosed()) {
            listener.dialFailed(new TunnelException(TunnelErrorCode.TERMINATED, "the connector is closed"));
            return;
        }
        DialListener next = tls == null ? listener : new TlsStep(tls, serverName, listener);
        if (endpoint.socket() != null) {
            ChannelFuture connect = bootstrap()
                    .channel(loop.transport().unixSocketChannel())
                    .connect(loop.transport().unixAddress(endpoint.socket()));
            connect.addListener(f -> connected(connect, next));
            return;
        }
        if (tunnelProxy != null) {
            dialThrough(tunnelProxy, next);
            return;
        }
        InetSocketAddress unresolved = forwardProxy == null
                ? InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port())
                : forwardProxy.address();
        Future<List<InetSocketAddress>> lookup = loop.resolver().resolveAll(unresolved);
        if (lookup.isDone()) {
            resolved(lookup, next);
        } else {
            lookup.addListener(f -> resolved(lookup, next));
        }
    }

    /** By CONNECT or SOCKS; the proxy looks the origin's name up. */
    private void dialThrough(OutboundProxy via, DialListener next) {
        loop.resolver().resolve(via.address()).addListener((Future<InetSocketAddress> lookup) -> {
            if (!lookup.isSuccess()) {
                next.dialFailed(unreachable("the name of proxy " + via + " cannot be resolved", lookup.cause()));
                return;
            }
            ProxyHandler handler = ProxyHandlers.of(via, lookup.getNow(), millis(options.connectTimeout()));
            handler.connectFuture().addListener((Future<Channel> proxied) -> {
                if (proxied.isSuccess()) {
                    proxied.getNow().pipeline().removeLast();
                    next.dialled(proxied.getNow());
                } else {
                    next.dialFailed(unreachable("cannot connect through proxy " + via, proxied.cause()));
                }
            });
            tcp().handler(new ChannelInitializer<>() {
                        @Override
                        protected void initChannel(Channel channel) {
                            channel.pipeline().addLast(handler, ReportedByFuture.INSTANCE);
                        }
                    })
                    .connect(InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port()));
        });
    }

    private void resolved(Future<List<InetSocketAddress>> lookup, DialListener next) {
        if (!lookup.isSuccess()) {
            next.dialFailed(unreachable("host name cannot be resolved", lookup.cause()));
            return;
        }
        List<InetSocketAddress> addresses = lookup.getNow();
        if (addresses.size() > 1) {
            new AddressRace(this, addresses, !options.noHappyEyeballs(), next).start();
            return;
        }
        ChannelFuture connect = connect(addresses.get(0));
        connect.addListener(f -> connected(connect, next));
    }

    ChannelFuture connect(InetSocketAddress address) {
        return tcp().connect(address);
    }

    private Bootstrap tcp() {
        Bootstrap bootstrap =
                bootstrap().channel(loop.transport().socketChannel()).option(ChannelOption.TCP_NODELAY, true);
        loop.transport().keepAlive(bootstrap, options.tcpKeepAlive());
        return bootstrap;
    }

    private Bootstrap bootstrap() {
        return new Bootstrap()
                .group(loop.eventLoop())
                .disableResolver()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis(options.connectTimeout()))
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .option(ChannelOption.ALLOW_HALF_CLOSURE, false)
                .option(ChannelOption.AUTO_CLOSE, false)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOCATOR, LoopBuffers.allocator())
                .option(ChannelOption.RECVBUF_ALLOCATOR, new OriginReads())
                .handler(new NoHandler());
    }

    Duration connectTimeout() {
        return options.connectTimeout();
    }

    LoopOrigins loop() {
        return loop;
    }

    private static int millis(Duration duration) {
        return (int) Math.min(Integer.MAX_VALUE, duration.toMillis());
    }

    private void connected(ChannelFuture connect, DialListener next) {
        if (!connect.isSuccess()) {
            next.dialFailed(unreachable("cannot connect", connect.cause()));
            return;
        }
        next.dialled(connect.channel());
    }

    TunnelException unreachable(String what, @Nullable Throwable cause) {
        String why = cause == null ? "" : ": " + FailureText.of(cause);
        return new TunnelException(
                TunnelErrorCode.ORIGIN_UNREACHABLE, "origin " + destination() + ": " + what + why, cause);
    }

    /** Bootstrap insists on a handler; the real one comes when the connection is there. */
    private static final class NoHandler extends ChannelHandlerAdapter {}

    /** Adds TLS to a connected channel. */
    private final class TlsStep implements DialListener {
        private final OriginTlsContext context;
        private final @Nullable String serverName;
        private final DialListener next;

        TlsStep(OriginTlsContext context, @Nullable String serverName, DialListener next) {
            this.context = context;
            this.serverName = serverName;
            this.next = next;
        }

        @Override
        public void dialled(Channel channel) {
            context.whenReady(loop.eventLoop(), (ready, failure) -> {
                if (ready == null) {
                    channel.close();
                    next.dialFailed(
                            failure instanceof TunnelException typed
                                    ? typed
                                    : unreachable("TLS cannot be set up", failure));
                } else {
                    handshake(channel, ready);
                }
            });
        }

        private void handshake(Channel channel, SslContext ready) {
            String name = serverName != null ? serverName : context.serverName(endpoint);
            int port = endpoint.port();
            SslHandler handler =
                    ready.newHandler(channel.alloc(), name, port, loop.origins().workers());
            handler.setHandshakeTimeout(options.tlsTimeout().toMillis(), TimeUnit.MILLISECONDS);
            handler.handshakeFuture().addListener(f -> {
                if (f.isSuccess()) {
                    next.dialled(channel);
                } else {
                    channel.close();
                    next.dialFailed(untrusted(name, f.cause()));
                }
            });
            channel.pipeline().addLast("tls", handler);
            channel.config().setAutoRead(true);
        }

        private TunnelException untrusted(String name, Throwable cause) {
            if (!(cause instanceof SSLException)) {
                return unreachable("TLS handshake failed", cause);
            }
            if (cause instanceof NotSslRecordException) {
                // Its own message is every byte that came, in hexadecimal.
                return new TunnelException(
                        TunnelErrorCode.ORIGIN_UNTRUSTED,
                        "origin " + endpoint + ": does not speak TLS (expected: https; for plain HTTP, http://)",
                        cause);
            }
            Throwable root = cause;
            while (root.getCause() != null && root.getCause() != root) {
                root = root.getCause();
            }
            return new TunnelException(
                    TunnelErrorCode.ORIGIN_UNTRUSTED,
                    "origin " + endpoint + ": TLS with \"" + name + "\" failed: " + root.getMessage(),
                    cause);
        }

        @Override
        public void dialFailed(TunnelException cause) {
            next.dialFailed(cause);
        }
    }
}
