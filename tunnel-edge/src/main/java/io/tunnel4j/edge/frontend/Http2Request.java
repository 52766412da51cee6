package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of an HTTP/2 request. Stateless.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc9113#section-8.3">RFC 9113 §8.3</a>
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc8441">RFC 8441</a>
 */
final class Http2Request {
    private static final int MAX_PSEUDO_FIELDS = 5;

    private static final AsciiString METHOD = AsciiString.cached(":method");
    private static final AsciiString SCHEME = AsciiString.cached(":scheme");
    private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
    private static final AsciiString PATH = AsciiString.cached(":path");
    private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
    private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");

    private @Nullable AsciiString method;
    private @Nullable AsciiString scheme;
    private @Nullable AsciiString authority;
    private @Nullable AsciiString path;
    private @Nullable AsciiString protocol;
    private @Nullable AsciiString host;
    private long contentLength = RequestHead.UNKNOWN_LENGTH;

    private Http2Request() {}

    /**
     * Reads a head.
     *
     * @param maxFields besides the pseudo fields
     * @return null if the request is malformed in the sense of RFC 9113 §8.1.1: a stream error, not an answer
     * @throws BadRequestException if it is well-formed but not served
     */
    static @Nullable RequestHead read(FlatHeaders head, boolean endOfStream, int maxFields) throws BadRequestException {
        if (head.size() > maxFields + MAX_PSEUDO_FIELDS) {
            throw new BadRequestException(431, "more than " + maxFields + " fields");
        }
        Http2Request request = new Http2Request();
        return request.collect(head) ? request.interpret(head, endOfStream) : null;
    }

    private boolean collect(FlatHeaders head) throws BadRequestException {
        boolean regular = false;
        for (int i = 0; i < head.size(); i++) {
            CharSequence name = head.nameAt(i);
            AsciiString value = AsciiString.of(head.valueAt(i));
            if (name.charAt(0) == ':') {
                if (regular || !pseudo(name, value)) {
                    return false;
                }
            } else {
                regular = true;
                if (!field(name, value)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean pseudo(CharSequence name, AsciiString value) {
        if (METHOD.contentEquals(name)) {
            boolean first = method == null;
            method = value;
            return first && isToken(value);
        }
        if (SCHEME.contentEquals(name)) {
            boolean first = scheme == null;
            scheme = value;
            return first && !value.isEmpty();
        }
        if (AUTHORITY.contentEquals(name)) {
            boolean first = authority == null;
            authority = value;
            return first;
        }
        if (PATH.contentEquals(name)) {
            boolean first = path == null;
            path = value;
            return first && !value.isEmpty();
        }
        if (PROTOCOL.contentEquals(name)) {
            boolean first = protocol == null;
            protocol = value;
            return first;
        }
        return false;
    }

    private static boolean isToken(AsciiString value) {
        for (int i = 0; i < value.length(); i++) {
            if (HttpSyntax.lowerToken(value.byteAt(i)) == 0) {
                return false;
            }
        }
        return !value.isEmpty();
    }

    /** False for what HTTP/2 forbids (RFC 9113 §8.2). */
    private boolean field(CharSequence name, AsciiString value) throws BadRequestException {
        for (int i = 0; i < value.length(); i++) {
            if (!HttpSyntax.isValueOctet(value.byteAt(i))) {
                return false;
            }
        }
        if (!value.isEmpty()
                && (HttpSyntax.isBlank(value.byteAt(0)) || HttpSyntax.isBlank(value.byteAt(value.length() - 1)))) {
            return false;
        }
        if (FieldNames.CONTENT_LENGTH.contentEquals(name)) {
            if (contentLength != RequestHead.UNKNOWN_LENGTH) {
                return false;
            }
            contentLength = Http1RequestParser.decimal(value);
        } else if (FieldNames.HOST.contentEquals(name)) {
            if (host != null) {
                throw new BadRequestException(400, "several host fields");
            }
            host = value;
        } else if (FieldNames.TE.contentEquals(name)) {
            return value.contentEqualsIgnoreCase(FieldNames.TRAILERS);
        }
        return !FieldNames.CONNECTION.contentEquals(name)
                && !FieldNames.TRANSFER_ENCODING.contentEquals(name)
                && !FieldNames.UPGRADE.contentEquals(name)
                && !KEEP_ALIVE.contentEquals(name)
                && !PROXY_CONNECTION.contentEquals(name);
    }

    private @Nullable RequestHead interpret(FlatHeaders head, boolean endOfStream) throws BadRequestException {
        AsciiString verb = method;
        if (verb == null) {
            return null;
        }
        boolean connect = CONNECT.contentEquals(verb);
        if (connect && protocol == null) {
            throw new BadRequestException(405, "CONNECT is not served");
        }
        AsciiString target = path;
        if (target == null || scheme == null || !connect && protocol != null) {
            return null;
        }
        AsciiString named = authority;
        if (named == null) {
            named = host;
        } else if (host != null && !host.contentEqualsIgnoreCase(named)) {
            throw new BadRequestException(400, ":authority and host differ");
        }
        if (named == null) {
            throw new BadRequestException(400, ":authority missing");
        }
        boolean upgrade = false;
        if (connect) {
            if (protocol == null || !protocol.contentEqualsIgnoreCase("websocket")) {
                throw new BadRequestException(501, ":protocol (expected: websocket)");
            }
            if (endOfStream) {
                throw new BadRequestException(400, "WebSocket without a stream");
            }
            upgrade = true;
        }
        return new RequestHead(verb, named, target, head, contentLength, upgrade);
    }
}
