package io.tunnel4j.transport;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.proxy.HttpProxyHandler;
import io.netty.handler.proxy.ProxyHandler;
import io.netty.handler.proxy.Socks5ProxyHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.tunnel4j.OutboundProxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Opens TCP connections, through a proxy where one is set, without blocking the event loop for names.
 *
 * <p>Channels have TCP_NODELAY and keep-alive on and the water marks that suit bulk data. Immutable, thread-safe.
 */
public final class Dialer {
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 << 10, 256 << 10);

    private final EventLoops loops;
    private final NameResolution resolution;
    private final @Nullable OutboundProxy proxy;
    private final @Nullable InetAddress bindAddress;
    private final int connectTimeoutMillis;

    private Dialer(Builder builder) {
        loops = builder.loops;
        resolution = builder.resolution;
        proxy = builder.proxy;
        bindAddress = builder.bindAddress;
        connectTimeoutMillis = (int) Math.min(Integer.MAX_VALUE, builder.connectTimeout.toMillis());
    }

    /**
     * Starts with direct connections and a limit of 15 s.
     *
     * @param loops where the channels live
     * @param resolution looks up names
     * @return a new builder
     */
    public static Builder builder(EventLoops loops, NameResolution resolution) {
        return new Builder(requireNonNull(loops, "loops"), requireNonNull(resolution, "resolution"));
    }

    /**
     * Opens a connection.
     *
     * @param loop the event loop of the new channel, one of {@link EventLoops#group()}
     * @param destination host or address, and port; a name is looked up here, or by the proxy
     * @param handler goes into the new channel's pipeline; {@code channelActive} means connected to the destination
     * @return the connected channel, notified on {@code loop}; failures close the channel
     */
    public Future<Channel> connect(EventLoop loop, InetSocketAddress destination, ChannelHandler handler) {
        boolean direct = proxy == null || !proxy.appliesTo(destination);
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(loops.socketChannel())
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, connectTimeoutMillis)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        if (bindAddress != null) {
            bootstrap.localAddress(bindAddress, 0);
        }
        Promise<Channel> connected = loop.newPromise();
        if (direct || proxy == null) {
            report(bootstrap.resolver(resolution).handler(handler).connect(destination), connected);
            return connected;
        }
        ProxyHandler proxyHandler = proxyHandler(proxy);
        proxyHandler.connectFuture().addListener((Future<Channel> f) -> {
            if (f.isSuccess()) {
                connected.trySuccess(f.getNow());
            } else {
                connected.tryFailure(f.cause());
            }
        });
        ChannelFuture toProxy = bootstrap
                .disableResolver()
                .handler(new ProxiedInitializer(proxyHandler, handler))
                .connect(destination);
        toProxy.addListener(f -> {
            if (!f.isSuccess()) {
                connected.tryFailure(f.cause());
            }
        });
        return connected;
    }

    /** Asks the proxy for a connection; its own name is looked up by {@link ProxyLookup}. */
    private ProxyHandler proxyHandler(OutboundProxy via) {
        String user = via.username();
        ProxyHandler handler = switch (via.kind()) {
            case HTTP ->
                user == null
                        ? new HttpProxyHandler(via.address())
                        : new HttpProxyHandler(via.address(), user, via.password());
            case SOCKS5 ->
                user == null
                        ? new Socks5ProxyHandler(via.address())
                        : new Socks5ProxyHandler(via.address(), user, via.password());
        };
        handler.setConnectTimeoutMillis(connectTimeoutMillis);
        return handler;
    }

    private static void report(ChannelFuture connect, Promise<Channel> connected) {
        connect.addListener(f -> {
            if (f.isSuccess()) {
                connected.trySuccess(connect.channel());
            } else {
                connected.tryFailure(f.cause());
            }
        });
    }

    /** Puts look-up of the proxy's name, the proxy's protocol and the caller's handler into the pipeline. */
    private final class ProxiedInitializer extends ChannelInitializer<Channel> {
        private final ProxyHandler proxyHandler;
        private final ChannelHandler handler;

        ProxiedInitializer(ProxyHandler proxyHandler, ChannelHandler handler) {
            this.proxyHandler = proxyHandler;
            this.handler = handler;
        }

        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new ProxyLookup(), proxyHandler, handler);
        }
    }

    /** Resolves the address that the proxy handler connects to. */
    private final class ProxyLookup extends ChannelOutboundHandlerAdapter {
        @Override
        public void connect(
                ChannelHandlerContext ctx,
                SocketAddress remote,
                @Nullable SocketAddress local,
                ChannelPromise promise) {
            resolution.getResolver(ctx.executor()).resolve(remote).addListener((Future<InetSocketAddress> f) -> {
                if (f.isSuccess()) {
                    ctx.connect(f.getNow(), local, promise);
                } else {
                    promise.tryFailure(f.cause());
                    ctx.close();
                }
            });
        }
    }

    /** Builds a {@link Dialer}. Not thread-safe. */
    public static final class Builder {
        private final EventLoops loops;
        private final NameResolution resolution;
        private @Nullable OutboundProxy proxy;
        private @Nullable InetAddress bindAddress;
        private Duration connectTimeout = Duration.ofSeconds(15);

        private Builder(EventLoops loops, NameResolution resolution) {
            this.loops = loops;
            this.resolution = resolution;
        }

        /**
         * Sets the proxy.
         *
         * @param outboundProxy the proxy, or null for direct connections
         * @return this
         */
        public Builder proxy(@Nullable OutboundProxy outboundProxy) {
            proxy = outboundProxy;
            return this;
        }

        /**
         * Sets the local address of connections.
         *
         * @param address one of this machine's, or null for the operating system's choice
         * @return this
         */
        public Builder bindAddress(@Nullable InetAddress address) {
            bindAddress = address;
            return this;
        }

        /**
         * Sets how long a connection, and likewise a proxy's answer, may take.
         *
         * @param timeout more than zero
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            if (timeout.isNegative() || timeout.isZero()) {
                throw new IllegalArgumentException("connectTimeout: " + timeout + " (expected: > 0)");
            }
            connectTimeout = timeout;
            return this;
        }

        /**
         * Builds the dialer.
         *
         * @return an immutable value
         */
        public Dialer build() {
            return new Dialer(this);
        }
    }
}
