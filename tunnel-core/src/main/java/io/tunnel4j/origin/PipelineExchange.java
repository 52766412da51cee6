package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.tunnel4j.AccessIdentity;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request as HTTP messages in a Netty pipeline of the application's. Credit for the body goes back when the pipeline reads it; a response that the stream cannot take stays in the
 * channel, which is then not writable. Confined to the event loop.
 */
final class PipelineExchange extends Exchange {
    /** Channel attribute that holds who the request comes from, when the rule requires an Access token. */
    static final AttributeKey<AccessIdentity> IDENTITY = AttributeKey.valueOf(AccessIdentity.ATTRIBUTE);

    private static final AsciiString CONTENT_LENGTH = HttpHeaderNames.CONTENT_LENGTH;

    private final PipelineChannel channel;
    private final Deque<HttpObject> inbound = new ArrayDeque<>();
    private boolean readWanted;
    private boolean delivering;
    private boolean responseEnded;
    private boolean isHead;

    PipelineExchange(OriginRequest request) {
        super(request);
        CharSequence address = request.head().get("cf-connecting-ip");
        InetAddress eyeball = address == null ? null : NetUtil.createInetAddressFromIpAddressString(address.toString());
        channel = new PipelineChannel(
                this,
                eyeball == null ? InetSocketAddress.createUnresolved("unknown", 0) : new InetSocketAddress(eyeball, 0));
    }

    void start(ChannelInitializer<? extends Channel> initializer) {
        RequestShape shape;
        try {
            shape = RequestShape.of(request().head());
        } catch (TunnelException e) {
            fail(e);
            return;
        }
        isHead = shape.isHead;
        inbound.add(message(shape, request().head()));
        if (request().endOfStream()) {
            inbound.add(LastHttpContent.EMPTY_LAST_CONTENT);
        }
        AccessIdentity identity = request().identity();
        if (identity != null) {
            channel.attr(IDENTITY).set(identity);
        }
        channel.pipeline().addLast(initializer);
        stream().eventLoop().register(channel);
        if (shape.expectsContinue && !request().endOfStream()) {
            stream().writeHead(ResponseHeads.CONTINUE, false);
            stream().flush();
        }
    }

    private static HttpRequest message(RequestShape shape, FlatHeaders head) {
        // Names and values have been checked when they were read from the wire.
        HttpRequest message = new DefaultHttpRequest(
                HttpVersion.HTTP_1_1,
                HttpMethod.valueOf(shape.method.toString()),
                shape.path.toString(),
                DefaultHttpHeadersFactory.headersFactory().withValidation(false));
        message.headers().add(HttpHeaderNames.HOST, shape.authority);
        for (int i = 0; i < head.size(); i++) {
            CharSequence name = head.nameAt(i);
            RequestField field = RequestField.of(name);
            if (name.charAt(0) != ':'
                    && field != RequestField.DROPPED
                    && field != RequestField.HOST
                    && field != RequestField.EXPECT) {
                message.headers().add(name, head.valueAt(i));
            }
        }
        return message;
    }

    // --- Towards the pipeline ---

    @Override
    protected void requestData(ByteBuf data, boolean endOfStream) {
        inbound.add(endOfStream ? new DefaultLastHttpContent(data) : new DefaultHttpContent(data));
        deliver();
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        LastHttpContent last = new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER);
        for (Map.Entry<CharSequence, CharSequence> field : trailers) {
            if (RequestField.of(field.getKey()) == RequestField.OTHER
                    && field.getKey().charAt(0) != ':') {
                last.trailingHeaders().add(field.getKey(), field.getValue());
            }
        }
        inbound.add(last);
        deliver();
    }

    void readRequested() {
        readWanted = true;
        deliver();
    }

    private void deliver() {
        if (delivering || !channel.isRegistered()) {
            return;
        }
        delivering = true;
        try {
            while (readWanted && !inbound.isEmpty() && channel.isOpen()) {
                readWanted = false;
                while (!inbound.isEmpty() && channel.isOpen()) {
                    HttpObject message = inbound.remove();
                    int bytes = message instanceof HttpContent content
                            ? content.content().readableBytes()
                            : 0;
                    channel.pipeline().fireChannelRead(message);
                    stream().consume(bytes);
                }
                channel.pipeline().fireChannelReadComplete();
            }
        } finally {
            delivering = false;
        }
    }

    // --- Towards the edge ---

    boolean mayWrite() {
        return stream().isWritable() || isStreamClosed();
    }

    void write(HttpObject message) {
        try {
            if (responseEnded || isStreamClosed()) {
                return;
            }
            if (message instanceof HttpResponse response) {
                if (response.status().code() < 200) {
                    return;
                }
                head(response, message instanceof LastHttpContent);
            }
            if (message instanceof HttpContent content && !responseEnded) {
                body(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void head(HttpResponse response, boolean complete) {
        ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
        encoder.begin();
        for (Map.Entry<String, String> field : response.headers()) {
            if (!field.getKey().equalsIgnoreCase("transfer-encoding")
                    && !field.getKey().equalsIgnoreCase("trailer")) {
                encoder.add(field.getKey(), field.getValue());
            }
        }
        AsciiString fields = encoder.finish();
        if (fields.length() > ResponseHeaders.MAX_BYTES) {
            responseEnded = true;
            fail(new TunnelException(TunnelErrorCode.ORIGIN_PROTOCOL, ResponseHeads.tooLarge(fields)));
            return;
        }
        int status = response.status().code();
        String length = response.headers().get(CONTENT_LENGTH);
        boolean empty = isHead || (complete && "0".equals(length));
        responseEnded = empty;
        respond(status, ResponseHeads.of(status, fields, length == null ? null : AsciiString.of(length)), empty);
    }

    private void body(HttpContent content) {
        if (!isResponding()) {
            return;
        }
        boolean last = content instanceof LastHttpContent;
        FlatHeaders trailers = last ? trailers((LastHttpContent) content) : null;
        responseEnded = last;
        if (trailers == null) {
            respondData(content.content().retain(), last);
        } else {
            respondData(content.content().retain(), false);
            respondTrailers(trailers);
        }
    }

    private static @Nullable FlatHeaders trailers(LastHttpContent last) {
        if (last.trailingHeaders().isEmpty()) {
            return null;
        }
        FlatHeaders trailers = new FlatHeaders();
        for (Map.Entry<String, String> field : last.trailingHeaders()) {
            AsciiString name = AsciiString.of(field.getKey()).toLowerCase();
            AsciiString value = AsciiString.of(field.getValue());
            if (TrailerFields.mayPass(name, value)) {
                trailers.add(name, value);
            }
        }
        return trailers;
    }

    void flushed() {
        stream().flush();
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        if (stream().isWritable()) {
            channel.flushMore();
        }
    }

    /** The application closed the channel, or we did. */
    void channelClosed() {
        if (!responseEnded && !isStreamClosed()) {
            fail(new TunnelException(
                    TunnelErrorCode.ORIGIN_UNREACHABLE,
                    "the in-process channel was closed before its response was complete"));
        }
    }

    @Override
    protected void abandoned() {
        inbound.forEach(ReferenceCountUtil::release);
        inbound.clear();
        if (channel.isRegistered()) {
            channel.close();
        }
    }
}
