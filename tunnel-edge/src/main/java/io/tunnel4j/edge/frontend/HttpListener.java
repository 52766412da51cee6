package io.tunnel4j.edge.frontend;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.AsyncMapping;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.registry.ConnectionLimiter;
import io.tunnel4j.edge.registry.ServerNameHandler;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.FailureText;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens for clients of one {@link Site}: plain HTTP/1.1, or TLS with HTTP/2 and HTTP/1.1 by ALPN. Thread-safe.
 *
 * <p>Each connection stays on one event loop; its state is confined there.
 */
public final class HttpListener {
    private static final Logger log = LoggerFactory.getLogger(HttpListener.class);
    private static final int BACKLOG = 4096;

    private final EventLoops loops;
    private final @Nullable AsyncMapping<? super String, ? extends SslContext> contexts;
    private final Site site;
    private final ConnectionLimiter limiter;
    private final Map<EventLoop, LoopState> loopStates = new ConcurrentHashMap<>();
    private final Set<PublicConnection> connections = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Channel channel;

    /**
     * Prepares a listener.
     *
     * @param loops event loops for the listener and its connections
     * @param contexts TLS contexts by the name asked for; null for plain HTTP
     * @param site what is served
     */
    public HttpListener(
            EventLoops loops, @Nullable AsyncMapping<? super String, ? extends SslContext> contexts, Site site) {
        this.loops = requireNonNull(loops, "loops");
        this.contexts = contexts;
        this.site = requireNonNull(site, "site");
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
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
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
                                "cannot listen for HTTP at " + address + ": " + FailureText.of(future.cause()),
                                future.cause()));
                    }
                });
        return bound;
    }

    private void accept(Channel accepted) {
        if (!(accepted.remoteAddress() instanceof InetSocketAddress remote)) {
            accepted.close();
            return;
        }
        if (site.proxyProtocol && site.trustedProxies.contains(remote.getAddress())) {
            // The proxy's own address is not counted: behind it are many clients.
            accepted.pipeline()
                    .addLast(new ProxyProtocolDecoder(
                            site.limits.requestHeadTimeout(),
                            client -> admit(accepted, client == null ? remote : client)));
        } else {
            admit(accepted, remote);
        }
    }

    private void admit(Channel accepted, InetSocketAddress client) {
        if (!limiter.admit(client.getAddress())) {
            site.counters.rejected();
            accepted.close();
            return;
        }
        LoopState loop = loopStates.computeIfAbsent(accepted.eventLoop(), l -> new LoopState(l, site.location));
        InetSocketAddress local = (InetSocketAddress) accepted.localAddress();
        AsyncMapping<? super String, ? extends SslContext> tls = contexts;
        if (tls == null) {
            accepted.pipeline()
                    .addLast(new Http1Connection(
                            this, loop, new ClientStream.ClientInfo(client, local, false, List.of(), "HTTP/1.1")));
        } else {
            accepted.pipeline()
                    .addLast(new ServerNameHandler(tls, site.limits.requestHeadTimeout()))
                    .addLast(new Handshake(this, loop, client, local));
        }
    }

    /** Between accept and the end of the TLS handshake. */
    private static final class Handshake extends ChannelInboundHandlerAdapter {
        private final HttpListener owner;
        private final LoopState loop;
        private final InetSocketAddress client;
        private final InetSocketAddress local;
        private boolean started;

        Handshake(HttpListener owner, LoopState loop, InetSocketAddress client, InetSocketAddress local) {
            this.owner = owner;
            this.loop = loop;
            this.client = client;
            this.local = local;
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
                ctx.fireUserEventTriggered(event);
            } else if (handshake.isSuccess()) {
                started = true;
                start(ctx);
            } else {
                log.debug("no TLS with {}: {}", client, handshake.cause().getMessage());
                ctx.close();
            }
        }

        private void start(ChannelHandlerContext ctx) {
            SslHandler tls = ctx.pipeline().get(SslHandler.class);
            boolean http2 = ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
            ClientStream.ClientInfo info =
                    new ClientStream.ClientInfo(client, local, true, certificates(tls), http2 ? "HTTP/2" : "HTTP/1.1");
            if (http2) {
                ctx.pipeline().remove(this);
                Http2Connection.start(owner, loop, ctx.channel(), info);
            } else {
                ctx.pipeline().replace(this, "http1", new Http1Connection(owner, loop, info));
            }
        }

        private static List<X509Certificate> certificates(SslHandler tls) {
            if (!tls.engine().getWantClientAuth()) {
                return List.of();
            }
            try {
                List<X509Certificate> chain = new ArrayList<>();
                for (Certificate certificate : tls.engine().getSession().getPeerCertificates()) {
                    chain.add((X509Certificate) certificate);
                }
                return List.copyOf(chain);
            } catch (SSLPeerUnverifiedException noneShown) {
                return List.of();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            if (!started) {
                owner.limiter.leave(client.getAddress());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            log.debug("connection from {} before its first request: {}", client, cause.toString());
            ctx.close();
        }
    }

    void opened(PublicConnection connection) {
        connections.add(connection);
    }

    void closed(PublicConnection connection, InetSocketAddress client) {
        connections.remove(connection);
        limiter.leave(client.getAddress());
    }

    Site site() {
        return site;
    }

    /**
     * Returns how many clients are connected.
     *
     * @return TCP connections
     */
    public int connectionCount() {
        return limiter.count();
    }

    /** Stops accepting connections; running ones stay. */
    public void stopAccepting() {
        Channel listening = channel;
        if (listening != null) {
            listening.close();
        }
    }

    /**
     * Stops accepting, lets running requests end and closes each connection behind its last one.
     *
     * @param grace how long requests may run on
     */
    public void drain(Duration grace) {
        stopAccepting();
        for (PublicConnection connection : connections) {
            connection.channel().eventLoop().execute(() -> connection.drain(grace));
        }
    }

    /** Closes everything at once. */
    public void close() {
        stopAccepting();
        for (PublicConnection connection : connections) {
            connection.channel().close();
        }
        loopStates.values().forEach(LoopState::stop);
    }
}
