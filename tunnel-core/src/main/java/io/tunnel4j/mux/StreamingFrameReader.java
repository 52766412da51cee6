package io.tunnel4j.mux;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Error.FRAME_SIZE_ERROR;
import static io.netty.handler.codec.http2.Http2Error.PROTOCOL_ERROR;
import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2Headers;

/**
 * Reads frames, handing DATA on as it arrives instead of waiting for the whole frame.
 *
 * <p>A peer may send DATA frames as large as our MAX_FRAME_SIZE; waiting would hold that much per connection and delay the first byte
 * until the last one is here. Heads are read here, too; all other frames go to Netty's reader once they are complete: their size is bounded by the same setting.
 * Confined to the connection's event loop. Borrows the input.
 */
final class StreamingFrameReader implements Http2FrameReader {
    /** Empty DATA frames in a row before the peer counts as hostile: each costs us work and it no credit. */
    static final int MAX_EMPTY_DATA_FRAMES = 100;

    private static final int FLAG_END_STREAM = 0x1;
    private static final int FLAG_END_HEADERS = 0x4;
    private static final int FLAG_PADDED = 0x8;
    private static final int FLAG_PRIORITY = 0x20;
    private static final int PRIORITY_BYTES = 5;

    private final DefaultHttp2FrameReader reader;
    private final InboundHeadersDecoder headersDecoder;
    private int maxFrameBytes;
    private final HeaderBlock headerBlock = new HeaderBlock();
    private int emptyDataFrames;

    private int dataStreamId;
    private int dataRemaining;
    private int paddingRemaining;
    private boolean dataEndsStream;
    private boolean inData;

    StreamingFrameReader(DefaultHttp2FrameReader reader, InboundHeadersDecoder headersDecoder, int maxFrameBytes) {
        this.reader = reader;
        this.headersDecoder = headersDecoder;
        this.maxFrameBytes = maxFrameBytes;
    }

    @Override
    public void readFrame(ChannelHandlerContext ctx, ByteBuf input, Http2FrameListener listener) throws Http2Exception {
        while (input.isReadable() || inData) {
            if (inData) {
                if (!readData(ctx, input, listener)) {
                    return;
                }
                continue;
            }
            if (input.readableBytes() < Http2CodecUtil.FRAME_HEADER_LENGTH) {
                return;
            }
            int start = input.readerIndex();
            int length = input.getUnsignedMedium(start);
            if (length > maxFrameBytes) {
                throw connectionError(
                        FRAME_SIZE_ERROR, "frame of %d octets (expected: at most %d)", length, maxFrameBytes);
            }
            byte type = input.getByte(start + 3);
            int flags = input.getUnsignedByte(start + 4);
            if (type == Http2FrameTypes.DATA) {
                if (!beginData(input, start, length, flags)) {
                    return;
                }
            } else {
                if (input.readableBytes() < Http2CodecUtil.FRAME_HEADER_LENGTH + length) {
                    return;
                }
                int streamId = input.getInt(start + 5) & Integer.MAX_VALUE;
                if (type == Http2FrameTypes.HEADERS && isWholeHead(flags, streamId)) {
                    readHead(ctx, payload(input, length), streamId, flags, listener);
                    continue;
                }
                if (headerBlock.isOpen() || type == Http2FrameTypes.CONTINUATION) {
                    continueHead(ctx, type, flags, streamId, payload(input, length), listener);
                    continue;
                }
                if ((flags & FLAG_END_HEADERS) == 0 && streamId != 0) {
                    if (type == Http2FrameTypes.HEADERS) {
                        beginHead(ctx, payload(input, length), streamId, flags);
                        continue;
                    }
                    if (type == Http2FrameTypes.PUSH_PROMISE) {
                        throw connectionError(PROTOCOL_ERROR, "PUSH_PROMISE, which nobody has allowed");
                    }
                }
                reader.readFrame(ctx, input.readSlice(Http2CodecUtil.FRAME_HEADER_LENGTH + length), listener);
            }
        }
    }

    /** True for the usual head: one frame, without padding or priority, where one may come. */
    private boolean isWholeHead(int flags, int streamId) {
        return !headerBlock.isOpen()
                && streamId != 0
                && (flags & (FLAG_END_HEADERS | FLAG_PADDED | FLAG_PRIORITY)) == FLAG_END_HEADERS;
    }

    private void readHead(
            ChannelHandlerContext ctx, ByteBuf block, int streamId, int flags, Http2FrameListener listener)
            throws Http2Exception {
        Http2Headers headers = headersDecoder.decodeHeaders(streamId, block);
        listener.onHeadersRead(ctx, streamId, headers, 0, (flags & FLAG_END_STREAM) != 0);
    }

    private static ByteBuf payload(ByteBuf input, int length) {
        return input.skipBytes(Http2CodecUtil.FRAME_HEADER_LENGTH).readSlice(length);
    }

