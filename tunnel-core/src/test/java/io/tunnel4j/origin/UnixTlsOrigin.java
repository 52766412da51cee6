package io.tunnel4j.origin;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.X509Bundle;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** An HTTPS origin on a Unix domain socket: answers with the client certificate's name, or {@code ok}. */
final class UnixTlsOrigin implements AutoCloseable {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    UnixTlsOrigin(Path path, X509Bundle certificate, @Nullable X509Bundle clientAuthority) throws Exception {
        SslContextBuilder tls = SslContextBuilder.forServer(
                certificate.getKeyPair().getPrivate(), certificate.getCertificatePathWithRoot());
        if (clientAuthority != null) {
            tls.clientAuth(ClientAuth.REQUIRE).trustManager(clientAuthority.getCertificate());
        }
        SslContext context = tls.build();
        new ServerBootstrap()
                .group(group)
                .channel(NioServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline()
                                .addLast(context.newHandler(channel.alloc()), new Answer(clientAuthority != null));
                    }
                })
                .bind(UnixDomainSocketAddress.of(path))
                .sync();
    }

    @Override
    public void close() throws Exception {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private static final class Answer extends SimpleChannelInboundHandler<ByteBuf> {
        private final boolean withName;

        Answer(boolean withName) {
            this.withName = withName;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, ByteBuf request) throws Exception {
            SSLSession session = ctx.pipeline().get(SslHandler.class).engine().getSession();
            String body = withName ? session.getPeerPrincipal().getName() : "ok";
            ctx.writeAndFlush(Unpooled.copiedBuffer(
                    "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body,
                    StandardCharsets.US_ASCII));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
