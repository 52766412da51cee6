package io.tunnel4j.access.relay;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ScheduledFuture;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.util.concurrent.TimeUnit;

/**
 * Sends one upgrade on a fresh TLS connection and waits for its answer. The channel is closed unless the edge agrees.
 *
 * <p>Confined to the channel's event loop.
 */
final class Http1Upgrade extends ChannelInboundHandlerAdapter {
    private static final int MAX_HEAD_BYTES = 64 << 10;
    private static final String DECODER = "http";

    private final String accept;
    private final Promise<UpgradeAnswer> answer;
    private boolean agreed;

    private Http1Upgrade(String accept, Promise<UpgradeAnswer> answer) {
        this.accept = accept;
        this.answer = answer;
    }

    /**
     * Sends the request.
     *
     * @param channel TLS handshake done
     * @param head the whole request
     * @param key the Sec-WebSocket-Key in it
     * @param timeoutNanos how long the answer may take
     * @return the answer; fails with {@link TunnelException} or with what broke the connection
     */
    static Future<UpgradeAnswer> send(Channel channel, String head, String key, long timeoutNanos) {
        assert channel.eventLoop().inEventLoop();
        Promise<UpgradeAnswer> answer = channel.eventLoop().newPromise();
        HttpDecoderConfig limits =
                new HttpDecoderConfig().setMaxHeaderSize(MAX_HEAD_BYTES).setValidateHeaders(true);
        channel.pipeline().addLast(DECODER, new HttpResponseDecoder(limits));
        channel.pipeline().addLast("upgrade", new Http1Upgrade(UpgradeRequest.acceptOf(key), answer));
        ScheduledFuture<?> deadline = channel.eventLoop()
                .schedule(() -> answer.tryFailure(ReadTimeoutException.INSTANCE), timeoutNanos, TimeUnit.NANOSECONDS);
        answer.addListener(f -> {
            deadline.cancel(false);
            if (!f.isSuccess() || answer.getNow().carrier() == null) {
                channel.close();
            }
        });
        channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), head)).addListener(f -> {
            if (!f.isSuccess()) {
                answer.tryFailure(f.cause());
            }
        });
        channel.config().setAutoRead(true);
        return answer;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HttpResponse response && !answer.isDone()) {
                answered(response);
            } else if (agreed && message instanceof LastHttpContent) {
                handOver(ctx);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void answered(HttpResponse response) {
        if (response.decoderResult().isFailure()) {
            answer.tryFailure(new TunnelException(
                    TunnelErrorCode.EDGE_PROTOCOL,
                    "the edge's answer is not HTTP/1.1",
                    response.decoderResult().cause()));
            return;
        }
        int status = response.status().code();
        if (status == 101) {
            upgraded(response);
        } else if (status >= 200) {
            answer.trySuccess(new UpgradeAnswer(status, response.headers().get(HttpHeaderNames.LOCATION), null));
        }
    }

    private void upgraded(HttpResponse response) {
        if (!accept.equals(response.headers().get("Sec-WebSocket-Accept"))
                || !response.headers().containsValue(HttpHeaderNames.UPGRADE, "websocket", true)) {
            answer.tryFailure(
                    new TunnelException(
                            TunnelErrorCode.EDGE_PROTOCOL,
                            "the edge's 101 does not answer the upgrade (expected: Upgrade: websocket and the key's Sec-WebSocket-Accept)"));
            return;
        }
        agreed = true;
    }

    private void handOver(ChannelHandlerContext ctx) {
        ctx.channel().config().setAutoRead(false);
        Http1Carrier carrier = new Http1Carrier(ctx.channel());
        ctx.pipeline().addLast("carrier", carrier);
        // The decoder hands on what it has read beyond the answer, which passes this handler only after it is gone.
        ctx.pipeline().remove(this);
        ctx.pipeline().remove(DECODER);
        answer.trySuccess(new UpgradeAnswer(101, null, carrier));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        answer.tryFailure(new TunnelException(
                TunnelErrorCode.EDGE_UNREACHABLE, "the edge closed the connection without an answer"));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!answer.tryFailure(cause)) {
            ctx.close();
        }
    }
}
