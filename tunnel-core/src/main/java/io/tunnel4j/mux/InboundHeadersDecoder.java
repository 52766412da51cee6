package io.tunnel4j.mux;

import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * Decodes header blocks into {@link FlatHeaders}, which remember what is wrong with them: the decoder's own checks would end the connection where a
 * stream error is due. Confined to the connection's event loop.
 */
final class InboundHeadersDecoder extends DefaultHttp2HeadersDecoder {
    InboundHeadersDecoder(long maxHeaderListBytes, long maxHeaderBlockBytes) throws Http2Exception {
        super(false, false, maxHeaderListBytes);
        configuration().maxHeaderListSize(maxHeaderListBytes, maxHeaderBlockBytes);
    }

    @Override
    protected Http2Headers newHeaders() {
        return new FlatHeaders(true);
    }
}
