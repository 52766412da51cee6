package io.tunnel4j.origin;

import io.netty.util.AsciiString;
import io.tunnel4j.wire.TunnelFields;

/** The request fields that are not simply passed on. Told apart by length first: most fields cost one switch. Thread-safe. */
enum RequestField {
    OTHER,
    HOST,
    COOKIE,
    EXPECT,
    CONTENT_LENGTH,
    ACCEPT_ENCODING,
    RANGE,
    TE,
    TRAILER,
    FORWARDED_HOST,
    /** For a proxy of the eyeball's: a proxy of ours must not take it for ours. */
    PROXY_AUTHORIZATION,
    /** Tells the origin who the connector is; nobody else may. */
    TAG,
    WEBSOCKET_VERSION,
    /** Belongs to one hop or to the tunnel: never passed on. */
    DROPPED;

    private static final AsciiString HOST_NAME = AsciiString.cached("host");
    private static final AsciiString COOKIE_NAME = AsciiString.cached("cookie");
    private static final AsciiString EXPECT_NAME = AsciiString.cached("expect");
    private static final AsciiString CONTENT_LENGTH_NAME = AsciiString.cached("content-length");
    private static final AsciiString ACCEPT_ENCODING_NAME = AsciiString.cached("accept-encoding");
    private static final AsciiString RANGE_NAME = AsciiString.cached("range");
    private static final AsciiString TE_NAME = AsciiString.cached("te");
    private static final AsciiString TRAILER_NAME = AsciiString.cached("trailer");
    private static final AsciiString UPGRADE_NAME = AsciiString.cached("upgrade");
    private static final AsciiString CONNECTION_NAME = AsciiString.cached("connection");
    private static final AsciiString KEEP_ALIVE_NAME = AsciiString.cached("keep-alive");
    private static final AsciiString PROXY_CONNECTION_NAME = AsciiString.cached("proxy-connection");
    private static final AsciiString FORWARDED_HOST_NAME = AsciiString.cached("x-forwarded-host");
    private static final AsciiString TRANSFER_ENCODING_NAME = AsciiString.cached("transfer-encoding");
    private static final AsciiString PROXY_AUTHORIZATION_NAME = AsciiString.cached("proxy-authorization");
    private static final AsciiString WEBSOCKET_VERSION_NAME = AsciiString.cached("sec-websocket-version");
    private static final AsciiString TAG_ID_NAME = AsciiString.cached("cf-warp-tag-id");

    /**
     * Tells what a field is.
     *
     * @param name lower-case name, as HTTP/2 demands
     */
    static RequestField of(CharSequence name) {
        return switch (name.length()) {
            case 2 -> is(name, TE_NAME, TE);
            case 4 -> is(name, HOST_NAME, HOST);
            case 5 -> is(name, RANGE_NAME, RANGE);
            case 6 -> COOKIE_NAME.contentEquals(name) ? COOKIE : is(name, EXPECT_NAME, EXPECT);
            case 7 -> UPGRADE_NAME.contentEquals(name) ? DROPPED : is(name, TRAILER_NAME, TRAILER);
            case 10 -> CONNECTION_NAME.contentEquals(name) ? DROPPED : is(name, KEEP_ALIVE_NAME, DROPPED);
            case 11 -> is(name, TunnelFields.TRACE_ID, DROPPED);
            case 14 -> CONTENT_LENGTH_NAME.contentEquals(name) ? CONTENT_LENGTH : is(name, TAG_ID_NAME, TAG);
            case 15 -> is(name, ACCEPT_ENCODING_NAME, ACCEPT_ENCODING);
            case 16 ->
                FORWARDED_HOST_NAME.contentEquals(name) ? FORWARDED_HOST : is(name, PROXY_CONNECTION_NAME, DROPPED);
            case 17 -> is(name, TRANSFER_ENCODING_NAME, DROPPED);
            case 19 -> is(name, PROXY_AUTHORIZATION_NAME, PROXY_AUTHORIZATION);
            case 21 -> is(name, WEBSOCKET_VERSION_NAME, WEBSOCKET_VERSION);
            case 39 -> is(name, TunnelFields.UPGRADE, DROPPED);
            default -> OTHER;
        };
    }

    private static RequestField is(CharSequence name, AsciiString wanted, RequestField field) {
        return wanted.contentEquals(name) ? field : OTHER;
    }
}
