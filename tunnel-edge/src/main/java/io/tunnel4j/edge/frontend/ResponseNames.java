package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;

/** Names of response fields as HTTP/1.1 readers are used to see them. */
final class ResponseNames {
    static final AsciiString CF_RAY = AsciiString.cached("Cf-Ray");
    static final AsciiString CONNECTION = AsciiString.cached("Connection");
    static final AsciiString CONTENT_LENGTH = AsciiString.cached("Content-Length");
    static final AsciiString DATE = AsciiString.cached("Date");
    static final AsciiString TRANSFER_ENCODING = AsciiString.cached("Transfer-Encoding");
    static final AsciiString UPGRADE = AsciiString.cached("Upgrade");

    private ResponseNames() {}
}
