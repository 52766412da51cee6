package io.tunnel4j.edge;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What the reference connector sent on each stream of the captured connection, to be played again. */
final class RecordedSession {
    private final Map<Integer, List<Consumer<ScriptedConnector.Seen>>> streams = new HashMap<>();

    static RecordedSession read() throws Exception {
        RecordedSession session = new RecordedSession();
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
        ChannelHandlerContext ctx = channel.pipeline().firstContext();
        ByteBuf bytes = Unpooled.wrappedBuffer(ScriptedConnector.vectorBytes("h2/session-from-connector.bin"));
        DefaultHttp2FrameReader reader = new DefaultHttp2FrameReader(new DefaultHttp2HeadersDecoder(false, 1 << 20));
        reader.maxFrameSize(1 << 20);
        reader.readFrame(ctx, bytes, session.new Frames());
        reader.close();
        bytes.release();
        channel.finishAndReleaseAll();
        return session;
    }

    /** Plays what was recorded on a stream, frame by frame. */
    void play(int recorded, ScriptedConnector.Seen on) {
        streams.get(recorded).forEach(frame -> frame.accept(on));
    }

    private void add(int stream, Consumer<ScriptedConnector.Seen> frame) {
        streams.computeIfAbsent(stream, s -> new ArrayList<>()).add(frame);
    }

    private final class Frames extends Http2FrameAdapter {
        @Override
        public int onDataRead(ChannelHandlerContext ctx, int stream, ByteBuf data, int padding, boolean end) {
            byte[] bytes = new byte[data.readableBytes()];
            data.getBytes(data.readerIndex(), bytes);
            add(stream, seen -> seen.data(bytes, end));
            return bytes.length + padding;
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx, int stream, Http2Headers headers, int padding, boolean end) {
            add(stream, seen -> seen.raw(headers, end));
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int stream, long code) {
            add(stream, seen -> seen.reset(Http2Error.valueOf(code)));
        }
    }
}
