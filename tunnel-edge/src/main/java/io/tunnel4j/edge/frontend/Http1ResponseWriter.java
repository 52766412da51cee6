package io.tunnel4j.edge.frontend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.netty.util.CharsetUtil;
import io.tunnel4j.mux.FlatHeaders;

/** Puts heads, chunks and trailers of HTTP/1.1 into bytes. Stateless. */
final class Http1ResponseWriter {
    private static final byte[] VERSION = ascii("HTTP/1.1 ");
    private static final byte[] CRLF = ascii("\r\n");
    private static final byte[] SEPARATOR = ascii(": ");
    private static final byte[] HEX = ascii("0123456789abcdef");
    private static final int FIELD_ESTIMATE = 40;

    private Http1ResponseWriter() {}

    /** Begins a head: status line and fields, but for the empty line. The first field is the status. */
    static ByteBuf head(ByteBufAllocator alloc, int status, FlatHeaders head) {
        ByteBuf out = alloc.ioBuffer(128 + FIELD_ESTIMATE * head.size());
        HttpResponseStatus known = HttpResponseStatus.valueOf(status);
        out.writeBytes(VERSION);
        writeAscii(out, known.codeAsText());
        out.writeByte(' ');
        out.writeCharSequence(status == 530 ? "Tunnel Not Connected" : known.reasonPhrase(), CharsetUtil.US_ASCII);
        out.writeBytes(CRLF);
        fields(out, head, 1);
        return out;
    }

    static void field(ByteBuf out, CharSequence name, CharSequence value) {
        writeAscii(out, name);
        out.writeBytes(SEPARATOR);
        writeAscii(out, value);
        out.writeBytes(CRLF);
    }

    static void end(ByteBuf out) {
        out.writeBytes(CRLF);
    }

    private static void fields(ByteBuf out, FlatHeaders fields, int from) {
        for (int i = from; i < fields.size(); i++) {
            CharSequence value = fields.valueAt(i);
            if (isSafe(value)) {
                field(out, fields.nameAt(i), value);
            }
        }
    }

    /** The last defence against response splitting, whoever made the field. */
    private static boolean isSafe(CharSequence value) {
        if (value instanceof AsciiString ascii) {
            byte[] octets = ascii.array();
            for (int i = ascii.arrayOffset(), end = i + ascii.length(); i < end; i++) {
                if (octets[i] == '\r' || octets[i] == '\n' || octets[i] == 0) {
                    return false;
                }
            }
            return true;
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '\r' || c == '\n' || c == 0) {
                return false;
            }
        }
        return true;
    }

    private static void writeAscii(ByteBuf out, CharSequence text) {
        if (text instanceof AsciiString ascii) {
            out.writeBytes(ascii.array(), ascii.arrayOffset(), ascii.length());
        } else {
            out.writeCharSequence(text, CharsetUtil.ISO_8859_1);
        }
    }

    /** What stands before a chunk: the end of the last one, its size. */
    static ByteBuf chunkStart(ByteBufAllocator alloc, int size, boolean first) {
        ByteBuf out = alloc.ioBuffer(12);
        if (!first) {
            out.writeBytes(CRLF);
        }
        int shift = 28 - Integer.numberOfLeadingZeros(size | 1) / 4 * 4;
        for (; shift >= 0; shift -= 4) {
            out.writeByte(HEX[size >>> shift & 0xf]);
        }
        out.writeBytes(CRLF);
        return out;
    }

    /** The end of the last chunk, the chunk of size zero, and perhaps trailers. */
    static ByteBuf lastChunk(ByteBufAllocator alloc, boolean first, FlatHeaders trailers) {
        ByteBuf out = alloc.ioBuffer(16 + FIELD_ESTIMATE * trailers.size());
        if (!first) {
            out.writeBytes(CRLF);
        }
        out.writeByte('0');
        out.writeBytes(CRLF);
        fields(out, trailers, 0);
        out.writeBytes(CRLF);
        return out;
    }

    private static byte[] ascii(String text) {
        return text.getBytes(CharsetUtil.US_ASCII);
    }
}
