package io.tunnel4j.wire;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.netty.util.AsciiString;

/** Any bytes as a serialised header field: header fields or a {@link WireException}; what the encoder writes of them reads the same. */
class ResponseHeadersFuzzTest {
    private final ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();

    @FuzzTest(maxDuration = "60s")
    void field_anyBytes_isReadOrRefused(byte[] input) throws WireException {
        ResponseHeaders headers;
        try {
            headers = ResponseHeaders.decode(new AsciiString(input));
        } catch (WireException refused) {
            return;
        }
        encoder.begin();
        for (int i = 0; i < headers.size(); i++) {
            headers.isWellFormed(i);
            encoder.add(
                    headers.name(i), headers.value(i)); // drops names that are no token or belong to the tunnel layer
        }
        ResponseHeaders again = ResponseHeaders.decode(encoder.finish());
        int kept = 0;
        for (int i = 0; i < headers.size(); i++) {
            if (kept < again.size() && again.value(kept).equals(headers.value(i))) {
                kept++;
            }
        }
        if (kept != again.size()) {
            throw new AssertionError("fields changed on the way through the encoder");
        }
    }
}
