package io.tunnel4j.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLException;

/** An HTTP/2 client made of single frames, right or wrong, over a raw socket. Only HPACK is Netty's. */
final class RawHttp2 implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PUSH_PROMISE = 5;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;

    static final int END_STREAM = 0x1;
    static final int ACK = 0x1;
    static final int END_HEADERS = 0x4;
    static final int PADDED = 0x8;

    private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 4 << 20);

    /** One frame. That of a head has the whole block, decoded. */
    record Frame(int type, int flags, int stream, byte[] payload, Http2Headers headers) {
        long code() {
            int at = type == GOAWAY ? 4 : 0;
            return ByteBuffer.wrap(payload).getInt(at) & 0xffff_ffffL;
        }

        boolean isEnd() {
            return (flags & END_STREAM) != 0;
        }

        String text() {
            return new String(payload, StandardCharsets.ISO_8859_1);
        }
    }

    private RawHttp2(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(30_000);
        this.in = new DataInputStream(new java.io.BufferedInputStream(socket.getInputStream()));
    }

    /** Connects and sends nothing. */
    static RawHttp2 connect(EdgeFixture fixture) throws Exception {
        return new RawHttp2(RawHttp.tlsSocket(
                fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST, "h2"));
    }

    /** Connects and exchanges preface and SETTINGS. */
    static RawHttp2 open(EdgeFixture fixture) throws Exception {
        return connect(fixture).settled();
    }

    private RawHttp2 settled() throws Exception {
        preface().frame(SETTINGS, 0, 0, new byte[0]);
        next(SETTINGS);
        return frame(SETTINGS, ACK, 0, new byte[0]);
    }

    static RawHttp2 open(InetSocketAddress address, X509Certificate ca) throws Exception {
        return new RawHttp2(RawHttp.tlsSocket(address, ca, EdgeFixture.HOST, "h2")).settled();
    }

    RawHttp2 preface() throws IOException {
        return raw(PREFACE);
    }

    RawHttp2 raw(byte[] octets) throws IOException {
        socket.getOutputStream().write(octets);
        socket.getOutputStream().flush();
        return this;
    }

    RawHttp2 frame(int type, int flags, int stream, byte[] payload) throws IOException {
        return raw(bytes(payload.length, type, flags, stream, payload));
    }

    static byte[] bytes(int length, int type, int flags, int stream, byte[] payload) {
        return ByteBuffer.allocate(9 + payload.length)
                .put((byte) (length >>> 16))
                .putShort((short) length)
                .put((byte) type)
                .put((byte) flags)
                .putInt(stream)
                .put(payload)
                .array();
    }

    static Http2Headers get(String path, String... more) {
        Http2Headers headers = new DefaultHttp2Headers(false)
                .method("GET")
                .scheme("https")
                .authority(EdgeFixture.HOST)
                .path(path);
        for (int i = 0; i < more.length; i += 2) {
            headers.add(more[i], more[i + 1]);
        }
        return headers;
    }

    byte[] block(Http2Headers headers) throws Http2Exception {
        ByteBuf out = Unpooled.buffer();
        encoder.encodeHeaders(3, headers, out);
        byte[] block = new byte[out.readableBytes()];
        out.readBytes(block);
        return block;
    }

    /** Encodes fields in exactly this order, as literals without indexing. */
    static byte[] literal(String... fields) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < fields.length; i += 2) {
            out.write(0);
            for (String text : new String[] {fields[i], fields[i + 1]}) {
                byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
                if (bytes.length >= 127) {
                    throw new IllegalArgumentException("longer than one length octet");
                }
                out.write(bytes.length);
                out.writeBytes(bytes);
            }
        }
        return out.toByteArray();
    }

    RawHttp2 headers(int stream, Http2Headers headers, boolean end) throws Exception {
        return frame(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block(headers));
    }

    RawHttp2 data(int stream, String text, boolean end) throws IOException {
        return frame(DATA, end ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    Frame next() throws Exception {
        int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
        int type = in.readUnsignedByte();
        int flags = in.readUnsignedByte();
        int stream = in.readInt() & 0x7fff_ffff;
        byte[] payload = new byte[length];
        in.readFully(payload);
        Http2Headers headers = null;
        if (type == HEADERS) {
            payload = rest(payload, flags);
            headers = decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(payload));
        }
        return new Frame(type, flags, stream, payload, headers);
    }

    /** A head's whole block, whose flags but END_STREAM are then of no interest. */
    private byte[] rest(byte[] first, int firstFlags) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(first);
        for (int flags = firstFlags; (flags & END_HEADERS) == 0; ) {
            byte[] payload = new byte[in.readUnsignedByte() << 16 | in.readUnsignedShort()];
            in.readUnsignedByte();
            flags = in.readUnsignedByte();
            in.readInt();
            in.readFully(payload);
            block.writeBytes(payload);
        }
        return block.toByteArray();
    }

    /** The next frame of a type, others skipped. */
    Frame next(int type) throws Exception {
        Frame frame = next();
        while (frame.type() != type) {
            frame = next();
        }
        return frame;
    }

    /** The next HEADERS, DATA or RST_STREAM of a stream, or GOAWAY. */
    Frame on(int stream) throws Exception {
        while (true) {
            Frame frame = next();
            if (frame.type() == GOAWAY
                    || frame.stream() == stream
                            && (frame.type() == HEADERS || frame.type() == DATA || frame.type() == RST_STREAM)) {
                return frame;
            }
        }
    }

    /** The code of the GOAWAY, or -1 if the connection ends without one. */
    long goAway() throws Exception {
        try {
            return next(GOAWAY).code();
        } catch (EOFException | SocketException | SSLException ended) {
            return -1;
        }
    }

    boolean answersPing() {
        try {
            frame(PING, 0, 0, new byte[8]);
            Frame frame = next(PING);
            return (frame.flags() & ACK) != 0 || (next(PING).flags() & ACK) != 0;
        } catch (Exception ended) {
            return false;
        }
    }

    boolean isEnded() {
        try {
            while (true) {
                next();
            }
        } catch (java.net.SocketTimeoutException e) {
            return false;
        } catch (Exception ended) {
            return true;
        }
    }

    @Override
    public void close() throws IOException {
        decoder.configuration();
        socket.close();
    }
}
