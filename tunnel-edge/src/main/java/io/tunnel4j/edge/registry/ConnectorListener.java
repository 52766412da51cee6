package io.tunnel4j.edge.registry;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AsyncMapping;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.registry.TunnelDirectory.KnownTunnel;
import io.tunnel4j.mux.WindowReserve;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.FailureText;
import io.tunnel4j.transport.SocketReads;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets connectors in: TCP, TLS for whatever name they ask, then one {@link ConnectorSession} each. Thread-safe.
 *
 * <p>Connections that are closed right after the handshake are normal: connectors probe whether the edge can be reached.
 */
public final class ConnectorListener {
    private static final Logger log = LoggerFactory.getLogger(ConnectorListener.class);
    private static final int BACKLOG = 1024;
    private static final long PUSH_RETRY_SECONDS = 1;

    private final EventLoops loops;
    private final AsyncMapping<? super String, ? extends SslContext> contexts;
    private final ConnectorRegistry registry;
    private final TunnelDirectory directory;
    private final ConnectorEvents events;
    private final ConnectorLimits limits;
    private final String location;
    private final Clock clock;
    private final ConnectionLimiter limiter;
    private final WindowReserve windows = WindowReserve.ofProcess();
    private volatile boolean draining;
    private volatile @Nullable Channel channel;

    /**
     * Prepares a listener.
     *
     * @param loops event loops for the listener and its connections
     * @param contexts TLS contexts by the name asked for
     * @param registry where connections are put
     * @param directory who may join
     * @param settings the rest
     */
    public ConnectorListener(
            EventLoops loops,
            AsyncMapping<? super String, ? extends SslContext> contexts,
            ConnectorRegistry registry,
            TunnelDirectory directory,
            Settings settings) {
        this.loops = requireNonNull(loops, "loops");
        this.contexts = requireNonNull(contexts, "contexts");
        this.registry = requireNonNull(registry, "registry");
        this.directory = requireNonNull(directory, "directory");
        this.events = settings.events();
        this.limits = settings.limits();
        this.location = settings.location();
        this.clock = settings.clock();
        this.limiter = new ConnectionLimiter(limits.maxConnections(), limits.maxConnectionsPerAddress());
    }

    /**
     * What a listener needs besides its collaborators.
     *
     * @param events who hears what happens
     * @param limits bounds
     * @param location short name of this site, told to connectors
     * @param clock the time of day
     */
    public record Settings(ConnectorEvents events, ConnectorLimits limits, String location, Clock clock) {}

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
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.RECVBUF_ALLOCATOR, SocketReads.unlimited())
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
                                "cannot listen for connectors at " + address + ": " + FailureText.of(future.cause()),
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
        accepted.pipeline()
                .addLast(new ServerNameHandler(contexts, limits.handshakeTimeout()))
                .addLast(new Handshake(this, remote));
    }

    void sessionClosed(InetSocketAddress remote) {
        limiter.leave(remote.getAddress());
    }

    /** Between accept and the end of the TLS handshake. */
    private static final class Handshake extends ChannelInboundHandlerAdapter {
        private final ConnectorListener owner;
        private final InetSocketAddress remote;
        private boolean started;

        Handshake(ConnectorListener owner, InetSocketAddress remote) {
            this.owner = owner;
            this.remote = remote;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake) {
                if (handshake.isSuccess()) {
                    started = true;
                    ctx.pipeline().remove(this);
                    ConnectorSession.start(owner, ctx.channel(), remote);
                } else {
                    log.debug("no TLS with {}: {}", remote, handshake.cause().getMessage());
                    ctx.close();
                }
                return;
            }
            ctx.fireUserEventTriggered(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!started) {
                owner.sessionClosed(remote);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.debug("connection from {} before registration: {}", remote, cause.toString());
            ctx.close();
        }
    }

    /** Pushes a remotely managed tunnel's configuration to the connector unless it has it, or gets it right now. */
    void push(ConnectorConnection connection) {
        KnownTunnel tunnel = directory.find(connection.tunnelId());
        PushedConfiguration configuration =
                tunnel == null || !tunnel.isRemotelyManaged() ? null : tunnel.configuration();
        ConnectorRecord record = registry.connector(connection.client().clientId());
        if (configuration == null || record == null || !record.claim(configuration.version())) {
            return;
        }
        ConfigurationPush.start(
                connection,
                configuration,
                new ConfigurationPush.Outcome() {
                    @Override
                    public void answered(ConfigurationOutcome outcome) {
                        record.outcome(outcome);
                        if (!outcome.isApplied()) {
                            log.warn(
                                    "{} refuses configuration {}: {}",
                                    connection,
                                    outcome.pushedVersion(),
                                    outcome.error());
                        }
                        events.configurationAnswered(connection, outcome);
                    }

                    @Override
                    public void unanswered(String why) {
                        log.debug("{} did not take configuration {}: {}", connection, configuration.version(), why);
                        record.unclaim(configuration.version());
                        retryElsewhere(connection);
                    }
                },
                clock);
    }

    private void retryElsewhere(ConnectorConnection failed) {
        registry.connections(failed.tunnelId()).stream()
                .filter(c -> c != failed
                        && c.client().clientId().equals(failed.client().clientId())
                        && c.state() == ConnectorConnection.State.SERVING)
                .findFirst()
                .ifPresent(
                        other -> other.eventLoop().schedule(() -> push(other), PUSH_RETRY_SECONDS, TimeUnit.SECONDS));
    }

    /**
     * To be called when a tunnel's configuration has changed: pushes it to every connector of the tunnel.
     *
     * @param tunnelId the tunnel
     */
    public void configurationChanged(UUID tunnelId) {
        List<ConnectorConnection> serving = registry.connections(tunnelId);
        for (ConnectorConnection connection : serving) {
            if (connection.state() == ConnectorConnection.State.SERVING) {
                // All of a connector's connections are asked; the first one claims the version.
                connection.eventLoop().execute(() -> push(connection));
            }
        }
    }

    /** Stops accepting TCP connections and registrations; running connections stay. */
    public void stopAccepting() {
        draining = true;
        Channel listening = channel;
        if (listening != null) {
            listening.close();
        }
    }

    boolean isDraining() {
        return draining;
    }

    ConnectorRegistry registry() {
        return registry;
    }

    TunnelDirectory directory() {
        return directory;
    }

    ConnectorEvents events() {
        return events;
    }

    ConnectorLimits limits() {
        return limits;
    }

    WindowReserve windows() {
        return windows;
    }

    String location() {
        return location;
    }

    Clock clock() {
        return clock;
    }
}
