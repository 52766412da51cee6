package io.tunnel4j.ingress;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.origin.Exchange;
import io.tunnel4j.origin.OriginRequest;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A configuration pushed over a stream: collects the body up to a limit, applies it off the event loop, answers with what became of it (protocol
 * document config-and-api §1). Confined to the connection's event loop.
 */
final class ConfigurationPush extends Exchange {
    /** Largest document; the largest rule set allowed fits several times. */
    static final int MAX_BYTES = 4 << 20;

    private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
    private static final AsciiString TEXT = AsciiString.cached("text/plain; charset=utf-8");
    private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");

    private final RemoteConfiguration configuration;
    private final Executor executor;
    private final ByteBuf body = Unpooled.buffer(0, MAX_BYTES);

    ConfigurationPush(OriginRequest request, RemoteConfiguration configuration, Executor executor) {
        super(request);
        this.configuration = configuration;
        this.executor = executor;
        if (request.endOfStream()) {
            apply();
        }
    }

    @Override
    protected void requestData(ByteBuf data, boolean endOfStream) {
        int bytes = data.readableBytes();
        if (isResponding()) {
            data.release();
            return;
        }
        if (bytes > MAX_BYTES - body.readableBytes()) {
            data.release();
            fail(new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION, "pushed configuration larger than " + MAX_BYTES + " bytes"));
            return;
        }
        body.writeBytes(data);
        data.release();
        stream().consume(bytes);
        if (endOfStream) {
            apply();
        }
    }

    @Override
    public void trailers(MuxStream stream, Http2Headers trailers) {
        apply();
    }

    @Override
    protected void abandoned() {
        // What runs is not stopped: a configuration is applied as a whole.
        body.release();
    }

    private void apply() {
        String document = body.toString(StandardCharsets.UTF_8);
        try {
            executor.execute(() -> {
                RemoteConfiguration.Outcome outcome = configuration.applyRequest(document);
                stream().eventLoop().execute(() -> answer(outcome));
            });
        } catch (RejectedExecutionException e) {
            fail(new TunnelException(TunnelErrorCode.TERMINATED, "no thread to apply the configuration", e));
        }
    }

    private void answer(RemoteConfiguration.Outcome outcome) {
        if (outcome.result() == RemoteConfiguration.Result.UNREADABLE) {
            fail(new TunnelException(TunnelErrorCode.INVALID_CONFIGURATION, String.valueOf(outcome.error())));
            return;
        }
        ByteBuf reply = ByteBufUtil.writeUtf8(stream().connection().channel().alloc(), outcome.body());
        Http2Headers head = ReadOnlyHttp2Headers.serverHeaders(
                false,
                AsciiString.cached("200"),
                CONTENT_TYPE,
                TEXT,
                CONTENT_LENGTH,
                AsciiString.of(Integer.toString(reply.readableBytes())));
        respond(200, head, false);
        respondData(reply, true);
        stream().flush();
    }
}
