package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginTls;
import io.tunnel4j.edge.registry.ServerNameHandler;
import io.tunnel4j.testing.EchoClient;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.ReachableContexts;
import io.tunnel4j.testing.TlsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** With BoringSSL: when the contexts of an edge's listeners are freed. */
@ExtendWith(LeakCheck.class)
@Tag("native-tls")
@Timeout(60)
class ServerNativeTlsTest {
    @TempDir
    private Path folder;

    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory());
    private X509Certificate certificate;
    private ServerContexts contexts;
    private Channel listener;

    @BeforeAll
    static void need() {
        assumeTrue(OpenSsl.isAvailable());
    }

    @BeforeEach
    void start() throws Exception {
        writeCertificate(1);
        contexts = ServerContexts.forHttp(
                EdgeCertificates.pem(folder.resolve("chain.pem"), folder.resolve("key.pem")), Runnable::run, List.of());
        listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new ServerNameHandler(contexts, Duration.ofSeconds(10)));
                        EchoClient.SERVICE.connected(channel, "");
                    }
                })
                .bind(EdgeFixture.any())
                .sync()
                .channel();
    }

    @AfterEach
    void stop() throws Exception {
        listener.close().sync();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private void writeCertificate(int number) throws Exception {
        X509Bundle made = new CertificateBuilder()
                .ecp256()
                .subject("CN=edge " + number)
                .addSanDnsName(EdgeFixture.HOST)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        certificate = made.getCertificate();
        Files.writeString(folder.resolve("chain.pem"), made.getCertificatePEM());
        Files.writeString(folder.resolve("key.pem"), made.getPrivateKeyPEM());
        Files.setLastModifiedTime(folder.resolve("chain.pem"), FileTime.fromMillis(1000L * number));
    }

    private Socket client() throws Exception {
        return RawHttp.tlsSocket(
                (InetSocketAddress) listener.localAddress(), certificate, EdgeFixture.HOST, "http/1.1");
    }

    private static int echo(Socket client, int octet) throws IOException {
        client.getOutputStream().write(octet);
        client.getOutputStream().flush();
        return client.getInputStream().read();
    }

    private SslContext current() {
        SslContext context = contexts.map(EdgeFixture.HOST, ImmediateEventExecutor.INSTANCE.newPromise())
                .getNow();
        ReferenceCountUtil.release(context);
        return context;
    }

    /** An edge, and its connector with an HTTPS origin. */
    @Test
    void edgeAndConnector_closed_leaveNoContext() throws Exception {
        List<SslContext> made;
        try (TlsServer origin = new TlsServer(
                        "localhost",
                        List.of(),
                        (channel, protocol) -> channel.pipeline()
                                .addLast(new HttpServerCodec(), new HttpServerKeepAliveHandler(), new Answering()));
                ConnectedEdge system = new ConnectedEdge(
                        builder -> builder,
                        Ingress.of(Origin.http(URI.create(
                                        "https://localhost:" + origin.address().getPort()))
                                .tls(OriginTls.builder()
                                        .caPool(origin.certificate())
                                        .onlyCaPool()
                                        .build())))) {
            try (RawHttp client =
                    RawHttp.tls(system.edge.httpsAddress(), system.authority.certificate(), ConnectedEdge.HOST)) {
                assertThat(client.get("/").response().status()).isEqualTo(204);
                List<SslContext> ofEdge = ReachableContexts.of(system.edge);
                List<SslContext> ofConnector = ReachableContexts.of(system.connector);
                assertThat(ofEdge).as("for browsers, for connectors").hasSizeGreaterThanOrEqualTo(2);
                assertThat(ofConnector).as("to the edge, to the origin").hasSizeGreaterThanOrEqualTo(2);
                made = Stream.concat(ofEdge.stream(), ofConnector.stream()).toList();
                assertThat(made).allMatch(context -> ReferenceCountUtil.refCnt(context) == 2);
            }
        }
        Awaitility.await()
                .untilAsserted(() -> assertThat(made).allMatch(context -> ReferenceCountUtil.refCnt(context) == 0));
        contexts.close();
    }

    private static final class Answering extends SimpleChannelInboundHandler<HttpObject> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message instanceof HttpRequest) {
                ctx.writeAndFlush(new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.NO_CONTENT));
            }
        }
    }

    @Test
    void context_ofACertificateThatChanged_isFreedWithTheLastConnectionWhichGoesOn() throws Exception {
        Socket before = client();
        assertThat(echo(before, 1)).isEqualTo(1);
        SslContext first = current();
        assertThat(ReferenceCountUtil.refCnt(first)).as("the connection and us").isEqualTo(2);
        writeCertificate(2);

        contexts.refresh();

        try (Socket after = client()) {
            assertThat(echo(after, 2)).isEqualTo(2);
            assertThat(current()).isNotSameAs(first);
            assertThat(echo(before, 3)).isEqualTo(3);
            assertThat(ReferenceCountUtil.refCnt(first)).as("the connection").isEqualTo(1);
        }
        before.close();
        Awaitility.await().until(() -> ReferenceCountUtil.refCnt(first) == 0);
        contexts.close();
    }

    @Test
    void contexts_closed_areFreedWithTheLastConnectionAndNothingNewIsLetIn() throws Exception {
        Socket open = client();
        assertThat(echo(open, 1)).isEqualTo(1);
        SslContext context = current();

        contexts.close();

        assertThat(echo(open, 2)).isEqualTo(2);
        assertThat(ReferenceCountUtil.refCnt(context)).isEqualTo(1);
        assertThat(contexts.map(EdgeFixture.HOST, ImmediateEventExecutor.INSTANCE.newPromise())
                        .cause())
                .isInstanceOf(IllegalStateException.class);
        open.close();
        Awaitility.await().until(() -> ReferenceCountUtil.refCnt(context) == 0);
    }
}
