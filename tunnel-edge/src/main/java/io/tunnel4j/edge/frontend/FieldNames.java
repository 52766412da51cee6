package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;

/** Names of header fields, lower case. */
final class FieldNames {
    static final AsciiString CF_CONNECTING_IP = AsciiString.cached("cf-connecting-ip");
    static final AsciiString CF_RAY = AsciiString.cached("cf-ray");
    static final AsciiString CF_VISITOR = AsciiString.cached("cf-visitor");
    static final AsciiString CONNECTION = AsciiString.cached("connection");
    static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
    static final AsciiString DATE = AsciiString.cached("date");
    static final AsciiString EXPECT = AsciiString.cached("expect");
    static final AsciiString HOST = AsciiString.cached("host");
    static final AsciiString SEC_WEBSOCKET_ACCEPT = AsciiString.cached("sec-websocket-accept");
    static final AsciiString SEC_WEBSOCKET_KEY = AsciiString.cached("sec-websocket-key");
    static final AsciiString SEC_WEBSOCKET_VERSION = AsciiString.cached("sec-websocket-version");
    static final AsciiString TE = AsciiString.cached("te");
    static final AsciiString TRAILERS = AsciiString.cached("trailers");
    static final AsciiString TRANSFER_ENCODING = AsciiString.cached("transfer-encoding");
    static final AsciiString UPGRADE = AsciiString.cached("upgrade");
    static final AsciiString X_FORWARDED_FOR = AsciiString.cached("x-forwarded-for");
    static final AsciiString X_FORWARDED_HOST = AsciiString.cached("x-forwarded-host");
    static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("x-forwarded-proto");

    private FieldNames() {}
}
