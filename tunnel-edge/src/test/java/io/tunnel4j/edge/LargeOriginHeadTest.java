package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.OriginTls;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.testing.TlsServer;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Origins whose responses have megabytes of fields, through our connector: up to 3 MiB they arrive, over either version of HTTP; beyond that it is a 502 for that one
 * request, and connection and other requests stay.
 */
@ExtendWith(LeakCheck.class)
@Timeout(180)
class LargeOriginHeadTest {
    private static final int MIB = 1 << 20;

    private static TlsServer http1;
    private static TlsServer http2;
    private static ConnectedEdge system;

    @BeforeAll
    static void start() throws Exception {
        http1 = new TlsServer(
                "localhost",
                List.of(),
                (channel, protocol) -> channel.pipeline().addLast(new HttpServerCodec(), new Messages()));
        http2 = new TlsServer(
                "localhost",
                List.of("h2"),
                (channel, protocol) -> channel.pipeline()
                        .addLast(
                                Http2FrameCodecBuilder.forServer()
                                        .encoderIgnoreMaxHeaderListSize(true)
                                        .build(),
                                new Http2MultiplexHandler(new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel stream) {
                                        stream.pipeline().addLast(new Frames());
                                    }
                                })));
        system = new ConnectedEdge(
                builder -> builder,
                Ingress.builder()
                        .rule("*", "^/http1/", origin(http1, false))
                        .rule("*", "^/http2/", origin(http2, true))
                        .rule("*", "^/handler/", Origin.handler(LargeOriginHeadTest::handle))
                        .otherwise(Origin.channel(new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                channel.pipeline().addLast(new Messages());
                            }
                        }))
                        .build());
    }

    private static Origin origin(TlsServer server, boolean http2Origin) {
        return Origin.http(URI.create("https://localhost:" + server.address().getPort()))
                .tls(OriginTls.builder()
                        .caPool(server.certificate())
                        .onlyCaPool()
                        .build())
                .options(OriginOptions.builder().http2Origin(http2Origin).build());
    }

    @AfterAll
    static void stop() throws Exception {
        system.close();
        http1.close();
        http2.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"http1", "http2", "handler", "channel"})
    void head_ofAnySize_arrivesOrIsA502AndNothingElseSuffers(String origin) throws Exception {
        for (double size : new double[] {1, 2.9, 3.1, 3.5, 4, 5, 8, 11.9, 12.1, 15.5, 16.5, 17}) {
            int bytes = (int) (size * MIB);
            String path = "/" + origin + "/" + bytes;
            int expected = size < 3 ? 200 : 502;
            int length = size < 3 ? bytes : 0;
            try (RawHttp client =
                    RawHttp.tls(system.edge.httpsAddress(), system.authority.certificate(), ConnectedEdge.HOST)) {
                RawHttp.Response response = client.get(path).response();
                assertThat(response.status()).as("%s, HTTP/1.1", path).isEqualTo(expected);
                assertThat(response.head().field("x-large").orElse("")).hasSize(length);
            }
            try (RawHttp2 client = RawHttp2.open(system.edge.httpsAddress(), system.authority.certificate())) {
                RawHttp2.Frame head =
                        client.headers(1, RawHttp2.get(path), true).on(1);
                assertThat(head.type()).as("%s, HTTP/2", path).isEqualTo(RawHttp2.HEADERS);
                assertThat(head.headers().status()).hasToString("" + expected);
                assertThat(head.headers().get("x-large", "")).hasSize(length);
            }
        }
        try (RawHttp client =
                RawHttp.tls(system.edge.httpsAddress(), system.authority.certificate(), ConnectedEdge.HOST)) {
            assertThat(client.get("/" + origin + "/10").response().status()).isEqualTo(200);
        }
        assertThat(system.edge.connectorConnections()).isEqualTo(1);
        if (origin.equals("http2")) {
            assertThat(http2.connections())
                    .as("only what is above 16 MiB costs one")
                    .isLessThanOrEqualTo(5);
        }
    }

    private static String value(CharSequence path) {
        return "v"
                .repeat(Integer.parseInt(
                        path.toString().substring(path.toString().lastIndexOf('/') + 1)));
    }

    private static void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            exchange.getResponseHeaders()
                    .set("X-Large", value(exchange.getRequestURI().getPath()));
            exchange.sendResponseHeaders(200, -1);
        }
    }

    /** Answers an HTTP/2 request. */
    private static final class Frames extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object frame) {
            if (frame instanceof Http2HeadersFrame head) {
                ctx.writeAndFlush(new DefaultHttp2HeadersFrame(
                        new DefaultHttp2Headers()
                                .status("200")
                                .add("x-large", value(head.headers().path())),
                        true));
            }
            ReferenceCountUtil.release(frame);
        }
    }

    /** Answers an HTTP/1.1 request. */
    private static final class Messages extends SimpleChannelInboundHandler<HttpObject> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
            if (message instanceof HttpRequest request) {
                DefaultFullHttpResponse response =
                        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
                response.headers().set("x-large", value(request.uri())).set("content-length", "0");
                ctx.writeAndFlush(response);
            }
        }
    }
}
