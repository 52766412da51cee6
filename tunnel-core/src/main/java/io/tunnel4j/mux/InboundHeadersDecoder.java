package io.tunnel4j.mux;

import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * Decodes header blocks into {@link FlatHeaders}, which remember what is wrong with them: the decoder's own checks would end the connection where a
 * stream error is due. Confined to the connection's event loop.
 */
final class InboundHeadersDecoder extends DefaultHttp2HeadersDecoder {
    private long maxBlockBytes;

    InboundHeadersDecoder(long maxHeaderListBytes, long maxHeaderBlockBytes) {
        super(false, false, maxHeaderListBytes);
        maxBlockBytes = maxHeaderBlockBytes;
    }

    /** What the frame reader asks. The superclass's own value is one that the codec computes anew when the peer acknowledges our SETTINGS. */
    @Override
    public long maxHeaderListSizeGoAway() {
        return maxBlockBytes;
    }

    void maxBlockBytes(long bytes) {
        maxBlockBytes = bytes;
    }

    @Override
    protected Http2Headers newHeaders() {
        return new FlatHeaders(true);
    }
}
