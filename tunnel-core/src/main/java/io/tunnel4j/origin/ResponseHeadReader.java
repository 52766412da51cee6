package io.tunnel4j.origin;

import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.wire.ResponseHeaders;
import io.tunnel4j.wire.ResponseHeadersEncoder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads an origin's response head out of an array and serialises its fields for the edge, without a String or a map. One per event loop; what it has
 * read is valid until the next head.
 *
 * <p>The rules for where the body ends are those of RFC 9112 §6.3, strict where two readers could disagree. Confined to the event loop.
 */
final class ResponseHeadReader {
    private static final int MAX_FIELDS = ResponseHeaders.MAX_FIELDS;
    private static final int MAX_LENGTH_DIGITS = 18;

    /** Per field: start and length of name and value. */
    private static final int SLOTS = 4;

    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] TRAILER = ascii("trailer");
    private static final byte[] CONTENT_ENCODING = ascii("content-encoding");
    private static final byte[] CHUNKED = ascii("chunked");
    private static final byte[] GZIP = ascii("gzip");
    private static final byte[] CLOSE = ascii("close");
    private static final byte[] KEEP_ALIVE = ascii("keep-alive");

    private final ResponseHeadersEncoder encoder = new ResponseHeadersEncoder();
    private int[] fields = new int[64 * SLOTS];
    private int count;
    private byte[] in = {};

    private int status;
    private long contentLength;
    private @Nullable AsciiString contentLengthText;
    private boolean chunked;
    private boolean gzip;
    private boolean http10;
    private boolean closes;
    private boolean keepsAlive;

    int status() {
        return status;
    }

    /** The length the origin gave, or -1; not counted when the body is chunked. */
    long contentLength() {
        return contentLength;
    }

    boolean isChunked() {
        return chunked;
    }

    boolean isGzip() {
        return gzip;
    }

    /** True if the origin keeps the connection open after this response. */
    boolean keepsConnection() {
        return !closes && (!http10 || keepsAlive);
    }

    /**
     * Reads a head.
     *
     * @param bytes borrows the head, up to and including the empty line; folded lines are joined in place
     * @param end position after the head
     * @throws TunnelException with {@link TunnelErrorCode#ORIGIN_PROTOCOL} for what is no response head, or an ambiguous one
     */
    void read(byte[] bytes, int end) {
        in = bytes;
        count = 0;
        contentLength = -1;
        contentLengthText = null;
        chunked = false;
        gzip = false;
        closes = false;
        keepsAlive = false;
        int position = statusLine(end);
        while (position < end) {
            position = line(position, end);
        }
        for (int i = 0; i < count; i++) {
            weigh(i);
        }
        if (chunked) {
            if (contentLength >= 0) {
                // Chunked wins, and a peer that says both is not asked again on this connection (RFC 9112 §6.3).
                contentLength = -1;
                contentLengthText = null;
                closes = true;
            }
            closes |= http10;
        }
    }

    /**
     * Serialises the fields of the head read last, without those that belong to this hop.
     *
     * @param decoded true when the connector undoes the body's gzip encoding, which its fields then no longer describe
     */
    AsciiString serialise(boolean decoded) {
        encoder.begin();
        boolean lengthWritten = false;
        for (int i = 0; i < count; i++) {
            int at = i * SLOTS;
            boolean pass = switch (fields[at + 1]) {
                case 7 -> !isName(i, TRAILER);
                case 10 -> !isName(i, CONNECTION) || !hasToken(i, CLOSE);
                case 14 -> {
                    boolean isLength = isName(i, CONTENT_LENGTH);
                    boolean first = isLength && !lengthWritten;
                    lengthWritten |= isLength;
                    yield !isLength || (first && !chunked && !decoded);
                }
                case 16 -> !decoded || !isName(i, CONTENT_ENCODING);
                case 17 -> !isName(i, TRANSFER_ENCODING);
                default -> true;
            };
            if (pass) {
                encoder.add(in, fields[at], fields[at + 1], fields[at + 2], fields[at + 3]);
            }
        }
        return encoder.finish();
    }

    /** The content length as the origin wrote it, or null. */
    @Nullable
    AsciiString contentLengthText() {
        return contentLengthText;
    }

    private int statusLine(int end) {
        // "HTTP/1.x NNN", then an optional reason.
        if (end < 12
                || in[0] != 'H'
                || in[1] != 'T'
                || in[2] != 'T'
                || in[3] != 'P'
                || in[4] != '/'
                || in[5] != '1'
                || in[6] != '.'
                || in[7] < '0'
                || in[7] > '9'
                || in[8] != ' ') {
            throw malformed("does not begin with HTTP/1.x");
        }
        http10 = in[7] == '0';
        status = 0;
        for (int i = 9; i < 12; i++) {
            if (in[i] < '0' || in[i] > '9') {
                throw malformed("has no three-digit status");
            }
            status = status * 10 + in[i] - '0';
        }
        if (status < 100 || in[12] > ' ') {
            throw malformed("has no three-digit status");
        }
        int i = 12;
        while (in[i] != '\n') {
            i++;
        }
        return i + 1;
    }

    /** Takes one line; returns the position after it. */
    private int line(int start, int end) {
        int colon = -1;
        int i = start;
        for (; i < end; i++) {
            byte b = in[i];
            if (b == '\n') {
                break;
            }
            if (b == ':' && colon < 0) {
                colon = i;
            } else if (b == 0 || (b == '\r' && (i + 1 == end || in[i + 1] != '\n'))) {
                throw malformed("has a field with NUL or a lone CR");
            }
        }
        int next = i + 1;
        int lineEnd = i > start && in[i - 1] == '\r' ? i - 1 : i;
        if (lineEnd == start) {
            return end;
        }
        if (isBlank(in[start])) {
            unfold(start, lineEnd);
        } else if (colon < 0) {
            throw malformed("has a line without a colon");
        } else {
            field(start, colon, lineEnd);
        }
        return next;
    }

    private void field(int start, int colon, int lineEnd) {
        if (count == MAX_FIELDS) {
            throw malformed("has more than " + MAX_FIELDS + " fields");
        }
        int at = count * SLOTS;
        if (at == fields.length) {
            fields = Arrays.copyOf(fields, 2 * at);
        }
        int from = colon + 1;
        int to = lineEnd;
        while (from < to && isBlank(in[from])) {
            from++;
        }
        while (to > from && isBlank(in[to - 1])) {
            to--;
        }
        fields[at] = start;
        fields[at + 1] = colon - start;
        fields[at + 2] = from;
        fields[at + 3] = to - from;
        count++;
    }

    /** An obsolete folded line belongs to the value before it; the fold becomes blanks (RFC 9112 §5.2). */
    private void unfold(int start, int lineEnd) {
        if (count == 0) {
            throw malformed("begins its fields with a folded line");
        }
        int at = (count - 1) * SLOTS;
        int valueEnd = fields[at + 2] + fields[at + 3];
        Arrays.fill(in, valueEnd, start, (byte) ' ');
        int to = lineEnd;
        while (to > fields[at + 2] && isBlank(in[to - 1])) {
            to--;
        }
        fields[at + 3] = to - fields[at + 2];
    }

    private void weigh(int i) {
        int nameStart = fields[i * SLOTS];
        int nameLength = fields[i * SLOTS + 1];
        if (nameLength > 0 && isBlank(in[nameStart + nameLength - 1])) {
            while (nameLength > 0 && isBlank(in[nameStart + nameLength - 1])) {
                nameLength--;
            }
            if (is(nameStart, nameLength, CONTENT_LENGTH) || is(nameStart, nameLength, TRANSFER_ENCODING)) {
                throw malformed("has a blank between a framing field's name and its colon");
            }
            return;
        }
        switch (nameLength) {
            case 10 -> {
                if (isName(i, CONNECTION)) {
                    closes |= hasToken(i, CLOSE);
                    keepsAlive |= hasToken(i, KEEP_ALIVE);
                }
            }
            case 14 -> {
                if (isName(i, CONTENT_LENGTH)) {
                    length(i);
                }
            }
            case 16 -> {
                if (isName(i, CONTENT_ENCODING)) {
                    gzip = is(fields[i * SLOTS + 2], fields[i * SLOTS + 3], GZIP);
                }
            }
            case 17 -> {
                if (isName(i, TRANSFER_ENCODING)) {
                    if (chunked || !is(fields[i * SLOTS + 2], fields[i * SLOTS + 3], CHUNKED)) {
                        throw malformed("has a transfer-encoding other than chunked");
                    }
                    chunked = true;
                }
            }
            default -> {
                // Of no weight for framing.
            }
        }
    }

    /** One length, however often it is said: "5", "5, 5", or two fields of 5. */
    private void length(int i) {
        int position = fields[i * SLOTS + 2];
        int end = position + fields[i * SLOTS + 3];
        do {
            int start = position;
            long value = 0;
            while (position < end && in[position] >= '0' && in[position] <= '9') {
                value = value * 10 + in[position] - '0';
                position++;
            }
            int digits = position - start;
            if (digits == 0 || digits > MAX_LENGTH_DIGITS) {
                throw malformed("has a content-length that is no number");
            }
            if (contentLength >= 0 && contentLength != value) {
                throw malformed("has two content-lengths that differ");
            }
            contentLength = value;
            contentLengthText = new AsciiString(in, start, digits, true);
            while (position < end && isBlank(in[position])) {
                position++;
            }
            if (position < end && in[position++] != ',') {
                throw malformed("has a content-length that is no number");
            }
            while (position < end && isBlank(in[position])) {
                position++;
            }
        } while (position < end);
    }

    private boolean isName(int i, byte[] lower) {
        return is(fields[i * SLOTS], fields[i * SLOTS + 1], lower);
    }

    private boolean is(int from, int length, byte[] lower) {
        if (length != lower.length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            byte b = in[from + i];
            if ((b >= 'A' && b <= 'Z' ? b + 32 : b) != lower[i]) {
                return false;
            }
        }
        return true;
    }

    private boolean hasToken(int i, byte[] lower) {
        int position = fields[i * SLOTS + 2];
        int end = position + fields[i * SLOTS + 3];
        while (position < end) {
            int start = position;
            while (position < end && in[position] != ',') {
                position++;
            }
            int to = position;
            while (start < to && isBlank(in[start])) {
                start++;
            }
            while (to > start && isBlank(in[to - 1])) {
                to--;
            }
            if (is(start, to - start, lower)) {
                return true;
            }
            position++;
        }
        return false;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    private static byte[] ascii(String text) {
        return new AsciiString(text).array();
    }

    static TunnelException malformed(String what) {
        return new TunnelException(TunnelErrorCode.ORIGIN_PROTOCOL, "the origin's response " + what);
    }
}
