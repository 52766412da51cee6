package io.tunnel4j.testing;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A TLS server on loopback, with a certificate of its own, that a test gives its protocol. Thread-safe. */
public final class TlsServer implements AutoCloseable {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory());
    private final AtomicInteger connections = new AtomicInteger();
    private final X509Bundle certificate;
    private final Channel listener;

    /** What a server does with a connection. */
    public interface Service {
        /**
         * The handshake is done, nothing has been read. Called on the connection's event loop.
         *
         * @param channel takes the handlers
         * @param protocol what ALPN has chosen, empty without ALPN
         */
        void connected(Channel channel, String protocol);
    }

    /**
     * Starts a server.
     *
     * @param name what its certificate is for
     * @param protocols what it takes by ALPN, best first; none to do without
     * @param service what it does
     * @throws Exception if there is no certificate, or no port
     */
    public TlsServer(String name, List<String> protocols, Service service) throws Exception {
        certificate = new CertificateBuilder()
                .ecp256()
                .subject("CN=" + name)
                .addSanDnsName(name)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        SslContextBuilder tls =
                SslContextBuilder.forServer(certificate.toKeyManagerFactory()).sslProvider(SslProvider.JDK);
        if (!protocols.isEmpty()) {
            tls.applicationProtocolConfig(new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    protocols));
        }
        SslContext context = tls.build();
        listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        SslHandler handler = context.newHandler(channel.alloc());
                        channel.pipeline().addLast(handler);
                        handler.handshakeFuture().addListener(handshake -> {
                            if (handshake.isSuccess()) {
                                String protocol = handler.applicationProtocol();
                                service.connected(channel, protocol == null ? "" : protocol);
                            } else {
                                channel.pipeline().addLast(new RefusedHandshake());
                            }
                        });
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    /**
     * Returns where it listens.
     *
     * @return the address
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) listener.localAddress();
    }

    /**
     * Returns what its clients are to trust.
     *
     * @return the certificate
     */
    public X509Certificate certificate() {
        return certificate.getCertificate();
    }

    /**
     * Tells how many connections there have been.
     *
     * @return the number, from the first octet on
     */
    public int connections() {
        return connections.get();
    }

    /** Clients that do not trust the certificate are part of some tests, and no news. */
    private static final class RefusedHandshake extends ChannelInboundHandlerAdapter {
        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    @Override
    public void close() throws InterruptedException {
        listener.close().sync();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
}
