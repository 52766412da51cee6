package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Reads HTTP/1 requests, one after the other, from one connection.
 *
 * <p>Strict on purpose: whatever two implementations could understand differently is refused (line ends other than CRLF, folded lines, space around names,
 * two lengths, a length besides chunks, unknown codings, several hosts). What is refused ends the connection, since nobody knows where the next
 * request begins.
 *
 * <p>Not thread-safe. Borrows the input and moves its reader index.
 *
 * @see <a href="https://datatracker.ietf.org/doc/html/rfc9112">RFC 9112</a>
 */
final class Http1RequestParser {
    private static final int MAX_LEADING_EMPTY_LINES = 2;
    private static final int MAX_CHUNK_LINE_BYTES = 256;
    private static final int MAX_CHUNK_SIZE_DIGITS = 15;
    private static final int MAX_LENGTH_DIGITS = 18;
    private static final AsciiString SLASH = AsciiString.cached("/");

    /** What comes next on the connection. */
    enum Next {
        HEAD,
        BODY,
        CHUNK_LINE,
        CHUNK_DATA,
        CHUNK_END,
        TRAILERS
    }

    private final int maxHeadBytes;
    private final int maxFields;

    private Next next = Next.HEAD;
    private long remaining;
    private int scanned;
    private int lineStart;
    private int emptyLines;
    private boolean keepAlive;
    private boolean version10;
    private boolean expectContinue;

    Http1RequestParser(int maxHeadBytes, int maxFields) {
        this.maxHeadBytes = maxHeadBytes;
        this.maxFields = maxFields;
    }

    Next next() {
        return next;
    }

    /** True if the client wants, and its version allows, another request on this connection. */
    boolean isKeepAlive() {
        return keepAlive;
    }

    boolean isVersion10() {
        return version10;
    }

    boolean expectsContinue() {
        return expectContinue;
    }

    /** The whole body is announced to be here or to come; false if the head was all. */
    boolean hasBody() {
        return next != Next.HEAD;
    }

    /** Octets of the current body or chunk that are still to come. */
    long remaining() {
        return remaining;
    }

    /**
     * Reads a head.
     *
     * @return null until the whole head is here
     */
    @Nullable
    RequestHead head(ByteBuf in) throws BadRequestException {
        byte[] block = block(in);
        if (block == null) {
            return null;
        }
        FlatHeaders fields = new FlatHeaders();
        int line = crlf(block, 0);
        parseFields(block, line + 2, fields);
        return interpret(block, line, fields);
    }

    /** Takes everything up to and including the empty line; null until it is here. */
    private byte @Nullable [] block(ByteBuf in) throws BadRequestException {
        int start = in.readerIndex();
        while (true) {
            int lf = in.indexOf(start + scanned, in.writerIndex(), (byte) '\n');
            if (lf < 0) {
                scanned = in.readableBytes();
                checkSize(scanned);
                return null;
            }
            if (lf == start || in.getByte(lf - 1) != '\r') {
                throw new BadRequestException(400, "line end without carriage return");
            }
            scanned = lf + 1 - start;
            checkSize(scanned);
            boolean empty = scanned - lineStart == 2;
            if (empty && lineStart == 0 && next == Next.HEAD) {
                if (++emptyLines > MAX_LEADING_EMPTY_LINES) {
                    throw new BadRequestException(400, "empty lines before the request");
                }
                in.skipBytes(2);
                start = in.readerIndex();
                scanned = 0;
                continue;
            }
            lineStart = scanned;
            if (empty) {
                byte[] block = new byte[scanned];
                in.readBytes(block);
                scanned = 0;
                lineStart = 0;
                emptyLines = 0;
                return block;
            }
        }
    }

    private void checkSize(int bytes) throws BadRequestException {
        if (bytes > maxHeadBytes) {
            throw new BadRequestException(431, "head larger than " + maxHeadBytes + " bytes");
        }
    }

    private static int crlf(byte[] block, int from) {
        int i = from;
        while (block[i] != '\n') {
            i++;
        }
        return i - 1;
    }

    /** Reads field lines up to the empty line at the end of {@code block}. Names are put into lower case in place. */
    private void parseFields(byte[] block, int from, FlatHeaders fields) throws BadRequestException {
        int start = from;
        while (block[start] != '\r') {
            int end = crlf(block, start);
            int colon = start;
            while (colon < end && block[colon] != ':') {
                byte lower = HttpSyntax.lowerToken(block[colon]);
                if (lower == 0) {
                    throw new BadRequestException(400, "field name: forbidden character");
                }
                block[colon++] = lower;
            }
            if (colon == start || colon == end) {
                throw new BadRequestException(400, "field line without a name or colon");
            }
            int valueStart = colon + 1;
            while (valueStart < end && HttpSyntax.isBlank(block[valueStart])) {
                valueStart++;
            }
            int valueEnd = end;
            while (valueEnd > valueStart && HttpSyntax.isBlank(block[valueEnd - 1])) {
                valueEnd--;
            }
            for (int i = valueStart; i < valueEnd; i++) {
                if (!HttpSyntax.isValueOctet(block[i])) {
                    throw new BadRequestException(400, "field value: forbidden character");
                }
            }
            if (fields.size() == maxFields) {
                throw new BadRequestException(431, "more than " + maxFields + " fields");
            }
            fields.add(
                    new AsciiString(block, start, colon - start, false),
                    new AsciiString(block, valueStart, valueEnd - valueStart, false));
            start = end + 2;
        }
    }

