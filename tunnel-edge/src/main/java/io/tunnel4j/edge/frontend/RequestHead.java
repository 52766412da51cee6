package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import java.util.Locale;

/**
 * A public request's head, the same for HTTP/1.1 and HTTP/2. Immutable once built; not thread-safe before.
 *
 * <p>Field names are lower case. Fields of HTTP/2 requests contain the pseudo fields; whoever walks over them skips names with a colon.
 */
final class RequestHead {
    /** Body length when it is not announced. */
    static final long UNKNOWN_LENGTH = -1;

    private static final int MAX_PORT = 65_535;

    private final AsciiString method;
    private final AsciiString authority;
    private final AsciiString target;
    private final FlatHeaders fields;
    private final long contentLength;
    private final boolean upgrade;
    private final String host;
    private final int port;

    /**
     * Checks what HTTP/1.1 and HTTP/2 have in common.
     *
     * @param method a token
     * @param authority host and perhaps port
     * @param target origin-form, or an asterisk
     * @param fields names in lower case
     * @param contentLength announced length; {@link #UNKNOWN_LENGTH} for none
     * @param upgrade whether a WebSocket is asked for
     * @throws BadRequestException if host or target are malformed
     */
    RequestHead(
            AsciiString method,
            AsciiString authority,
            AsciiString target,
            FlatHeaders fields,
            long contentLength,
            boolean upgrade)
            throws BadRequestException {
        this.method = method;
        this.authority = authority;
        this.target = target;
        this.fields = fields;
        this.contentLength = contentLength;
        this.upgrade = upgrade;
        int colon = portColon(authority);
        this.host = host(authority, colon < 0 ? authority.length() : colon);
        this.port = colon < 0 ? -1 : port(authority, colon + 1);
        checkTarget();
    }

    private static int portColon(AsciiString authority) {
        int colon = authority.lastIndexOf(":");
        // The colons of a bare IPv6 address in brackets are no port's.
        return colon >= 0 && authority.indexOf("]", colon) < 0 ? colon : -1;
    }

    private static String host(AsciiString authority, int end) throws BadRequestException {
        int length = end;
        if (length > 1 && authority.byteAt(length - 1) == '.') {
            length--;
        }
        if (length == 0 || length > 255) {
            throw new BadRequestException(400, "host: missing or too long");
        }
        boolean literal = authority.byteAt(0) == '[' && authority.byteAt(length - 1) == ']';
        for (int i = literal ? 1 : 0; i < (literal ? length - 1 : length); i++) {
            if (!(literal ? isAddressCharacter(authority.byteAt(i)) : isNameCharacter(authority.byteAt(i)))) {
                throw new BadRequestException(400, "host: malformed");
            }
        }
        return authority.toString(0, length).toLowerCase(Locale.ROOT);
    }

    private static boolean isNameCharacter(byte b) {
        return (b >= 'a' && b <= 'z')
                || (b >= 'A' && b <= 'Z')
                || (b >= '0' && b <= '9')
                || b == '-'
                || b == '.'
                || b == '_';
    }

    private static boolean isAddressCharacter(byte b) {
        return (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F') || (b >= '0' && b <= '9') || b == ':' || b == '.';
    }

    private static int port(AsciiString authority, int from) throws BadRequestException {
        int port = 0;
        for (int i = from; i < authority.length(); i++) {
            int digit = authority.byteAt(i) - '0';
            if (digit < 0 || digit > 9 || (port = 10 * port + digit) > MAX_PORT) {
                throw new BadRequestException(400, "host: malformed port");
            }
        }
        return from == authority.length() ? -1 : port;
    }

    private void checkTarget() throws BadRequestException {
        if (target.length() == 1 && target.byteAt(0) == '*' && method.contentEquals("OPTIONS")) {
            return;
        }
        if (target.isEmpty() || target.byteAt(0) != '/') {
            throw new BadRequestException(400, "target: (expected: a path)");
        }
        boolean path = true;
        for (int i = 0; i < target.length(); i++) {
            byte b = target.byteAt(i);
            // Octets above 127 are forwarded as they came; a fragment has no business on the wire.
            if ((b >= 0 && b <= ' ') || b == 0x7f || b == '#') {
                throw new BadRequestException(400, "target: forbidden character");
            }
            if (b == '?') {
                path = false;
            }
            if (path && b == '/' && isParentSegment(i + 1)) {
                throw new BadRequestException(400, "target: parent segment in the path");
            }
        }
    }

    /**
     * Recognises {@code ..}, plain or percent-encoded. Clients resolve it before they ask (RFC 3986 §5.2.4), so only who looks for a way around a rule sends
     * it, and gate and origin could read it differently.
     */
    private boolean isParentSegment(int from) {
        int i = from;
        int dots = 0;
        while (i < target.length()) {
            if (target.byteAt(i) == '.') {
                i++;
            } else if (i + 2 < target.length()
                    && target.byteAt(i) == '%'
                    && target.byteAt(i + 1) == '2'
                    && (target.byteAt(i + 2) | 0x20) == 'e') {
                i += 3;
            } else {
                break;
            }
            if (++dots > 2) {
                return false;
            }
        }
        return dots == 2 && (i == target.length() || isSegmentEnd(i));
    }

    private boolean isSegmentEnd(int i) {
        byte b = target.byteAt(i);
        if (b == '/' || b == '?' || b == '\\' || b == ';') {
            return true;
        }
        return b == '%'
                && i + 2 < target.length()
                && ((target.byteAt(i + 1) == '2' && (target.byteAt(i + 2) | 0x20) == 'f')
                        || (target.byteAt(i + 1) == '5' && (target.byteAt(i + 2) | 0x20) == 'c'));
    }

    AsciiString method() {
        return method;
    }

    boolean isHead() {
        return method.contentEquals("HEAD");
    }

    /** True for methods that may be sent twice (RFC 9110 §9.2.2). */
    boolean isIdempotent() {
        return method.contentEquals("GET")
                || isHead()
                || method.contentEquals("OPTIONS")
                || method.contentEquals("PUT")
                || method.contentEquals("DELETE")
                || method.contentEquals("TRACE");
    }

    /** Host and port as the client wrote them. */
    AsciiString authority() {
        return authority;
    }

    /** Lower case, without port and trailing dot. */
    String host() {
        return host;
    }

    /** The port in the authority; -1 if there is none. */
    int port() {
        return port;
    }

    AsciiString target() {
        return target;
    }

    FlatHeaders fields() {
        return fields;
    }

    long contentLength() {
        return contentLength;
    }

    boolean isUpgrade() {
        return upgrade;
    }
}
