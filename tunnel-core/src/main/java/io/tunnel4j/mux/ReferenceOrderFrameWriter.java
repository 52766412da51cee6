package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * Netty's frame writer, with SETTINGS in the order in which the reference connector writes them, so that our first bytes differ from its own in
 * values only (protocol document connector-edge §4). Confined to the connection's event loop.
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

    ReferenceOrderFrameWriter() {
        // Sizes of our own heads are bounded where they are made; the peer's advisory limit must not lose a response.
        super(new DefaultHttp2HeadersEncoder(Http2HeadersEncoder.NEVER_SENSITIVE, true, 64));
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
