package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.origin.RequestShape.Framing;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Writes HTTP/1.1 request heads, and trailers, for the origins of one event loop: one pass over the fields into a scratch array, one buffer out.
 *
 * <p>Names are put into canonical form, {@code X-Lower-Case}, as the reference connector sends them; values go through byte by byte. Confined to the
 * event loop.
 */
final class RequestHeadWriter {
    private static final int MAX_KEPT_BYTES = 64 << 10;

    private static final AsciiString VERSION_AND_HOST = AsciiString.cached(" HTTP/1.1\r\nHost: ");
    private static final AsciiString FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host: ");
    private static final AsciiString PROXY_AUTHORIZATION = AsciiString.cached("Proxy-Authorization: ");
    private static final AsciiString TAG_ID = AsciiString.cached("Cf-Warp-Tag-Id: ");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("Connection: keep-alive\r\n");
    private static final AsciiString UPGRADE =
            AsciiString.cached("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-Websocket-Version: 13\r\n");
    private static final AsciiString GZIP = AsciiString.cached("Accept-Encoding: gzip\r\n");
    private static final AsciiString CHUNKED = AsciiString.cached("Transfer-Encoding: chunked\r\n");
    private static final AsciiString LENGTH = AsciiString.cached("Content-Length: ");
    private static final AsciiString TRAILERS = AsciiString.cached("trailers");
    private static final AsciiString COOKIE = AsciiString.cached("Cookie: ");
    private static final AsciiString CRLF = AsciiString.cached("\r\n");

    private final OriginSettings settings;
    private byte[] out = new byte[2048];
    private int length;

    RequestHeadWriter(OriginSettings settings) {
        this.settings = settings;
    }

    /** What is decided about a request besides its fields. */
    interface Plan {
        RequestShape shape();

        Framing framing();

        /** Body length for {@link Framing#LENGTH}. */
        long bodyLength();

        boolean isUpgrade();

        boolean asksForGzip();

        /** Replaces the request's host, or null. */
        @Nullable
        AsciiString hostOverride();

        /** The proxy that the request is sent to, or null. */
        @Nullable
        ForwardProxy forwardProxy();
    }

    /**
     * Writes a head.
     *
     * @return a new buffer, which the caller releases
     */
    ByteBuf write(FlatHeaders head, Plan plan, ByteBufAllocator alloc) {
        length = 0;
        RequestShape shape = plan.shape();
        AsciiString hostOverride = plan.hostOverride();
        ForwardProxy proxy = plan.forwardProxy();
        append(shape.method);
        append(' ');
        if (proxy == null) {
            append(shape.path);
        } else {
            append(proxy.target());
            // "*", the origin as a whole, is an empty path in absolute form (RFC 9112 §3.2.4).
            append(shape.path.charAt(0) == '*' ? "" : shape.path);
        }
        append(VERSION_AND_HOST);
        append(hostOverride == null ? shape.authority : hostOverride);
        append(CRLF);
        if (hostOverride != null) {
            append(FORWARDED_HOST);
            append(shape.authority);
            append(CRLF);
        }
        if (proxy != null && proxy.authorization() != null) {
            append(PROXY_AUTHORIZATION);
            append(proxy.authorization());
            append(CRLF);
        }
        fields(head, plan);
        append(TAG_ID);
        append(settings.connectorId);
        append(CRLF);
        for (OriginSettings.Tag tag : settings.tags) {
            field(tag.name(), tag.value());
        }
        append(plan.isUpgrade() ? UPGRADE : KEEP_ALIVE);
        if (plan.asksForGzip()) {
            append(GZIP);
        }
        if (plan.framing() == Framing.CHUNKED) {
            append(CHUNKED);
        } else if (plan.framing() == Framing.LENGTH) {
            append(LENGTH);
            decimal(plan.bodyLength());
            append(CRLF);
        }
        append(CRLF);
        return take(alloc);
    }

