package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request relayed to an HTTP/2 origin. Credit on either side goes back while the other side is writable, so that at most a window and a queue limit are held each way.
 * Confined to the event loop.
 */
final class Http2Relay extends Exchange {
    private static final AsciiString TAG_ID = AsciiString.cached("cf-warp-tag-id");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
    private static final AsciiString HTTPS = AsciiString.cached("https");

    private @Nullable MuxStream upstream;
    private int owedToEdge;
    private int owedToOrigin;

    Http2Relay(OriginRequest request) {
        super(request);
    }

    /** The request's fields as the origin gets them. */
    static FlatHeaders head(
            FlatHeaders from, RequestShape shape, OriginSettings settings, @Nullable AsciiString hostOverride) {
        FlatHeaders head = new FlatHeaders();
        head.add(Http2Headers.PseudoHeaderName.METHOD.value(), shape.method);
        head.add(Http2Headers.PseudoHeaderName.SCHEME.value(), HTTPS);
        head.add(
                Http2Headers.PseudoHeaderName.AUTHORITY.value(), hostOverride == null ? shape.authority : hostOverride);
        head.add(Http2Headers.PseudoHeaderName.PATH.value(), shape.path);
        for (int i = 0; i < from.size(); i++) {
            CharSequence name = from.nameAt(i);
            if (name.charAt(0) == ':') {
                continue;
            }
            boolean pass = switch (RequestField.of(name)) {
                case HOST, TAG, DROPPED -> false;
                case EXPECT -> !shape.expectsContinue;
                case FORWARDED_HOST -> hostOverride == null;
                default -> true;
            };
            if (pass) {
                head.add(name, from.valueAt(i));
            }
        }
        if (hostOverride != null) {
            head.add(FORWARDED_HOST, shape.authority);
        }
        head.add(TAG_ID, settings.connectorId);
        for (OriginSettings.Tag tag : settings.tags) {
            head.add(tag.name().toLowerCase(), tag.value());
        }
        return head;
    }

    void start(MuxConnection mux, FlatHeaders head, RequestShape shape) {
        try {
            MuxStream opened = mux.open(head, request().endOfStream(), new FromOrigin());
            upstream = opened;
            opened.flush();
        } catch (ConnectionException e) {
            fail(new TunnelException(
                    TunnelErrorCode.ORIGIN_UNREACHABLE, "origin takes no stream: " + e.getMessage(), e));
            return;
        }
        if (shape.expectsContinue && !request().endOfStream()) {
            stream().writeHead(ResponseHeads.CONTINUE, false);
            stream().flush();
        }
    }

    // --- Towards the origin ---

    @Override
    protected void requestData(ByteBuf data, boolean endOfStream) {
        MuxStream origin = upstream;
        owedToEdge += data.readableBytes();
        if (origin == null) {
            data.release();
        } else {
            origin.writeData(data, endOfStream);
        }
        creditToEdge();
    }

    @Override
    public void trailers(MuxStream from, Http2Headers trailers) {
        MuxStream origin = upstream;
        if (origin == null) {
            return;
        }
        FlatHeaders passed = passing(trailers);
        if (passed.isEmpty()) {
            origin.writeData(Unpooled.EMPTY_BUFFER, true);
        } else {
            origin.writeTrailers(passed);
        }
    }

    private static FlatHeaders passing(Http2Headers trailers) {
        FlatHeaders passed = new FlatHeaders();
        for (Map.Entry<CharSequence, CharSequence> field : trailers) {
            if (TrailerFields.mayPass(AsciiString.of(field.getKey()), AsciiString.of(field.getValue()))) {
                passed.add(field.getKey(), field.getValue());
            }
        }
        return passed;
    }

    @Override
    public void readComplete(MuxStream from) {
        MuxStream origin = upstream;
        if (origin != null) {
            origin.flush();
            creditToEdge();
        }
    }

    private void creditToEdge() {
        MuxStream origin = upstream;
        if (owedToEdge > 0 && (origin == null || origin.isWritable())) {
            int bytes = owedToEdge;
            owedToEdge = 0;
            stream().consume(bytes);
        }
    }

    private void creditToOrigin() {
        MuxStream origin = upstream;
        if (owedToOrigin > 0 && origin != null && stream().isWritable()) {
            int bytes = owedToOrigin;
            owedToOrigin = 0;
            origin.consume(bytes);
        }
    }

    @Override
    public void writabilityChanged(MuxStream from) {
        creditToOrigin();
    }

    @Override
    protected void abandoned() {
        MuxStream origin = upstream;
        if (origin != null) {
            upstream = null;
            origin.reset(Http2Error.CANCEL.code());
        }
    }

    /** What the origin's stream says. */
    private final class FromOrigin implements StreamListener {
        @Override
        public void head(MuxStream from, Http2Headers head, boolean endOfStream) {
            int status = Http2Relay.status(head.status());
            if (status < 200) {
                if (status == 0) {
                    upstream = null;
                    from.reset(Http2Error.PROTOCOL_ERROR.code());
                    fail(ResponseHeadReader.malformed("has no status"));
                }
                return;
            }
            ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
            encoder.begin();
            for (Map.Entry<CharSequence, CharSequence> field : head) {
                if (field.getKey().charAt(0) != ':') {
                    encoder.add(field.getKey(), field.getValue());
                }
            }
            CharSequence length = head.get(ResponseHeads.CONTENT_LENGTH);
            AsciiString lengthText = length == null ? null : AsciiString.of(length);
            boolean endsWithHead = endOfStream && lengthText != null;
            if (endOfStream) {
                ended();
            }
            respond(status, ResponseHeads.of(status, encoder.finish(), lengthText), endsWithHead);
            if (endOfStream && !endsWithHead) {
                respondData(Unpooled.EMPTY_BUFFER, true);
            }
        }

        @Override
        public void data(MuxStream from, ByteBuf data, boolean endOfStream) {
            owedToOrigin += data.readableBytes();
            if (endOfStream) {
                ended();
            }
            respondData(data, endOfStream);
            creditToOrigin();
        }

        @Override
        public void trailers(MuxStream from, Http2Headers trailers) {
            ended();
            FlatHeaders passed = passing(trailers);
            if (passed.isEmpty()) {
                respondData(Unpooled.EMPTY_BUFFER, true);
            } else {
                respondTrailers(passed);
            }
        }

        /** The response is complete: what is left of the request is not wanted. */
        private void ended() {
            MuxStream origin = upstream;
            upstream = null;
            if (origin != null && origin.isLocalOpen()) {
                origin.reset(Http2Error.NO_ERROR.code());
            }
        }

        @Override
        public void readComplete(MuxStream from) {
            stream().flush();
        }

        @Override
        public void writabilityChanged(MuxStream from) {
            creditToEdge();
        }

        @Override
        public void reset(MuxStream from, StreamException cause) {
            if (upstream == null) {
                return;
            }
            upstream = null;
            fail(new TunnelException(
                    TunnelErrorCode.ORIGIN_UNREACHABLE, "origin's stream ended: " + cause.getMessage(), cause));
        }
    }

    private static int status(@Nullable CharSequence text) {
        if (text == null || text.length() != 3) {
            return 0;
        }
        int status = 0;
        for (int i = 0; i < 3; i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return 0;
            }
            status = status * 10 + (c - '0');
        }
        return status;
    }
}
