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
import io.netty.handler.proxy.ProxyHandler;
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
    private static final String ASKING_PROXY = "asking-proxy";

    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(128 << 10, 256 << 10);

    /** Besides HTTP/2's PING; the reference's interval. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

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
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        loops.keepAlive(bootstrap, KEEP_ALIVE);
        if (bindAddress != null) {
            bootstrap.localAddress(bindAddress, 0);
        }
        Promise<Channel> connected = loop.newPromise();
        if (direct || proxy == null) {
            report(bootstrap.resolver(resolution).handler(handler).connect(destination), connected);
            return connected;
        }
        // Its name is looked up by ProxyLookup.
        ProxyHandler proxyHandler = ProxyHandlers.of(proxy, proxy.address(), connectTimeoutMillis);
        proxyHandler.connectFuture().addListener((Future<Channel> f) -> {
            if (f.isSuccess()) {
                // Not earlier: a handler that speaks first would learn of the proxy's refusal as a failure of its own.
                Channel channel = f.getNow();
                ChannelHandlerContext asking = channel.pipeline().context(ASKING_PROXY);
                channel.pipeline().addLast(handler);
                asking.fireChannelActive();
                channel.pipeline().remove(ASKING_PROXY);
                connected.trySuccess(channel);
            } else {
                connected.tryFailure(f.cause());
            }
        });
        ChannelFuture toProxy = bootstrap
                .disableResolver()
                .handler(new ProxiedInitializer(proxyHandler))
                .connect(destination);
        toProxy.addListener(f -> {
            if (!f.isSuccess()) {
                connected.tryFailure(f.cause());
            }
        });
        return connected;
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

    /** Puts look-up of the proxy's name and the proxy's protocol into the pipeline. */
    private final class ProxiedInitializer extends ChannelInitializer<Channel> {
        private final ProxyHandler proxyHandler;

        ProxiedInitializer(ProxyHandler proxyHandler) {
            this.proxyHandler = proxyHandler;
        }

        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline()
                    .addLast(new ProxyLookup(), proxyHandler)
                    .addLast(ASKING_PROXY, ReportedByFuture.INSTANCE);
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
