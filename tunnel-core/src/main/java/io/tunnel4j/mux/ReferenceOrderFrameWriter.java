package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.util.AsciiString;

/**
 * Netty's frame writer, with SETTINGS in the order in which the reference connector writes them, so that our first bytes differ from its own in
 * values only (protocol document connector-edge §4), and with HEADERS and DATA that go straight into {@link FrameOutput}. Confined to the connection's event loop.
 */
final class ReferenceOrderFrameWriter extends DefaultHttp2FrameWriter {
    /** SETTINGS_NO_RFC7540_PRIORITIES, RFC 9218 §2.1. */
    static final char NO_RFC7540_PRIORITIES = 9;

    private static final char[] ORDER = {
        Http2CodecUtil.SETTINGS_MAX_FRAME_SIZE,
        Http2CodecUtil.SETTINGS_ENABLE_PUSH,
        Http2CodecUtil.SETTINGS_MAX_CONCURRENT_STREAMS,
        Http2CodecUtil.SETTINGS_MAX_HEADER_LIST_SIZE,
        Http2CodecUtil.SETTINGS_HEADER_TABLE_SIZE,
        Http2CodecUtil.SETTINGS_INITIAL_WINDOW_SIZE,
        Http2CodecUtil.SETTINGS_ENABLE_CONNECT_PROTOCOL,
        NO_RFC7540_PRIORITIES,
    };

    private static final AsciiString REQUEST_ID = AsciiString.cached("cf-ray");
    private static final int FLAG_END_STREAM = 0x1;
    private static final int FLAG_END_HEADERS = 0x4;
    private static final int MAX_KEPT_BLOCK_BYTES = 64 << 10;

    private final FrameOutput output;
    private final Http2HeadersEncoder headersEncoder;
    private ByteBuf block = Unpooled.buffer(512);

    ReferenceOrderFrameWriter(FrameOutput output) {
        // Sizes of our own heads are bounded where they are made; the peer's advisory limit must not lose a response.
        this(output, new DefaultHttp2HeadersEncoder(ReferenceOrderFrameWriter::isUnique, true, 64));
    }

    private ReferenceOrderFrameWriter(FrameOutput output, Http2HeadersEncoder headersEncoder) {
        super(headersEncoder);
        this.output = output;
        this.headersEncoder = headersEncoder;
    }

    /** A value that never comes again would only drive out of the header table what does come again. */
    private static boolean isUnique(CharSequence name, CharSequence value) {
        return REQUEST_ID.contentEquals(name);
    }

    @Override
    public ChannelFuture writeHeaders(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int padding,
            boolean endStream,
            ChannelPromise promise) {
        if (padding != 0) {
            return super.writeHeaders(ctx, streamId, headers, padding, endStream, promise);
        }
        block.clear();
        try {
            headersEncoder.encodeHeaders(streamId, headers, block);
        } catch (Http2Exception e) {
            return promise.setFailure(e);
        }
        byte type = Http2FrameTypes.HEADERS;
        int flags = endStream ? FLAG_END_STREAM : 0;
        int left = block.readableBytes();
        do {
            int n = Math.min(left, maxFrameSize());
            left -= n;
            output.frame(type, left == 0 ? flags | FLAG_END_HEADERS : flags, streamId, block, n);
            type = Http2FrameTypes.CONTINUATION;
            flags = 0;
        } while (left > 0);
        if (block.capacity() > MAX_KEPT_BLOCK_BYTES) {
            block = Unpooled.buffer(512);
        }
        promise.trySuccess();
        return promise;
    }

    @Override
    public ChannelFuture writeData(
            ChannelHandlerContext ctx,
            int streamId,
            ByteBuf data,
            int padding,
            boolean endStream,
            ChannelPromise promise) {
        if (padding != 0) {
            return super.writeData(ctx, streamId, data, padding, endStream, promise);
        }
        writeData(streamId, data, endStream);
        promise.trySuccess();
        return promise;
    }

    /** Writes DATA frames without asking flow control. Consumes the data. */
    void writeData(int streamId, ByteBuf data, boolean endStream) {
        try {
            int left = data.readableBytes();
            do {
                int n = Math.min(left, maxFrameSize());
                left -= n;
                output.frame(Http2FrameTypes.DATA, endStream && left == 0 ? FLAG_END_STREAM : 0, streamId, data, n);
            } while (left > 0);
        } finally {
            data.release();
        }
    }

    @Override
    public ChannelFuture writeSettings(ChannelHandlerContext ctx, Http2Settings settings, ChannelPromise promise) {
        int length = settings.size() * Http2CodecUtil.SETTING_ENTRY_LENGTH;
        ByteBuf frame = ctx.alloc().buffer(Http2CodecUtil.FRAME_HEADER_LENGTH + length);
        frame.writeMedium(length);
        frame.writeByte(Http2FrameTypes.SETTINGS);
        frame.writeByte(0);
        frame.writeInt(0);
        for (char id : ORDER) {
            Long value = settings.get(id);
            if (value != null) {
                frame.writeShort(id);
                frame.writeInt((int) (long) value);
            }
        }
        return ctx.write(frame, promise);
    }
}
