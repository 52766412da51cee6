package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Frames made by hand, into a connection in server role, on a clock that the test drives. */
final class RawPeer implements AutoCloseable {
    static final int DATA = 0;
    static final int HEADERS = 1;
    static final int PRIORITY = 2;
    static final int RST_STREAM = 3;
    static final int SETTINGS = 4;
    static final int PING = 6;
    static final int GOAWAY = 7;
    static final int WINDOW_UPDATE = 8;
    static final int CONTINUATION = 9;
    static final int END_STREAM = 1;
    static final int ACK = 1;
    static final int END_HEADERS = 4;

    final EmbeddedChannel channel = new EmbeddedChannel();
    final List<String> opened = new ArrayList<>();
    final List<MuxStream> streams = new ArrayList<>();
    final List<ConnectionException> closed = new ArrayList<>();
    final MuxPair.RecordingListener stream = new MuxPair.RecordingListener();
    final MuxConnection mux;

    /** A frame that came back. */
    record Frame(int type, int flags, int streamId, byte[] payload) {
        long errorCode() {
            int at = type == GOAWAY ? 4 : 0;
            return Unpooled.wrappedBuffer(payload).getUnsignedInt(at);
        }

        int windowIncrement() {
            return Unpooled.wrappedBuffer(payload).getInt(0);
        }

        boolean isAck() {
            return (flags & ACK) != 0;
        }
    }

    RawPeer(MuxConfig config) {
        channel.freezeTime();
        mux = MuxConnection.start(channel, config, new ConnectionListener() {
            @Override
            public StreamListener streamOpened(MuxStream made, Http2Headers head, boolean endOfStream) {
                streams.add(made);
                opened.add(made.id() + " " + head.method() + " " + head.path());
                return stream;
            }

            @Override
            public void closed(MuxConnection connection, ConnectionException cause) {
                closed.add(cause);
            }
        });
    }

    /** One that has said hello. */
    static RawPeer greeted(MuxConfig config) {
        RawPeer peer = new RawPeer(config);
        peer.preface();
        peer.sent();
        return peer;
    }

    void preface() {
        channel.writeInbound(Http2CodecUtil.connectionPrefaceBuf());
        send(SETTINGS, 0, 0, new byte[0]);
        send(SETTINGS, ACK, 0, new byte[0]);
    }

    void send(int type, int flags, int streamId, byte... payload) {
        ByteBuf frame = Unpooled.buffer(9 + payload.length);
        frame.writeMedium(payload.length).writeByte(type).writeByte(flags).writeInt(streamId);
        channel.writeInbound(frame.writeBytes(payload));
    }

    void request(int streamId, boolean endOfStream, String... more) {
        String[] fields = new String[8 + more.length];
        System.arraycopy(
                new String[] {":method", "GET", ":scheme", "https", ":path", "/", ":authority", "a"}, 0, fields, 0, 8);
        System.arraycopy(more, 0, fields, 8, more.length);
        send(HEADERS, END_HEADERS | (endOfStream ? END_STREAM : 0), streamId, block(fields));
    }

    void credit(int streamId, int bytes) {
        send(WINDOW_UPDATE, 0, streamId, (byte) (bytes >> 24), (byte) (bytes >> 16), (byte) (bytes >> 8), (byte) bytes);
    }

    /** A header block of literals without indexing. */
    static byte[] block(String... fields) {
        ByteBuf block = Unpooled.buffer();
        for (int i = 0; i < fields.length; i += 2) {
            block.writeByte(0);
            string(block, fields[i]);
            string(block, fields[i + 1]);
        }
        byte[] octets = new byte[block.readableBytes()];
        block.readBytes(octets);
        return octets;
    }

    private static void string(ByteBuf block, String text) {
        byte[] octets = text.getBytes(StandardCharsets.ISO_8859_1);
        int length = octets.length;
        if (length < 127) {
            block.writeByte(length);
        } else {
            block.writeByte(127);
            for (length -= 127; length >= 128; length >>= 7) {
                block.writeByte(length & 127 | 128);
            }
            block.writeByte(length);
        }
        block.writeBytes(octets);
    }

    void elapse(long seconds) {
        for (long i = 0; i < 10 * seconds; i++) {
            elapseMillis(100);
        }
    }

    void elapseMillis(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    /** What has come back since the last call. */
    List<Frame> sent() {
        channel.runPendingTasks();
        ByteBuf all = Unpooled.buffer();
        for (ByteBuf b = channel.readOutbound(); b != null; b = channel.readOutbound()) {
            all.writeBytes(b);
            b.release();
        }
        List<Frame> frames = new ArrayList<>();
        while (all.isReadable()) {
            byte[] payload = new byte[all.readUnsignedMedium()];
            int type = all.readByte();
            int flags = all.readByte();
            int streamId = all.readInt();
            all.readBytes(payload);
            frames.add(new Frame(type, flags, streamId, payload));
        }
        return frames;
    }

    List<Frame> sent(int type) {
        return sent().stream().filter(frame -> frame.type() == type).toList();
    }

    boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}
