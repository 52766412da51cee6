package io.tunnel4j.supervisor;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.registration.RegistrationHandler;
import io.tunnel4j.registration.RegistrationServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * An edge that does what a test says: TLS, HTTP/2 in client role and a control stream, and nothing of our own edge. By default it accepts every
 * registration, and closes a connection once it has unregistered and its streams are done.
 */
final class ScriptedEdge implements AutoCloseable {
    private static final X509Bundle AUTHORITY = authority();

    final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    final List<Connection> connections = new CopyOnWriteArrayList<>();
    final BlockingQueue<Connection> registered = new LinkedBlockingQueue<>();
    final List<String> serverNames = new CopyOnWriteArrayList<>();
    final List<Integer> ports = new CopyOnWriteArrayList<>();

    volatile Function<Connection, CompletionStage<ConnectionAnswer>> answer = connection ->
            CompletableFuture.completedFuture(new ConnectionAnswer.Accepted(UUID.randomUUID(), "tst01", true));
    volatile boolean closesAfterUnregister = true;
    volatile boolean closesAfterRefusal;
    volatile boolean opensControlStream = true;
    volatile boolean answersTls = true;
    volatile MuxConfig muxConfig = MuxConfig.builder(Role.CLIENT).build();

    private final SslContext tls;
    private final List<Channel> listeners = new CopyOnWriteArrayList<>();

    private ScriptedEdge(String certificateName, String... protocols) throws Exception {
        X509Bundle leaf = leaf(certificateName);
        tls = SslContextBuilder.forServer(leaf.getKeyPair().getPrivate(), leaf.getCertificatePathWithRoot())
                .protocols(protocols.length == 0 ? null : protocols)
                .build();
    }

    private static X509Bundle leaf(String certificateName) throws Exception {
        return new CertificateBuilder()
                .subject("CN=" + certificateName)
                .addSanDnsName(certificateName)
                .buildIssuedBy(AUTHORITY);
    }

    /** A port that proves the edge's name, for a test that plays the rest itself. */
    static ServerSocket tlsListener() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(leaf("h2.cftunnel.com").toKeyManagerFactory().getKeyManagers(), null, null);
        return context.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    /** An edge that knows one version of TLS only. */
    static ScriptedEdge speaking(String protocol) throws Exception {
        ScriptedEdge edge = new ScriptedEdge("h2.cftunnel.com", protocol);
        edge.listen(0);
        return edge;
    }

    /** An edge that listens on that many loopback ports. */
    static ScriptedEdge listening(int ports) throws Exception {
        return named("h2.cftunnel.com", ports);
    }

    static ScriptedEdge named(String certificateName, int ports) throws Exception {
        ScriptedEdge edge = new ScriptedEdge(certificateName);
        for (int i = 0; i < ports; i++) {
            edge.listen(0);
        }
        return edge;
    }

