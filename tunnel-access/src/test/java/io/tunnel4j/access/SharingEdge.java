package io.tunnel4j.access;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.wire.WebSocketDecoder;
import io.tunnel4j.wire.WebSocketFrames;
import io.tunnel4j.wire.WireException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An edge that takes upgrades by HTTP/1.1, and by HTTP/2 with extended CONNECT if told so, and sends back whatever comes. */
final class SharingEdge implements AutoCloseable {
    private final EventLoops loops = EventLoops.start("test-edge", 1);
    private final X509Bundle certificate;
    private final Channel server;
    private final boolean extendedConnect;
    final List<Throwable> failures = new CopyOnWriteArrayList<>();
    final AtomicInteger tlsConnections = new AtomicInteger();
    final AtomicInteger http1Upgrades = new AtomicInteger();
    final List<String> http2Requests = new CopyOnWriteArrayList<>();
    final List<MuxConnection> http2Connections = new CopyOnWriteArrayList<>();

    SharingEdge(boolean extendedConnect) throws Exception {
        this.extendedConnect = extendedConnect;
        certificate = new CertificateBuilder()
                .subject("CN=edge")
                .addSanDnsName("db.example.test")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        SslContext tls = SslContextBuilder.forServer(certificate.toKeyManagerFactory())
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        ApplicationProtocolNames.HTTP_2,
                        ApplicationProtocolNames.HTTP_1_1))
                .build();
        server = new ServerBootstrap()
                .group(loops.group())
                .channel(loops.serverSocketChannel())
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        tlsConnections.incrementAndGet();
                        SslHandler handler = tls.newHandler(channel.alloc());
                        channel.pipeline().addLast(handler);
                        handler.handshakeFuture().addListener(f -> {
                            if (f.isSuccess()) {
                                serve(channel, handler.applicationProtocol());
                            }
                        });
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
    }

    private void serve(SocketChannel channel, String protocol) {
        if (!ApplicationProtocolNames.HTTP_2.equals(protocol)) {
            channel.pipeline().addLast(new Http1Echo());
            return;
        }
        MuxConfig.Builder config = MuxConfig.builder(Role.SERVER);
        if (extendedConnect) {
            config.extendedConnect();
        }
        http2Connections.add(MuxConnection.start(channel, config.build(), new Accepting()));
    }

    X509Certificate root() {
        return certificate.getRootCertificate();
    }

    AccessTarget target() {
        return AccessTarget.builder("db.example.test")
                .connectTo((InetSocketAddress) server.localAddress())
                .build();
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        loops.close();
    }

    /** Echoes on every stream. */
    private final class Accepting implements ConnectionListener {
        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            http2Requests.add(head.method() + " " + head.get(":protocol") + " " + head.authority() + head.path());
            stream.writeHead(new DefaultHttp2Headers(false).status("200"), false);
            stream.flush();
            return new StreamEcho(stream);
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {}
    }

    private final class StreamEcho implements StreamListener, WebSocketDecoder.Sink {
        private final MuxStream stream;
        private final WebSocketDecoder decoder = new WebSocketDecoder(true, this);

        StreamEcho(MuxStream stream) {
            this.stream = stream;
        }

        @Override
        public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
            int bytes = data.readableBytes();
            try {
                decoder.decode(data);
            } catch (WireException e) {
                failures.add(e);
                stream.reset(1);
            }
            stream.consume(bytes);
            stream.flush();
        }

        @Override
        public void trailers(MuxStream from, Http2Headers trailers) {}

        @Override
        public void reset(MuxStream from, StreamException cause) {}

        @Override
        public void data(int opcode, ByteBuf payload, boolean endOfMessage) {
            ByteBuf header = payload.alloc().buffer();
            WebSocketFrames.writeHeader(WebSocketFrames.BINARY, true, payload.readableBytes(), header);
            stream.writeData(header, false);
            stream.writeData(payload, false);
        }

        @Override
        public void ping(byte[] payload) {}

        @Override
        public void pong(byte[] payload) {}

        @Override
        public void close(int code, byte[] reason) {
            ByteBuf frame = io.netty.buffer.Unpooled.buffer();
            WebSocketFrames.writeClose(code, frame);
            stream.writeData(frame, true);
        }
    }

    /** Takes the head for whole, which it is on loopback. */
    private final class Http1Echo extends ChannelInboundHandlerAdapter implements WebSocketDecoder.Sink {
        private final WebSocketDecoder decoder = new WebSocketDecoder(true, this);
        private io.netty.channel.ChannelHandlerContext context;
        private boolean upgraded;

        @Override
        public void handlerAdded(io.netty.channel.ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void channelRead(io.netty.channel.ChannelHandlerContext ctx, Object message) throws Exception {
            ByteBuf bytes = (ByteBuf) message;
            if (upgraded) {
                decoder.decode(bytes);
                ctx.flush();
                return;
            }
            upgraded = true;
            http1Upgrades.incrementAndGet();
            String head = bytes.toString(StandardCharsets.US_ASCII);
            ReferenceCountUtil.release(bytes);
            String key = head.replaceFirst("(?s).*Sec-WebSocket-Key: (\\S+).*", "$1");
            String accept = Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1")
                            .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                                    .getBytes(StandardCharsets.US_ASCII)));
            ctx.writeAndFlush(io.netty.buffer.Unpooled.copiedBuffer(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Accept: " + accept + "\r\n\r\n",
                    StandardCharsets.US_ASCII));
        }

        @Override
        public void exceptionCaught(io.netty.channel.ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }

        @Override
        public void data(int opcode, ByteBuf payload, boolean endOfMessage) {
            ByteBuf header = payload.alloc().buffer();
            WebSocketFrames.writeHeader(WebSocketFrames.BINARY, true, payload.readableBytes(), header);
            context.write(header);
            context.write(payload);
        }

        @Override
        public void ping(byte[] payload) {}

        @Override
        public void pong(byte[] payload) {}

        @Override
        public void close(int code, byte[] reason) {
            ByteBuf frame = io.netty.buffer.Unpooled.buffer();
            WebSocketFrames.writeClose(code, frame);
            context.writeAndFlush(frame).addListener(f -> context.close());
        }
    }
}