    private RequestHead interpret(byte[] block, int lineEnd, FlatHeaders fields) throws BadRequestException {
        int methodEnd = 0;
        while (methodEnd < lineEnd && HttpSyntax.lowerToken(block[methodEnd]) != 0) {
            methodEnd++;
        }
        int targetEnd = methodEnd + 1;
        while (targetEnd < lineEnd && block[targetEnd] != ' ') {
            targetEnd++;
        }
        if (methodEnd == 0 || methodEnd >= lineEnd || block[methodEnd] != ' ' || targetEnd >= lineEnd) {
            throw new BadRequestException(400, "request line (expected: method, target, version)");
        }
        version(new AsciiString(block, targetEnd + 1, lineEnd - targetEnd - 1, false));
        AsciiString method = new AsciiString(block, 0, methodEnd, false);
        AsciiString target = new AsciiString(block, methodEnd + 1, targetEnd - methodEnd - 1, false);
        if (method.contentEquals("CONNECT")) {
            throw new BadRequestException(405, "CONNECT is not served");
        }
        AsciiString host = host(fields);
        if (!target.isEmpty() && target.byteAt(0) != '/' && !target.contentEquals("*")) {
            target = absoluteForm(target, host);
        }
        long length = framing(fields);
        keepAlive = keepAlive(fields);
        boolean upgrade = WebSocketRequest.isUpgrade(method, fields, !hasBody() && !version10);
        if (next == Next.HEAD) {
            expectContinue = false;
        } else {
            CharSequence expect = fields.get(FieldNames.EXPECT);
            expectContinue = expect != null && AsciiString.contentEqualsIgnoreCase(expect, "100-continue");
        }
        return new RequestHead(method, host, target, fields, length, upgrade);
    }

    private void version(AsciiString version) throws BadRequestException {
        version10 = version.contentEquals("HTTP/1.0");
        if (!version10 && !version.contentEquals("HTTP/1.1")) {
            throw new BadRequestException(
                    version.startsWith("HTTP/") ? 505 : 400, "version (expected: HTTP/1.1 or HTTP/1.0)");
        }
    }

    private static AsciiString host(FlatHeaders fields) throws BadRequestException {
        AsciiString host = null;
        for (int i = 0; i < fields.size(); i++) {
            if (FieldNames.HOST.contentEquals(fields.nameAt(i))) {
                if (host != null) {
                    throw new BadRequestException(400, "several Host fields");
                }
                host = (AsciiString) fields.valueAt(i);
            }
        }
        if (host == null) {
            throw new BadRequestException(400, "Host field missing");
        }
        return host;
    }

    /** A client that thinks it talks to a proxy; the authority it names must be the one in Host. */
    private static AsciiString absoluteForm(AsciiString target, AsciiString host) throws BadRequestException {
        int scheme = target.indexOf("://");
        if (scheme <= 0
                || !(AsciiString.contentEqualsIgnoreCase(target.subSequence(0, scheme), "https")
                        || AsciiString.contentEqualsIgnoreCase(target.subSequence(0, scheme), "http"))) {
            throw new BadRequestException(400, "target: (expected: a path)");
        }
        int authority = scheme + 3;
        int path = target.indexOf("/", authority);
        int query = target.indexOf("?", authority);
        int end = path < 0 || query >= 0 && query < path ? query : path;
        AsciiString named = target.subSequence(authority, end < 0 ? target.length() : end, false);
        if (!named.contentEqualsIgnoreCase(host)) {
            throw new BadRequestException(400, "target and Host name different authorities");
        }
        if (end < 0) {
            return SLASH;
        }
        AsciiString rest = target.subSequence(end, target.length(), false);
        return rest.byteAt(0) == '/' ? rest : SLASH.concat(rest);
    }

