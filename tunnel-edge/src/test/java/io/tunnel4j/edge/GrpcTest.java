package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.OriginTls;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.TlsServer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** gRPC's four kinds of call, end to end: a client over HTTP/2, the edge, our connector, and an origin on Netty's own codec. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class GrpcTest {
    private static TlsServer origin;
    private static ConnectedEdge system;

    @BeforeAll
    static void start() throws Exception {
        origin = new TlsServer(
                "localhost",
                List.of("h2"),
                (channel, protocol) -> channel.pipeline()
                        .addLast(
                                Http2FrameCodecBuilder.forServer().build(),
                                new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        stream.pipeline().addLast(new Service());
                                    }
                                })));
        system = new ConnectedEdge(
                builder -> builder,
                Ingress.of(Origin.http(URI.create(
                                "https://localhost:" + origin.address().getPort()))
                        .tls(OriginTls.builder()
                                .caPool(origin.certificate())
                                .onlyCaPool()
                                .build())
                        .options(OriginOptions.builder().http2Origin(true).build())));
    }

    @AfterAll
    static void stop() throws Exception {
        system.close();
        origin.close();
    }

    /** Does with the messages of a call what its path says. */
    private static final class Service extends ChannelInboundHandlerAdapter {
        private final ByteBuf request = Unpooled.buffer();
        private String path = "";

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            if (frame instanceof Http2HeadersFrame head && path.isEmpty()) {
                path = head.headers().path().toString();
                assertThat(head.headers().get("te")).hasToString("trailers");
                Http2Headers answer = new DefaultHttp2Headers().status("200");
                ctx.writeAndFlush(new DefaultHttp2HeadersFrame(answer.add("content-type", "application/grpc")));
            } else if (frame instanceof Http2DataFrame data) {
                if (path.equals("/test/Both")) {
                    send(ctx, data.content().retainedDuplicate());
                } else {
                    request.writeBytes(data.content());
                }
                if (data.isEndStream()) {
                    end(ctx);
                }
            }
            ReferenceCountUtil.release(frame);
        }

        private void end(ChannelHandlerContext ctx) {
            switch (path) {
                case "/test/Unary" -> send(ctx, request.copy());
                case "/test/ServerStreams" -> {
                    for (int i = 1; i <= 3; i++) {
                        send(ctx, Unpooled.wrappedBuffer(message("part " + i)));
                    }
                }
                case "/test/ClientStreams" ->
                    send(ctx, Unpooled.wrappedBuffer(message(request.readableBytes() + " octets")));
                default -> {
                    // Everything has been sent already.
                }
            }
            Http2Headers trailers = new DefaultHttp2Headers().add("grpc-status", "0");
            ctx.writeAndFlush(new DefaultHttp2HeadersFrame(trailers, true));
        }

        private static void send(ChannelHandlerContext ctx, ByteBuf message) {
            ctx.writeAndFlush(new DefaultHttp2DataFrame(message));
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            request.release();
        }
    }

    /** A message as gRPC frames it: not compressed, its length, its octets. */
    private static byte[] message(String text) {
        byte[] octets = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(5 + octets.length)
                .put((byte) 0)
                .putInt(octets.length)
                .put(octets)
                .array();
    }

    private static RawHttp2 call(String method) throws Exception {
        RawHttp2 client = RawHttp2.open(system.edge.httpsAddress(), system.authority.certificate());
        Http2Headers head = RawHttp2.get(
                        "/test/" + method, "te", "trailers", "content-type", "application/grpc", "user-agent", "test")
                .method("POST");
        return client.headers(1, head, false);
    }

    private static void assertHead(RawHttp2 client) throws Exception {
        RawHttp2.Frame head = client.on(1);
        assertThat(head.headers().status()).hasToString("200");
        assertThat(head.headers().get("content-type")).hasToString("application/grpc");
        assertThat(head.isEnd()).isFalse();
    }

    /** Reads as much as a message has, however it is cut. */
    private static void assertMessages(RawHttp2 client, byte[]... expected) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] message : expected) {
            all.writeBytes(message);
        }
        ByteArrayOutputStream got = new ByteArrayOutputStream();
        while (got.size() < all.size()) {
            RawHttp2.Frame frame = client.on(1);
            assertThat(frame.type()).isEqualTo(RawHttp2.DATA);
            got.writeBytes(frame.payload());
        }
        assertThat(got.toByteArray()).isEqualTo(all.toByteArray());
    }

    private static void assertOk(RawHttp2 client) throws Exception {
        RawHttp2.Frame last = client.on(1);
        while (last.type() == RawHttp2.DATA && last.payload().length == 0) {
            last = client.on(1);
        }
        assertThat(last.type()).isEqualTo(RawHttp2.HEADERS);
        assertThat(last.isEnd()).isTrue();
        assertThat(last.headers().get("grpc-status")).hasToString("0");
    }

    @Test
    void unary_messageAndStatusComeBack() throws Exception {
        try (RawHttp2 client = call("Unary")) {
            client.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, message("hello"));

            assertHead(client);
            assertMessages(client, message("hello"));
            assertOk(client);
        }
    }

    @Test
    void serverStreaming_everyMessageArrives() throws Exception {
        try (RawHttp2 client = call("ServerStreams")) {
            client.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, message("three"));

            assertHead(client);
            assertMessages(client, message("part 1"), message("part 2"), message("part 3"));
            assertOk(client);
        }
    }

    @Test
    void clientStreaming_everyMessageArrives() throws Exception {
        try (RawHttp2 client = call("ClientStreams")) {
            byte[] part = message("x".repeat(1000));
            for (int i = 0; i < 20; i++) {
                client.frame(RawHttp2.DATA, i == 19 ? RawHttp2.END_STREAM : 0, 1, part);
            }

            assertHead(client);
            assertMessages(client, message(20 * 1005 + " octets"));
            assertOk(client);
        }
    }

    @Test
    void bidirectional_eachMessageIsAnsweredBeforeTheNextIsSent() throws Exception {
        try (RawHttp2 client = call("Both")) {
            assertHead(client);
            for (int i = 0; i < 5; i++) {
                client.frame(RawHttp2.DATA, 0, 1, message("message " + i));
                assertMessages(client, message("message " + i));
            }
            client.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 1, new byte[0]);

            assertOk(client);
        }
    }
}
