package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static org.assertj.core.api.Assertions.assertThat;

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
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.AsciiString;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.OriginTls;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code http2Origin}: HTTP/2 by ALPN, with what gRPC needs of it. */
@ExtendWith(LeakCheck.class)
class Http2OriginTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory());
    private final BlockingQueue<Http2Headers> heads = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final AtomicInteger connections = new AtomicInteger();
    private Channel listener;
    private ScriptedEdge edge;

    /** Answers as a gRPC server would: head at once, each message back as it comes, status in trailers. */
    private final class EchoWithTrailers implements StreamListener {
        private final boolean fails;

        EchoWithTrailers(boolean fails) {
            this.fails = fails;
        }

        void begin(MuxStream stream, boolean endOfStream) {
            FlatHeaders head = new FlatHeaders();
            head.add(AsciiString.of(":status"), AsciiString.of("200"));
            head.add(AsciiString.of("content-type"), AsciiString.of("application/grpc"));
            stream.writeHead(head, false);
            if (endOfStream) {
                end(stream);
            }
            stream.flush();
        }

        @Override
        public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
            stream.consume(data.readableBytes());
            if (fails) {
                data.release();
                stream.reset(2);
                return;
            }
            stream.writeData(data, false);
            if (endOfStream) {
                end(stream);
            }
            stream.flush();
        }

        private void end(MuxStream stream) {
            FlatHeaders trailers = new FlatHeaders();
            trailers.add(AsciiString.of("grpc-status"), AsciiString.of("0"));
            stream.writeTrailers(trailers);
        }

        @Override
        public void trailers(MuxStream stream, Http2Headers trailers) {
            events.add("trailers " + trailers.get("x-sum"));
            end(stream);
            stream.flush();
        }

        @Override
        public void reset(MuxStream stream, StreamException cause) {
            events.add("reset " + cause.errorCode());
        }
    }

    private void start(List<String> protocols) throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .ecp256()
                .subject("CN=localhost")
                .addSanDnsName("localhost")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        SslContext tls = SslContextBuilder.forServer(certificate.toKeyManagerFactory())
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        ApplicationProtocolConfig.Protocol.ALPN,
                        ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                        ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                        protocols))
                .build();
        listener = new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        connections.incrementAndGet();
                        SslHandler handler = tls.newHandler(channel.alloc());
                        channel.pipeline().addLast(handler);
                        handler.handshakeFuture().addListener(f -> {
                            if (f.isSuccess() && "h2".equals(handler.applicationProtocol())) {
                                MuxConnection.start(
                                        channel, MuxConfig.builder(Role.SERVER).build(), new Acceptor());
                            } else if (f.isSuccess()) {
                                channel.pipeline().addLast(new Http1Answer());
                            }
                        });
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .sync()
                .channel();
        int port = ((InetSocketAddress) listener.localAddress()).getPort();
        edge = new ScriptedEdge(Origin.http(URI.create("https://localhost:" + port))
                .tls(OriginTls.builder()
                        .caPool(certificate.getCertificate())
                        .onlyCaPool()
                        .build())
                .options(OriginOptions.builder().http2Origin(true).build()));
    }

    private static final class Http1Answer extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
            ctx.writeAndFlush(Unpooled.copiedBuffer(
                    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none", StandardCharsets.US_ASCII));
        }
    }

    private final class Acceptor implements ConnectionListener {
        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            heads.add(head);
            EchoWithTrailers answer =
                    new EchoWithTrailers(head.path().toString().equals("/fail"));
            answer.begin(stream, endOfStream);
            return answer;
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {}
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
        listener.close().sync();
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    @Test
    void grpc_unary_hasTrailers() throws Exception {
        start(List.of("h2"));

        Call call = edge.post(head("POST", "/svc/Method", "te", "trailers", "content-type", "application/grpc"), "msg");

        assertThat(call.body()).isEqualTo("msg");
        assertThat(call.originFields()).containsExactly("Content-Type: application/grpc");
        assertThat(call.trailers().get("grpc-status")).hasToString("0");
        Http2Headers seen = heads.poll(10, TimeUnit.SECONDS);
        assertThat(seen.get("te")).hasToString("trailers");
        assertThat(seen.authority()).hasToString("app.example.com");
        assertThat(seen.get("cf-warp-tag-id")).hasToString(ScriptedEdge.CONNECTOR_ID.toString());
    }

    @Test
    void grpc_bidirectional_flowsBothWaysAtOnce() throws Exception {
        start(List.of("h2", "http/1.1"));

        Call call = edge.open(head("POST", "/svc/Stream", "te", "trailers"), false);
        assertThat(call.status()).isEqualTo(200);
        for (String message : List.of("one", "two", "three")) {
            call.send(message, false);
            Awaitility.await().until(() -> call.bodySoFar().endsWith(message));
        }
        call.sendTrailers("x-sum", "1");

        assertThat(call.trailers().get("grpc-status")).hasToString("0");
        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("trailers 1");
    }

    @Test
    void streams_manyAtOnce_shareOneConnection() throws Exception {
        start(List.of("h2"));

        List<Call> calls = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            calls.add(edge.post(head("POST", "/" + i), "body " + i));
        }

        for (int i = 0; i < 50; i++) {
            assertThat(calls.get(i).body()).isEqualTo("body " + i);
        }
        assertThat(connections).hasValue(1);
    }

    @Test
    void bytes_manyBothWays_areTheSame() throws Exception {
        start(List.of("h2"));

        Call call = edge.open(head("POST", "/"), false);
        for (int i = 0; i < 30; i++) {
            call.sendBytes(new byte[100_000], i == 29);
        }

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.bytes()).isEqualTo(3_000_000);
    }

    @Test
    void stream_resetByOrigin_isReset() throws Exception {
        start(List.of("h2"));

        Call call = edge.open(head("POST", "/fail"), false);
        call.head();
        call.send("x", false);

        assertThat(call.end()).isEqualTo("reset 2");
    }

    @Test
    void stream_resetByEdge_isCancelledAtTheOrigin() throws Exception {
        start(List.of("h2"));

        Call call = edge.open(head("POST", "/"), false);
        call.head();
        call.reset(8);

        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("reset 8");
    }

    @Test
    void origin_withoutHttp2_isServedByHttp1() throws Exception {
        start(List.of("http/1.1"));

        assertThat(edge.get("/").body()).isEqualTo("one");
        assertThat(edge.get("/").body()).isEqualTo("one");
    }
}