    private void fields(FlatHeaders head, Plan plan) {
        boolean cookiesWritten = false;
        for (int i = 0, n = head.size(); i < n; i++) {
            CharSequence name = head.nameAt(i);
            if (name.charAt(0) == ':') {
                continue;
            }
            CharSequence value = head.valueAt(i);
            boolean pass = switch (RequestField.of(name)) {
                case OTHER, ACCEPT_ENCODING, RANGE -> !isTag(name);
                case TE -> AsciiString.contentEqualsIgnoreCase(TRAILERS, value);
                case TRAILER -> plan.framing() == Framing.CHUNKED;
                case FORWARDED_HOST -> plan.hostOverride() == null;
                case PROXY_AUTHORIZATION -> plan.forwardProxy() == null;
                case WEBSOCKET_VERSION -> !plan.isUpgrade();
                case EXPECT -> !plan.shape().expectsContinue;
                case HOST, CONTENT_LENGTH, TAG, DROPPED -> false;
                case COOKIE -> {
                    if (!cookiesWritten) {
                        cookies(head, i);
                        cookiesWritten = true;
                    }
                    yield false;
                }
            };
            if (pass) {
                field(name, value);
            }
        }
    }

    /** A tag of ours is not said twice. */
    private boolean isTag(CharSequence name) {
        if (settings.tags.isEmpty()) {
            return false;
        }
        for (OriginSettings.Tag tag : settings.tags) {
            if (tag.name().contentEqualsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /** HTTP/2 splits cookies for compression, HTTP/1.1 knows only one field (RFC 9113 §8.2.3). */
    private void cookies(FlatHeaders head, int first) {
        append(COOKIE);
        append(head.valueAt(first));
        for (int i = first + 1, n = head.size(); i < n; i++) {
            if (RequestField.of(head.nameAt(i)) == RequestField.COOKIE) {
                append(';');
                append(' ');
                append(head.valueAt(i));
            }
        }
        append(CRLF);
    }

    /**
     * Writes the end of a chunked body with trailers. Fields that would change how the message is read are left out.
     *
     * @return a new buffer, which the caller releases
     */
    ByteBuf writeTrailers(Http2Headers trailers, boolean afterChunk, ByteBufAllocator alloc) {
        length = 0;
        if (afterChunk) {
            append(CRLF);
        }
        append('0');
        append(CRLF);
        for (var trailer : trailers) {
            CharSequence name = trailer.getKey();
            if (name.charAt(0) != ':' && RequestField.of(name) == RequestField.OTHER) {
                field(name, trailer.getValue());
            }
        }
        append(CRLF);
        return take(alloc);
    }

    private ByteBuf take(ByteBufAllocator alloc) {
        ByteBuf buffer = alloc.ioBuffer(length).writeBytes(out, 0, length);
        if (out.length > MAX_KEPT_BYTES) {
            out = new byte[2048];
        }
        return buffer;
    }

    private void field(CharSequence name, CharSequence value) {
        int size = name.length();
        ensure(size + 2);
        boolean capital = true;
        for (int i = 0; i < size; i++) {
            char c = name.charAt(i);
            out[length++] = (byte) (capital && c >= 'a' && c <= 'z' ? c - 32 : c);
            capital = c == '-';
        }
        out[length++] = ':';
        out[length++] = ' ';
        append(value);
        append(CRLF);
    }

    private void append(CharSequence text) {
        int size = text.length();
        ensure(size);
        if (text instanceof AsciiString ascii) {
            System.arraycopy(ascii.array(), ascii.arrayOffset(), out, length, size);
            length += size;
            return;
        }
        for (int i = 0; i < size; i++) {
            out[length++] = AsciiString.c2b(text.charAt(i));
        }
    }

    private void append(char c) {
        ensure(1);
        out[length++] = (byte) c;
    }

    private void decimal(long value) {
        ensure(20);
        int start = length;
        long rest = value;
        do {
            out[length++] = (byte) ('0' + rest % 10);
            rest /= 10;
        } while (rest > 0);
        for (int i = start, j = length - 1; i < j; i++, j--) {
            byte swap = out[i];
            out[i] = out[j];
            out[j] = swap;
        }
    }

    private void ensure(int more) {
        if (length + more > out.length) {
            out = Arrays.copyOf(out, Math.max(length + more, 2 * out.length));
        }
    }
}