    private long framing(FlatHeaders fields) throws BadRequestException {
        AsciiString length = null;
        boolean chunked = false;
        for (int i = 0; i < fields.size(); i++) {
            CharSequence name = fields.nameAt(i);
            if (FieldNames.CONTENT_LENGTH.contentEquals(name)) {
                if (length != null) {
                    throw new BadRequestException(400, "several Content-Length fields");
                }
                length = (AsciiString) fields.valueAt(i);
            } else if (FieldNames.TRANSFER_ENCODING.contentEquals(name)) {
                if (chunked || version10) {
                    throw new BadRequestException(400, "Transfer-Encoding repeated, or with HTTP/1.0");
                }
                if (!AsciiString.contentEqualsIgnoreCase(fields.valueAt(i), "chunked")) {
                    throw new BadRequestException(501, "Transfer-Encoding (expected: chunked)");
                }
                chunked = true;
            }
        }
        if (chunked) {
            if (length != null) {
                throw new BadRequestException(400, "Content-Length and Transfer-Encoding");
            }
            next = Next.CHUNK_LINE;
            return RequestHead.UNKNOWN_LENGTH;
        }
        if (length == null) {
            return RequestHead.UNKNOWN_LENGTH;
        }
        remaining = decimal(length);
        next = remaining == 0 ? Next.HEAD : Next.BODY;
        return remaining;
    }

    static long decimal(AsciiString value) throws BadRequestException {
        long number = 0;
        for (int i = 0; i < value.length(); i++) {
            int digit = value.byteAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new BadRequestException(400, "Content-Length (expected: digits)");
            }
            number = 10 * number + digit;
        }
        if (value.isEmpty() || value.length() > MAX_LENGTH_DIGITS) {
            throw new BadRequestException(400, "Content-Length (expected: 1 to " + MAX_LENGTH_DIGITS + " digits)");
        }
        return number;
    }

    private boolean keepAlive(FlatHeaders fields) {
        boolean keep = !version10;
        for (int i = 0; i < fields.size(); i++) {
            if (FieldNames.CONNECTION.contentEquals(fields.nameAt(i))) {
                CharSequence value = fields.valueAt(i);
                if (HttpSyntax.hasToken(value, "close")) {
                    return false;
                }
                keep |= HttpSyntax.hasToken(value, "keep-alive");
            }
        }
        return keep;
    }

    // --- Bodies ---

    /** Tells the parser that body octets were taken from the input by the caller, at most {@link #remaining()}. */
    void taken(int bytes) {
        remaining -= bytes;
        if (remaining == 0) {
            next = next == Next.BODY ? Next.HEAD : Next.CHUNK_END;
        }
    }

    /**
     * Reads what stands between chunks: line ends and chunk sizes.
     *
     * @return false when more input is needed
     */
    boolean chunkLine(ByteBuf in) throws BadRequestException {
        if (next == Next.CHUNK_END) {
            if (in.readableBytes() < 2) {
                return false;
            }
            if (in.readByte() != '\r' || in.readByte() != '\n') {
                throw new BadRequestException(400, "chunk longer than its size");
            }
            next = Next.CHUNK_LINE;
        }
        int lf = in.indexOf(in.readerIndex(), in.writerIndex(), (byte) '\n');
        if (lf < 0 || lf - in.readerIndex() > MAX_CHUNK_LINE_BYTES) {
            if (in.readableBytes() > MAX_CHUNK_LINE_BYTES) {
                throw new BadRequestException(400, "chunk line longer than " + MAX_CHUNK_LINE_BYTES + " bytes");
            }
            return false;
        }
        remaining = chunkSize(in, lf);
        in.readerIndex(lf + 1);
        next = remaining == 0 ? Next.TRAILERS : Next.CHUNK_DATA;
        return true;
    }

    private static long chunkSize(ByteBuf in, int lf) throws BadRequestException {
        long size = 0;
        int i = in.readerIndex();
        int digits = 0;
        for (int digit; (digit = Character.digit(in.getByte(i), 16)) >= 0; i++) {
            size = size << 4 | digit;
            if (++digits > MAX_CHUNK_SIZE_DIGITS) {
                throw new BadRequestException(400, "chunk size too large");
            }
        }
        boolean extension = in.getByte(i) == ';';
        int end = extension ? lf - 1 : i;
        for (int e = i; e < end; e++) {
            if (!HttpSyntax.isValueOctet(in.getByte(e))) {
                throw new BadRequestException(400, "chunk extension: forbidden character");
            }
        }
        if (digits == 0 || end != lf - 1 || in.getByte(end) != '\r') {
            throw new BadRequestException(400, "chunk line (expected: size in hexadecimal digits)");
        }
        return size;
    }

    /**
     * Reads the trailer section.
     *
     * @return its fields, possibly none; null until they are all here
     */
    @Nullable
    FlatHeaders trailers(ByteBuf in) throws BadRequestException {
        byte[] block = block(in);
        if (block == null) {
            return null;
        }
        FlatHeaders trailers = new FlatHeaders();
        parseFields(block, 0, trailers);
        next = Next.HEAD;
        return trailers;
    }
}
