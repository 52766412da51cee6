package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import org.jspecify.annotations.Nullable;

/** Recognises the WebSocket opening handshake of HTTP/1.1. Stateless, thread-safe. */
final class WebSocketRequest {
    private static final int KEY_LENGTH = 24;

    private WebSocketRequest() {}

    static boolean isUpgrade(AsciiString method, FlatHeaders fields, boolean possible) throws BadRequestException {
        CharSequence upgrade = fields.get(FieldNames.UPGRADE);
        if (upgrade == null || !HttpSyntax.hasToken(upgrade, "websocket") || !hasConnectionUpgrade(fields)) {
            // Other protocols, h2c among them, are not offered: the request is served as it is.
            return false;
        }
        if (!possible || !method.contentEquals("GET")) {
            throw new BadRequestException(400, "WebSocket upgrade (expected: GET of HTTP/1.1 without a body)");
        }
        CharSequence version = fields.get(FieldNames.SEC_WEBSOCKET_VERSION);
        if (version == null || !AsciiString.contentEquals(version, "13")) {
            throw new BadRequestException(426, "Sec-WebSocket-Version (expected: 13)");
        }
        @Nullable CharSequence key = fields.get(FieldNames.SEC_WEBSOCKET_KEY);
        if (key == null || key.length() != KEY_LENGTH) {
            throw new BadRequestException(400, "Sec-WebSocket-Key (expected: base64 of 16 bytes)");
        }
        return true;
    }

    private static boolean hasConnectionUpgrade(FlatHeaders fields) {
        for (int i = 0; i < fields.size(); i++) {
            if (FieldNames.CONNECTION.contentEquals(fields.nameAt(i))
                    && HttpSyntax.hasToken(fields.valueAt(i), "upgrade")) {
                return true;
            }
        }
        return false;
    }
}
