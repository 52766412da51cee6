package io.tunnel4j.origin;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.ReadOnlyHttp2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.TunnelFields;
import org.jspecify.annotations.Nullable;

/** Response heads as they go to the edge: everything of the origin in one serialised field. Thread-safe. */
final class ResponseHeads {
    static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");

    private static final AsciiString ZERO = AsciiString.cached("0");

    /** 502: the origin could not be asked, or did not answer. */
    static final Http2Headers CONNECTOR_ERROR = ReadOnlyHttp2Headers.serverHeaders(
            false,
            AsciiString.cached("502"),
            TunnelFields.RESPONSE_META,
            TunnelFields.META_CONNECTOR,
            CONTENT_LENGTH,
            ZERO);

    /** 502: too many flows. */
    static final Http2Headers FLOW_LIMITED = ReadOnlyHttp2Headers.serverHeaders(
            false,
            AsciiString.cached("502"),
            TunnelFields.RESPONSE_META,
            TunnelFields.META_FLOW_LIMITED,
            CONTENT_LENGTH,
            ZERO);

    /** 100, asking for the request body. */
    static final Http2Headers CONTINUE = ReadOnlyHttp2Headers.serverHeaders(false, AsciiString.cached("100"));

    private ResponseHeads() {}

    /**
     * Returns a head with an origin's fields.
     *
     * @param status the status
     * @param serialised the origin's fields
     * @param contentLength the length the origin gave, or null
     */
    static Http2Headers of(int status, AsciiString serialised, @Nullable AsciiString contentLength) {
        AsciiString code = HttpResponseStatus.valueOf(status).codeAsText();
        if (contentLength == null) {
            return ReadOnlyHttp2Headers.serverHeaders(
                    false,
                    code,
                    TunnelFields.RESPONSE_HEADERS,
                    serialised,
                    TunnelFields.RESPONSE_META,
                    TunnelFields.META_ORIGIN);
        }
        return ReadOnlyHttp2Headers.serverHeaders(
                false,
                code,
                TunnelFields.RESPONSE_HEADERS,
                serialised,
                TunnelFields.RESPONSE_META,
                TunnelFields.META_ORIGIN,
                CONTENT_LENGTH,
                contentLength);
    }

    /** Says what is wrong with fields that no edge takes. */
    static String tooLarge(AsciiString serialised) {
        return "response fields of " + serialised.length() + " bytes when serialised (expected: at most "
                + ResponseHeaders.MAX_BYTES + ")";
    }

    /** Returns a head without fields of the origin. */
    static Http2Headers bare(int status) {
        return of(status, AsciiString.EMPTY_STRING, null);
    }
}
