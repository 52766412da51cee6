package io.tunnel4j.origin;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.util.AsciiString;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/** The fields that accept a WebSocket, as an origin would send them. Stateless. */
final class WebSocketAcceptance {
    static final AsciiString KEY = AsciiString.cached("sec-websocket-key");

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocketAcceptance() {}

    /** Returns the serialised acceptance fields for a request's key. */
    static AsciiString serialised(CharSequence key) {
        ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
        encoder.begin();
        encoder.add("Connection", "Upgrade");
        encoder.add("Sec-Websocket-Accept", accept(key));
        encoder.add("Upgrade", "websocket");
        return encoder.finish();
    }

    /** RFC 6455 §4.2.2. */
    static String accept(CharSequence key) {
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
            return Base64.getEncoder().encodeToString(sha1.digest((key + GUID).getBytes(US_ASCII)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-1", e);
        }
    }
}
