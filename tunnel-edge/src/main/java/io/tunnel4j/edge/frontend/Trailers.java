package io.tunnel4j.edge.frontend;

import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import java.util.List;
import java.util.Map;

/** Which trailers are handed on: none that could change framing, routing or trust after the fact (RFC 9110 §6.5.1). Stateless. */
final class Trailers {
    private static final List<AsciiString> FORBIDDEN = List.of(
            AsciiString.cached("authorization"),
            AsciiString.cached("content-encoding"),
            FieldNames.CONTENT_LENGTH,
            AsciiString.cached("content-type"),
            AsciiString.cached("cookie"),
            FieldNames.CONNECTION,
            FieldNames.EXPECT,
            FieldNames.HOST,
            AsciiString.cached("keep-alive"),
            AsciiString.cached("proxy-connection"),
            AsciiString.cached("set-cookie"),
            FieldNames.TE,
            AsciiString.cached("trailer"),
            FieldNames.TRANSFER_ENCODING,
            FieldNames.UPGRADE);

    private Trailers() {}

    static FlatHeaders forTunnel(FlatHeaders trailers) {
        return filtered(trailers, "cf-", "x-forwarded-");
    }

    static FlatHeaders forClient(Http2Headers trailers) {
        return filtered(trailers, "cf-cloudflared-", "cf-int-");
    }

    private static FlatHeaders filtered(Http2Headers trailers, String prefix, String otherPrefix) {
        FlatHeaders kept = new FlatHeaders();
        for (Map.Entry<CharSequence, CharSequence> trailer : trailers) {
            AsciiString name = AsciiString.of(trailer.getKey());
            if (!name.isEmpty()
                    && name.byteAt(0) != ':'
                    && !FORBIDDEN.contains(name)
                    && !name.startsWith(prefix)
                    && !name.startsWith(otherPrefix)) {
                kept.add(name, trailer.getValue());
            }
        }
        return kept;
    }
}
