package io.tunnel4j.access.login;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * HTTP/1.1 over the same dialler, proxies and trust as the connections, one connection for each request.
 *
 * <p>Not {@code java.net.http.HttpClient}: that knows no SOCKS, refuses Basic credentials towards a proxy unless a JVM-wide property allows
 * them, and cannot be closed before Java 21. Thread-safe.
 */
final class NettyHttp implements HttpTransport {
    private static final int MAX_LINE_BYTES = 16 << 10;
    private static final int MAX_HEADER_BYTES = 64 << 10;

    private final SingleSignOn.Network network;

    NettyHttp(SingleSignOn.Network network) {
        this.network = network;
    }

    @Override
    public HttpAnswer send(HttpCall call, LoginAttempt attempt) {
        URI uri = call.uri();
        if (!Uris.isHttps(uri)) {
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION, Uris.name(uri) + ": not an https URL with a host name");
        }
        attempt.check(uri.getHost());
        CompletableFuture<HttpAnswer> answer = new CompletableFuture<>();
        InetSocketAddress way = network.ways().apply(uri.getHost() + ":" + Uris.port(uri));
        InetSocketAddress address =
                way != null ? way : InetSocketAddress.createUnresolved(unbracketed(uri.getHost()), Uris.port(uri));
        network.dialer()
                .connect(network.loops().group().next(), address, new Initializer(call, answer))
                .addListener((Future<Channel> connected) -> {
                    if (!connected.isSuccess()) {
                        answer.completeExceptionally(connected.cause());
                    }
                });
        try {
            return await(call, answer, attempt);
        } finally {
            // Whoever still holds the connection closes it.
            answer.cancel(false);
        }
    }

    private static HttpAnswer await(HttpCall call, CompletableFuture<HttpAnswer> answer, LoginAttempt attempt) {
        Duration left = attempt.remaining();
        Duration limit = call.timeout().compareTo(left) < 0 ? call.timeout() : left;
        try {
            CompletableFuture.anyOf(answer, attempt.ended()).get(limit.toNanos(), TimeUnit.NANOSECONDS);
            return answer.get();
        } catch (InterruptedException e) {
            throw LoginAttempt.interrupted();
        } catch (TimeoutException e) {
            attempt.check(call.uri().getHost());
            throw new TunnelException(
                    TunnelErrorCode.TIMEOUT,
                    call.uri().getHost() + ": no answer within "
                            + call.timeout().toSeconds() + " s (is it up?)",
                    e);
        } catch (ExecutionException e) {
            attempt.check(call.uri().getHost());
            throw HttpFailure.of(call.uri(), e.getCause() == null ? e : e.getCause());
        }
    }

    private static String unbracketed(String host) {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** TLS, then one request and its answer. */
    private final class Initializer extends ChannelInitializer<Channel> {
        private final HttpCall call;
        private final CompletableFuture<HttpAnswer> answer;

        Initializer(HttpCall call, CompletableFuture<HttpAnswer> answer) {
            this.call = call;
            this.answer = answer;
        }

        @Override
        protected void initChannel(Channel channel) {
            URI uri = call.uri();
            SslHandler secure = network.tls().newHandler(channel.alloc(), unbracketed(uri.getHost()), Uris.port(uri));
            secure.setHandshakeTimeoutMillis(call.timeout().toMillis());
            secure.handshakeFuture().addListener(f -> {
                if (!f.isSuccess()) {
                    answer.completeExceptionally(f.cause());
                }
            });
            channel.pipeline()
                    .addLast(
                            secure,
                            new HttpClientCodec(
                                    new HttpDecoderConfig()
                                            .setMaxInitialLineLength(MAX_LINE_BYTES)
                                            .setMaxHeaderSize(MAX_HEADER_BYTES),
                                    HttpClientCodec.DEFAULT_PARSE_HTTP_AFTER_CONNECT_REQUEST,
                                    HttpClientCodec.DEFAULT_FAIL_ON_MISSING_RESPONSE),
                            new HttpObjectAggregator(MAX_BODY_BYTES),
                            new Exchange(call, answer));
        }
    }

    /** Confined to the connection's event loop. */
    private final class Exchange extends SimpleChannelInboundHandler<FullHttpResponse> {
        private final HttpCall call;
        private final CompletableFuture<HttpAnswer> answer;

        Exchange(HttpCall call, CompletableFuture<HttpAnswer> answer) {
            this.call = call;
            this.answer = answer;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            answer.whenComplete((a, failure) -> ctx.close());
            ctx.writeAndFlush(request());
        }

        private DefaultFullHttpRequest request() {
            URI uri = call.uri();
            String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
            String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
            ByteBuf body = Unpooled.wrappedBuffer(call.body());
            DefaultFullHttpRequest request =
                    new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf(call.method()), target, body);
            request.headers()
                    .set(HttpHeaderNames.HOST, uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort())
                    .set(HttpHeaderNames.USER_AGENT, network.userAgent());
            if (call.body().length > 0) {
                request.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, call.body().length);
            }
            call.fields().forEach((name, value) -> request.headers().set(name, value));
            request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
            return request;
        }

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpResponse response) {
            if (response.decoderResult().isFailure()) {
                answer.completeExceptionally(response.decoderResult().cause());
            } else {
                answer.complete(new HttpAnswer(
                        response.status().code(), response.headers().copy(), ByteBufUtil.getBytes(response.content())));
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answer.completeExceptionally(new IOException("the connection ended without an answer"));
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            answer.completeExceptionally(cause);
            ctx.close();
        }
    }
}