    private static X509Bundle authority() {
        try {
            return new CertificateBuilder()
                    .subject("CN=scripted edge authority")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static X509Certificate ca() {
        return AUTHORITY.getCertificate();
    }

    static String caPem() {
        return AUTHORITY.getRootCertificatePEM();
    }

    void listen(int port) throws InterruptedException {
        listen(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    void listen(InetSocketAddress address) throws InterruptedException {
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        Connection connection = new Connection(channel);
                        connections.add(connection);
                        if (!answersTls) {
                            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                                @Override
                                public void channelRead(ChannelHandlerContext ctx, Object message) {
                                    ReferenceCountUtil.release(message);
                                    connection.clientHello.complete(null);
                                }
                            });
                            return;
                        }
                        channel.pipeline().addLast(new SniHandler(name -> {
                            serverNames.add(String.valueOf(name));
                            return tls;
                        }));
                        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                                if (event instanceof SslHandshakeCompletionEvent done && done.isSuccess()) {
                                    ctx.pipeline().remove(this);
                                    connection.start();
                                }
                            }

                            @Override
                            public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                                ctx.close();
                            }
                        });
                    }
                })
                .bind(address)
                .sync()
                .channel();
        listeners.add(listener);
        ports.add(((InetSocketAddress) listener.localAddress()).getPort());
    }

    /** Stops accepting; connections stay. */
    void stopListening() throws InterruptedException {
        for (Channel listener : listeners) {
            listener.close().sync();
        }
        listeners.clear();
    }

    String[] addresses() {
        return ports.stream().map(port -> "127.0.0.1:" + port).toArray(String[]::new);
    }

    Connection nextRegistered() throws InterruptedException {
        Connection connection = registered.poll(20, TimeUnit.SECONDS);
        if (connection == null) {
            throw new AssertionError("no registration within 20 s; connections seen: " + connections.size());
        }
        return connection;
    }

    @Override
    public void close() throws Exception {
        stopListening();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    static ConnectionAnswer refused(String cause, boolean retry) {
        return new ConnectionAnswer.Refused(cause, retry, Duration.ZERO);
    }

    /** One accepted TCP connection. */
    final class Connection implements ConnectionListener, RegistrationHandler {
        final Channel channel;
        final CompletableFuture<Void> clientHello = new CompletableFuture<>();
        final CompletableFuture<ConnectionException> closed = new CompletableFuture<>();
        final CompletableFuture<String> localConfiguration = new CompletableFuture<>();
        final CompletableFuture<Void> unregistered = new CompletableFuture<>();
        final CompletableFuture<Void> controlStreamEnded = new CompletableFuture<>();
        final BlockingQueue<String> goAways = new LinkedBlockingQueue<>();
        volatile @Nullable MuxConnection mux;
        volatile @Nullable ConnectionRequest request;
        volatile @Nullable String tlsProtocol;

        Connection(Channel channel) {
            this.channel = channel;
        }

        int port() {
            return ((InetSocketAddress) channel.localAddress()).getPort();
        }

        void start() {
            SslHandler handler = channel.pipeline().get(SslHandler.class);
            tlsProtocol = handler.engine().getSession().getProtocol();
            mux = MuxConnection.start(channel, muxConfig, this);
        }

        @Override
        public void ready(MuxConnection connection) {
            if (opensControlStream) {
                openControlStream();
            }
        }

        void openControlStream() {
            try {
                RegistrationServer.open(mux, this);
            } catch (ConnectionException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public CompletionStage<ConnectionAnswer> registerConnection(ConnectionRequest received) {
            request = received;
            return answer.apply(this).whenComplete((decision, problem) -> {
                if (decision instanceof ConnectionAnswer.Accepted) {
                    registered.add(this);
                } else if (decision != null && closesAfterRefusal) {
                    channel.eventLoop().schedule(() -> channel.close(), 100, TimeUnit.MILLISECONDS);
                }
            });
        }

        @Override
        public void updateLocalConfiguration(byte[] json) {
            localConfiguration.complete(new String(json, StandardCharsets.UTF_8));
        }

        @Override
        public void unregisterConnection() {
            unregistered.complete(null);
            if (closesAfterUnregister) {
                channel.eventLoop().execute(this::closeWhenIdle);
            }
        }

        private void closeWhenIdle() {
            MuxConnection up = mux;
            if (up == null || !channel.isActive()) {
                return;
            }
            if (up.activeStreams() == 0) {
                up.close(0, "done");
            } else {
                channel.eventLoop().schedule(this::closeWhenIdle, 5, TimeUnit.MILLISECONDS);
            }
        }

        @Override
        public void ended(@Nullable TunnelException cause) {
            controlStreamEnded.complete(null);
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            throw new IllegalStateException("the edge accepts no stream");
        }

        @Override
        public void goAwayReceived(MuxConnection connection, int lastStreamId, long errorCode, String debugText) {
            goAways.add(lastStreamId + " " + errorCode);
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {
            closed.complete(cause);
        }

        /** Cuts the TCP connection. */
        void cut() {
            channel.close();
        }

        /** Sends GOAWAY as an edge that is about to restart. */
        void goAway() {
            channel.eventLoop().execute(() -> {
                ByteBuf frame = Unpooled.buffer();
                frame.writeMedium(8)
                        .writeByte(7)
                        .writeByte(0)
                        .writeInt(0)
                        .writeInt(0)
                        .writeInt(0);
                channel.pipeline().context("http2").writeAndFlush(frame);
            });
        }

        /** Ends the control stream, the first of the connection, on the edge's side only. */
        void endControlStream() {
            channel.eventLoop().execute(() -> {
                ByteBuf frame = Unpooled.buffer();
                frame.writeMedium(0).writeByte(0).writeByte(1).writeInt(1);
                channel.pipeline().context("http2").writeAndFlush(frame);
            });
        }

        /** Sends bytes that are no TLS record. */
        void sendGarbage() {
            channel.eventLoop()
                    .execute(() -> channel.pipeline()
                            .firstContext()
                            .writeAndFlush(Unpooled.copiedBuffer("this is no TLS record", StandardCharsets.US_ASCII)));
        }

        Response get(String path) throws Exception {
            return send("GET", path, new DefaultHttp2Headers(false), true);
        }

        Response send(String method, String path, Http2Headers more, boolean end) throws Exception {
            Response response = new Response();
            channel.eventLoop()
                    .submit(() -> {
                        Http2Headers head = new DefaultHttp2Headers(false)
                                .method(method)
                                .scheme("https")
                                .authority("app.example.com")
                                .path(path)
                                .add(more);
                        response.stream = mux.open(head, end, response);
                        response.stream.flush();
                        return null;
                    })
                    .get(10, TimeUnit.SECONDS);
            return response;
        }
    }

    /** What came back on one stream. */
    static final class Response implements StreamListener {
        final CompletableFuture<String> status = new CompletableFuture<>();
        final CompletableFuture<String> body = new CompletableFuture<>();
        private final StringBuffer text = new StringBuffer();
        volatile @Nullable MuxStream stream;

        @Override
        public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
            status.complete(String.valueOf(head.status()));
            if (endOfStream) {
                body.complete(text.toString());
            }
        }

        @Override
        public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
            text.append(data.toString(StandardCharsets.UTF_8));
            from.consume(data.readableBytes());
            data.release();
            if (endOfStream) {
                body.complete(text.toString());
            }
        }

        @Override
        public void trailers(MuxStream from, Http2Headers trailers) {
            body.complete(text.toString());
        }

        @Override
        public void reset(MuxStream from, StreamException cause) {
            status.completeExceptionally(cause);
            body.completeExceptionally(cause);
        }

        String text() throws Exception {
            return body.get(20, TimeUnit.SECONDS);
        }
    }
}
