package io.tunnel4j.edge.frontend;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.registry.ConnectionLimiter;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.FailureText;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes raw TCP connections for one hostname and sends each through the hostname's tunnel as a WebSocket, which connectors unwrap for {@code tcp://}
 * services. Thread-safe.
 */
public final class TcpListener {
    private final EventLoops loops;
    private final Site site;
    private final String hostname;
    private final ConnectionLimiter limiter;
    private final Map<EventLoop, LoopState> loopStates = new ConcurrentHashMap<>();
    private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Channel channel;

    /**
     * Prepares a listener.
     *
     * @param loops event loops for the listener and its connections
     * @param site where the hostname is looked up; its gate is not asked, since a TCP client can show it nothing
     * @param hostname a routed hostname
     */
    public TcpListener(EventLoops loops, Site site, String hostname) {
        this.loops = requireNonNull(loops, "loops");
        this.site = site.ungated();
        this.hostname = requireNonNull(hostname, "hostname");
        this.limiter = new ConnectionLimiter(site.limits.maxConnections(), site.limits.maxConnectionsPerAddress());
    }

    /**
     * Listens.
     *
     * @param address where; port 0 for any
     * @return the address bound; fails with {@link TunnelErrorCode#INVALID_CONFIGURATION}
     */
    public CompletionStage<InetSocketAddress> bind(InetSocketAddress address) {
        CompletableFuture<InetSocketAddress> bound = new CompletableFuture<>();
        new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverSocketChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(128 << 10, 256 << 10))
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel accepted) {
                        accept(accepted);
                    }
                })
                .bind(address)
                .addListener((io.netty.channel.ChannelFuture future) -> {
                    if (future.isSuccess()) {
                        channel = future.channel();
                        bound.complete((InetSocketAddress) future.channel().localAddress());
                    } else {
                        bound.completeExceptionally(new TunnelException(
                                TunnelErrorCode.INVALID_CONFIGURATION,
                                "cannot listen for TCP at " + address + ": " + FailureText.of(future.cause()),
                                future.cause()));
                    }
                });
        return bound;
    }

    private void accept(Channel accepted) {
        if (!(accepted.remoteAddress() instanceof InetSocketAddress remote) || !limiter.admit(remote.getAddress())) {
            accepted.close();
            return;
        }
        connections.add(accepted);
        accepted.closeFuture().addListener(closed -> {
            connections.remove(accepted);
            limiter.leave(remote.getAddress());
        });
        LoopState loop = loopStates.computeIfAbsent(accepted.eventLoop(), l -> new LoopState(l, site.location));
        accepted.pipeline().addLast(new TcpConnection(site, loop, hostname, remote));
    }

    /** Stops accepting connections; running ones stay. */
    public void stopAccepting() {
        Channel listening = channel;
        if (listening != null) {
            listening.close();
        }
    }

    /** Closes everything at once. */
    public void close() {
        stopAccepting();
        connections.forEach(Channel::close);
        loopStates.values().forEach(LoopState::stop);
    }
}