    /** A head's first frame of several. Priorities are nobody's business any more (RFC 9113 §5.3.2). */
    private void beginHead(ChannelHandlerContext ctx, ByteBuf payload, int streamId, int flags) throws Http2Exception {
        boolean padded = (flags & FLAG_PADDED) != 0;
        int ahead = (padded ? 1 : 0) + ((flags & FLAG_PRIORITY) != 0 ? PRIORITY_BYTES : 0);
        if (payload.readableBytes() < ahead) {
            throw connectionError(FRAME_SIZE_ERROR, "HEADERS frame of %d octets", payload.readableBytes());
        }
        // The pad length octet counts as padding.
        int padding = padded ? payload.getUnsignedByte(payload.readerIndex()) + 1 : 0;
        int length = payload.readableBytes() - ahead - Math.max(0, padding - 1);
        if (length < 0) {
            throw connectionError(PROTOCOL_ERROR, "HEADERS frame with more padding than payload");
        }
        headerBlock.begin(streamId, padding, (flags & FLAG_END_STREAM) != 0, ctx.alloc(), length);
        headerBlock.add(payload.skipBytes(ahead).readSlice(length), false, headersDecoder.maxHeaderListSizeGoAway());
    }

    private void continueHead(
            ChannelHandlerContext ctx, byte type, int flags, int streamId, ByteBuf payload, Http2FrameListener listener)
            throws Http2Exception {
        if (headerBlock.isOpen() && (type != Http2FrameTypes.CONTINUATION || streamId != headerBlock.streamId())) {
            throw connectionError(
                    PROTOCOL_ERROR,
                    "frame of type %d on stream %d inside the header block of stream %d",
                    type,
                    streamId,
                    headerBlock.streamId());
        }
        boolean last = (flags & FLAG_END_HEADERS) != 0;
        headerBlock.add(payload, last, headersDecoder.maxHeaderListSizeGoAway());
        if (last) {
            ByteBuf block = headerBlock.take();
            try {
                Http2Headers headers = headersDecoder.decodeHeaders(streamId, block);
                listener.onHeadersRead(ctx, streamId, headers, headerBlock.padding(), headerBlock.endOfStream());
            } finally {
                block.release();
            }
        }
    }

    /** Takes the frame header and the pad length; false when the latter has not arrived. */
    private boolean beginData(ByteBuf input, int start, int length, int flags) throws Http2Exception {
        int streamId = input.getInt(start + 5) & Integer.MAX_VALUE;
        if (headerBlock.isOpen()) {
            throw connectionError(PROTOCOL_ERROR, "DATA frame inside the header block of stream %d", streamId);
        }
        if (streamId == 0) {
            throw connectionError(PROTOCOL_ERROR, "DATA frame on stream 0");
        }
        int padding = 0;
        int header = Http2CodecUtil.FRAME_HEADER_LENGTH;
        if ((flags & FLAG_PADDED) != 0) {
            if (length == 0) {
                throw connectionError(FRAME_SIZE_ERROR, "padded DATA frame without a pad length");
            }
            if (input.readableBytes() <= header) {
                return false;
            }
            // The pad length octet counts as padding towards flow control.
            padding = input.getUnsignedByte(start + header) + 1;
            if (padding > length) {
                throw connectionError(PROTOCOL_ERROR, "DATA frame with more padding than payload");
            }
            header++;
        }
        boolean ends = (flags & FLAG_END_STREAM) != 0;
        if (length > 0 || ends) {
            emptyDataFrames = 0;
        } else if (++emptyDataFrames > MAX_EMPTY_DATA_FRAMES) {
            throw connectionError(ENHANCE_YOUR_CALM, "more than %d empty DATA frames in a row", MAX_EMPTY_DATA_FRAMES);
        }
        input.skipBytes(header);
        dataStreamId = streamId;
        dataRemaining = length - padding;
        paddingRemaining = padding;
        dataEndsStream = ends;
        inData = true;
        return true;
    }

    /** Hands on what has arrived of the current DATA frame; false when more input is needed. */
    private boolean readData(ChannelHandlerContext ctx, ByteBuf input, Http2FrameListener listener)
            throws Http2Exception {
        if (dataRemaining > 0) {
            int n = Math.min(dataRemaining, input.readableBytes());
            if (n == 0) {
                return false;
            }
            dataRemaining -= n;
            if (dataRemaining > 0 || paddingRemaining > 1) {
                listener.onDataRead(ctx, dataStreamId, input.readSlice(n), 0, false);
                return true;
            }
            return endData(ctx, input.readSlice(n), listener);
        }
        // The pad length octet has been taken with the frame header, the padding itself is skipped as it comes.
        int skipped = Math.min(Math.max(0, paddingRemaining - 1), input.readableBytes());
        if (paddingRemaining > 1 && skipped == 0) {
            return false;
        }
        input.skipBytes(skipped);
        if (paddingRemaining - skipped > 1) {
            listener.onDataRead(ctx, dataStreamId, input.readSlice(0), skipped, false);
            paddingRemaining -= skipped;
            return true;
        }
        return endData(ctx, input.readSlice(0), listener);
    }

    private boolean endData(ChannelHandlerContext ctx, ByteBuf data, Http2FrameListener listener)
            throws Http2Exception {
        inData = false;
        int padding = paddingRemaining;
        paddingRemaining = 0;
        listener.onDataRead(ctx, dataStreamId, data, padding, dataEndsStream);
        return true;
    }

    @Override
    public Configuration configuration() {
        return reader.configuration();
    }

    void maxFrameBytes(int bytes) {
        maxFrameBytes = bytes;
    }

    @Override
    public void close() {
        headerBlock.discard();
        reader.close();
    }
}
