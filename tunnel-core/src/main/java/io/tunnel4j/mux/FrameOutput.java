package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslHandler;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Copies outbound frames into buffers of whole TLS records, below HTTP/2 and above TLS.
 *
 * <p>The TLS handler would do so, too, but keeps each frame's buffer and promise in a queue first, and takes another path for large frames than for
 * small ones. Here both are one copy into one kind of buffer. HEADERS and DATA count as written when they have been copied, as what goes wrong later
 * ends the connection; other frames when they have been flushed, as a connection may be closed after one.
 *
 * <p>Holds at most {@link #BUFFER_BYTES}, and only between a frame and the flush that follows. Confined to the connection's event loop.
 */
final class FrameOutput extends ChannelOutboundHandlerAdapter {
    /** Largest plaintext of a TLS record (RFC 8446 §5.1). */
    private static final int RECORD_BYTES = 16_384;

    /** Sixteen full records: as much as is encrypted at once. */
    static final int BUFFER_BYTES = 16 * RECORD_BYTES;

    private static final int FIRST_BUFFER_BYTES = 1024;

    private final boolean arrays;
    private @Nullable ChannelHandlerContext context;
    private final Deque<ChannelPromise> unflushed = new ArrayDeque<>();
    private @Nullable ByteBuf open;
    private int expectedBytes = FIRST_BUFFER_BYTES;

    private FrameOutput(boolean arrays) {
        this.arrays = arrays;
    }

    /** Puts an output at the end of a channel's pipeline. */
    static FrameOutput addTo(Channel channel) {
        ChannelPipeline pipeline = channel.pipeline();
        SslHandler tls = pipeline.get(SslHandler.class);
        if (tls != null) {
            // What comes from here is cut into records already.
            tls.setWrapDataSize(0);
        }
        // The JDK's engine works on arrays; native ones, and sockets, on memory outside the heap.
        FrameOutput output = new FrameOutput(tls != null && !(tls.engine() instanceof ReferenceCountedOpenSslEngine));
        pipeline.addLast("frames", output);
        return output;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /**
     * Writes a frame.
     *
     * @param payload borrows it; {@code length} bytes are read
     */
    void frame(byte type, int flags, int streamId, ByteBuf payload, int length) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            payload.skipBytes(length);
            return;
        }
        ByteBuf buffer = room(ctx, Http2CodecUtil.FRAME_HEADER_LENGTH + length);
        if (buffer.writableBytes() < Http2CodecUtil.FRAME_HEADER_LENGTH) {
            buffer = splitHeader(ctx, buffer, type, flags, streamId, length);
        } else {
            buffer.writeMedium(length);
            buffer.writeByte(type);
            buffer.writeByte(flags);
            buffer.writeInt(streamId);
        }
        copy(ctx, payload, length);
    }

    /** The rare frame header that does not fit into the record. */
    private ByteBuf splitHeader(
            ChannelHandlerContext ctx, ByteBuf buffer, byte type, int flags, int streamId, int length) {
        ByteBuf header = ctx.alloc().heapBuffer(Http2CodecUtil.FRAME_HEADER_LENGTH);
        try {
            header.writeMedium(length);
            header.writeByte(type);
            header.writeByte(flags);
            header.writeInt(streamId);
            copy(ctx, header, Http2CodecUtil.FRAME_HEADER_LENGTH);
        } finally {
            header.release();
        }
        return buffer;
    }

    private void copy(ChannelHandlerContext ctx, ByteBuf from, int length) {
        int left = length;
        while (left > 0) {
            ByteBuf buffer = room(ctx, left);
            int n = Math.min(buffer.writableBytes(), left);
            buffer.writeBytes(from, n);
            left -= n;
            if (!buffer.isWritable()) {
                expectedBytes = Math.min(BUFFER_BYTES, 4 * buffer.capacity());
                passOn(ctx);
            }
        }
    }

    private ByteBuf room(ChannelHandlerContext ctx, int wantedBytes) {
        ByteBuf buffer = open;
        if (buffer == null) {
            int bytes = bufferBytes(Math.max(expectedBytes, wantedBytes));
            buffer = arrays ? ctx.alloc().heapBuffer(bytes, bytes) : ctx.alloc().directBuffer(bytes, bytes);
            open = buffer;
        }
        return buffer;
    }

    /** What is more than a record becomes whole records. */
    private static int bufferBytes(int wantedBytes) {
        int records = (wantedBytes + RECORD_BYTES - 1) / RECORD_BYTES;
        return records == 1 ? wantedBytes : Math.min(BUFFER_BYTES, records * RECORD_BYTES);
    }

    private void passOn(ChannelHandlerContext ctx) {
        ByteBuf buffer = open;
        if (buffer != null) {
            open = null;
            ctx.write(buffer, ctx.voidPromise());
        }
    }

    /** Frames of the kinds that the codec makes itself. */
    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        ByteBuf frame = (ByteBuf) message;
        try {
            copy(ctx, frame, frame.readableBytes());
        } finally {
            frame.release();
        }
        if (!promise.isVoid()) {
            unflushed.add(promise);
        }
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        ByteBuf buffer = open;
        if (buffer != null) {
            // The next flush is likely to be about as large as this one.
            expectedBytes = Math.min(BUFFER_BYTES, Math.max(FIRST_BUFFER_BYTES, 2 * buffer.readableBytes()));
            passOn(ctx);
        }
        ctx.flush();
        while (!unflushed.isEmpty()) {
            unflushed.remove().trySuccess();
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        flush(ctx);
        ctx.close(promise);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        context = null;
        ByteBuf buffer = open;
        if (buffer != null) {
            open = null;
            buffer.release();
        }
        while (!unflushed.isEmpty()) {
            unflushed.remove().tryFailure(new ClosedChannelException());
        }
    }
}
