package io.tunnel4j.origin;

import io.netty.handler.codec.http2.Http2Headers.PseudoHeaderName;
import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.FlatHeaders;

/**
 * What a request head says about the request as a whole, checked: nothing that passes here can be taken for two requests by an HTTP/1.1 origin.
 * Field values are free of CR, LF and NUL already, which the multiplexer sees to. Immutable once made.
 */
final class RequestShape {
    private static final AsciiString CONTINUE = AsciiString.cached("100-continue");
    private static final AsciiString HEAD = AsciiString.cached("HEAD");
    private static final int MAX_LENGTH_DIGITS = 18;

    /** How the origin learns where the body ends. */
    enum Framing {
        /** The request has no body, and its method usually has none. */
        NONE,
        LENGTH,
        CHUNKED
    }

    final CharSequence method;
    final CharSequence path;
    final CharSequence authority;
    final boolean isHead;
    final boolean isIdempotent;
    final boolean usuallyHasBody;
    /** -1 when the request does not say. */
    final long contentLength;

    final boolean expectsContinue;
    /** The origin may be asked for gzip that the connector undoes, as the eyeball said nothing about encodings. */
    final boolean mayCompress;

    private RequestShape(FlatHeaders head) {
        CharSequence host = null;
        CharSequence length = null;
        boolean expect = false;
        boolean encodingOrRange = false;
        for (int i = 0, n = head.size(); i < n; i++) {
            CharSequence value = head.valueAt(i);
            switch (RequestField.of(head.nameAt(i))) {
                case HOST -> host = value;
                case EXPECT -> expect |= AsciiString.contentEqualsIgnoreCase(CONTINUE, value);
                case CONTENT_LENGTH -> {
                    if (length != null && !AsciiString.contentEquals(length, value)) {
                        throw invalid("two content-length fields that differ");
                    }
                    length = value;
                }
                case ACCEPT_ENCODING, RANGE -> encodingOrRange = true;
                default -> {
                    // Of no weight for the shape.
                }
            }
        }
        method = required(head, PseudoHeaderName.METHOD);
        path = required(head, PseudoHeaderName.PATH);
        CharSequence named = head.authority();
        authority = named != null ? named : host != null ? host : "";
        contentLength = length == null ? -1 : length(length);
        expectsContinue = expect;
        checkMethod();
        checkPath();
        checkAuthority();
        isHead = HEAD.contentEquals(method);
        mayCompress = !encodingOrRange && !isHead;
        char first = method.charAt(0);
        usuallyHasBody = first == 'P' && isOneOf(method, "POST", "PUT", "PATCH");
        isIdempotent = isOneOf(method, "GET", "HEAD", "OPTIONS", "TRACE") || isOneOf(method, "PUT", "DELETE");
    }

    /**
     * Reads a head.
     *
     * @throws TunnelException with {@link TunnelErrorCode#ORIGIN_PROTOCOL} if it cannot be put into HTTP/1.1
     */
    static RequestShape of(FlatHeaders head) {
        return new RequestShape(head);
    }

    private static CharSequence required(FlatHeaders head, PseudoHeaderName name) {
        CharSequence value = head.get(name.value());
        if (value == null || value.isEmpty()) {
            throw invalid("no " + name.value());
        }
        return value;
    }

    private static boolean isOneOf(CharSequence method, String... names) {
        for (String name : names) {
            if (name.contentEquals(method)) {
                return true;
            }
        }
        return false;
    }

    private void checkMethod() {
        for (int i = 0; i < method.length(); i++) {
            char c = method.charAt(i);
            boolean token = (c >= 'A' && c <= 'Z')
                    || (c >= 'a' && c <= 'z')
                    || (c >= '0' && c <= '9')
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
            if (!token) {
                throw invalid("a method that is no token");
            }
        }
    }

    /** Any octet is passed on as it is, but for those that would end the request target. */
    private void checkPath() {
        if (path.charAt(0) != '/' && !(path.length() == 1 && path.charAt(0) == '*')) {
            throw invalid("a path that does not start with \"/\"");
        }
        for (int i = 0, n = path.length(); i < n; i++) {
            char c = path.charAt(i);
            if (c <= ' ' || c == 0x7f) {
                throw invalid("a path with a space or control character");
            }
        }
    }

    private void checkAuthority() {
        for (int i = 0, n = authority.length(); i < n; i++) {
            char c = authority.charAt(i);
            if (c <= ' ' || c == 0x7f || c == '/' || c == '@' || c == ',') {
                throw invalid("an authority that is no host and port");
            }
        }
    }

    private static long length(CharSequence digits) {
        long length = 0;
        int count = digits.length();
        if (count == 0 || count > MAX_LENGTH_DIGITS) {
            throw invalid("a content-length that is no number");
        }
        for (int i = 0; i < count; i++) {
            char c = digits.charAt(i);
            if (c < '0' || c > '9') {
                throw invalid("a content-length that is no number");
            }
            length = length * 10 + (c - '0');
        }
        return length;
    }

    private static TunnelException invalid(String what) {
        return new TunnelException(TunnelErrorCode.ORIGIN_PROTOCOL, "request with " + what);
    }
}
