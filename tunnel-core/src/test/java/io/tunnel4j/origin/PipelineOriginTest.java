package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.tunnel4j.Origin;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class PipelineOriginTest {
    private final BlockingQueue<String> seen = new LinkedBlockingQueue<>();
    private ScriptedEdge edge;

    private void start(Supplier<ChannelHandler> handler) throws Exception {
        edge = new ScriptedEdge(Origin.channel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new HttpObjectAggregator(1 << 20), handler.get());
            }
        }));
    }

    private void startPlain(Supplier<ChannelHandler> handler) throws Exception {
        edge = new ScriptedEdge(Origin.channel(new ChannelInitializer<Channel>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(handler.get());
            }
        }));
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private final class Echo extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            seen.add(request.method() + " " + request.uri() + " "
                    + request.headers().get("host") + " " + ctx.channel().remoteAddress());
            ByteBuf body = request.content().retain();
            DefaultFullHttpResponse response =
                    new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CREATED, body);
            response.headers().set("Content-Length", body.readableBytes()).set("x-echo", "1");
            ctx.writeAndFlush(response);
        }
    }

    @Test
    void head_largerThanEdgesTake_is502() throws Exception {
        start(() -> new SimpleChannelInboundHandler<FullHttpRequest>() {
            @Override
            protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
                DefaultFullHttpResponse response = new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1, HttpResponseStatus.OK, Unpooled.copiedBuffer("body", UTF_8));
                response.headers().set("x-large", "v".repeat(5 << 20));
                ctx.writeAndFlush(response);
            }
        });

        Call call = edge.get("/");

        assertThat(call.status()).isEqualTo(502);
        assertThat(call.meta()).isEqualTo("{\"src\":\"cloudflared\"}");
        assertThat(edge.outcomes.poll(5, TimeUnit.SECONDS).toString())
                .contains("bytes when serialised (expected: at most 4194304)");
    }

    @Test
    void request_aggregated_isAnswered() throws Exception {
        start(Echo::new);

        Call call = edge.post(head("POST", "/x?y", "cf-connecting-ip", "192.0.2.9"), "hello");

        assertThat(call.status()).isEqualTo(201);
        assertThat(call.body()).isEqualTo("hello");
        assertThat(call.originFields()).contains("Content-Length: 5", "X-Echo: 1");
        assertThat(call.head().get("content-length")).hasToString("5");
        assertThat(seen.poll(10, TimeUnit.SECONDS)).startsWith("POST /x?y app.example.com /192.0.2.9:0");
    }

    @Test
    void response_streamed_isFlushedPieceByPiece() throws Exception {
        BlockingQueue<ChannelHandlerContext> contexts = new LinkedBlockingQueue<>();
        startPlain(() -> new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof HttpRequest) {
                    ctx.writeAndFlush(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
                    contexts.add(ctx);
                }
            }
        });

        Call call = edge.get("/");
        assertThat(call.status()).isEqualTo(200);
        ChannelHandlerContext ctx = contexts.poll(10, TimeUnit.SECONDS);
        ctx.writeAndFlush(new DefaultHttpContent(Unpooled.copiedBuffer("one", StandardCharsets.US_ASCII)));
        Awaitility.await().until(() -> call.bodySoFar().equals("one"));
        ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);

        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void response_largerThanTheStreamTakes_makesTheChannelUnwritable() throws Exception {
        BlockingQueue<Channel> channels = new LinkedBlockingQueue<>();
        startPlain(() -> new ChannelInboundHandlerAdapter() {
            private int left = 400;

            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof HttpRequest) {
                    channels.add(ctx.channel());
                    ctx.write(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK));
                    more(ctx);
                }
            }

            @Override
            public void channelWritabilityChanged(ChannelHandlerContext ctx) {
                more(ctx);
            }

            private void more(ChannelHandlerContext ctx) {
                while (left > 0 && ctx.channel().isWritable()) {
                    left--;
                    ctx.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(new byte[50_000])));
                }
                if (left == 0) {
                    left = -1;
                    ctx.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
                }
            }
        });

        Call call = edge.open(head("GET", "/"), true);
        call.holdCredit();
        Channel channel = channels.poll(10, TimeUnit.SECONDS);
        Awaitility.await().until(() -> !channel.isWritable());
        call.giveHeldCredit();

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.bytes()).isEqualTo(400L * 50_000);
    }

    @Test
    void channel_closedBeforeTheResponse_is502() throws Exception {
        startPlain(() -> new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.close();
            }
        });

        assertThat(edge.get("/").status()).isEqualTo(502);
    }

    @Test
    void edge_resets_channelIsClosed() throws Exception {
        BlockingQueue<String> events = new LinkedBlockingQueue<>();
        startPlain(() -> new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                events.add("read");
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                events.add("inactive");
            }
        });

        Call call = edge.open(head("GET", "/"), true);
        assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("read");
        call.reset(8);

        Awaitility.await().until(() -> events.contains("inactive"));
    }

    @Test
    void helloWorld_page_showsTheRequestAsText() throws Exception {
        edge = new ScriptedEdge(Origin.helloWorld());

        Call call = edge.get("/<script>", "cf-connecting-ip", "192.0.2.1");

        assertThat(call.status()).isEqualTo(200);
        assertThat(call.body())
                .contains("The tunnel works", "GET /&lt;script&gt;", "app.example.com", "192.0.2.1")
                .doesNotContain("<script>");
        assertThat(call.originFields()).contains("Content-Type: text/html; charset=utf-8");
        assertThat(edge.open(head("HEAD", "/"), true).headEnded()).isTrue();
    }
}
