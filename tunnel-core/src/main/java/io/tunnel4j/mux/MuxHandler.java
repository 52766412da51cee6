package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.tunnel4j.transport.FailureText;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * Netty's HTTP/2 codec, assembled for a tunnel connection, reporting to {@link Http2Mux}. Confined to the connection's event loop.
 *
 * <p>Assembled by hand instead of with Netty's builder because the builder's frame reader, header list, distributor and reset limits are
 * the wrong ones for us (measurements: the performance document).
 */
final class MuxHandler extends Http2ConnectionHandler {
    /** Bytes a stream may send before the next gets its turn. Netty's default of 1024 costs half as much again in bulk. */
    private static final int ALLOCATION_CHUNK_BYTES = 16_384;

    private final Http2Mux mux;
    private final ReferenceOrderFrameWriter writer;
    private final InboundHeadersDecoder headersDecoder;
    private final RecentResets recentResets = new RecentResets();
    private final FloodGuard guard;
    private final SkippedStreams skippedStreams = new SkippedStreams();
    private @Nullable ChannelHandlerContext context;

    private MuxHandler(
            Http2Mux mux,
            Http2ConnectionDecoder decoder,
            Http2ConnectionEncoder encoder,
            ReferenceOrderFrameWriter writer,
            InboundHeadersDecoder headersDecoder,
            Http2Settings settings,
            FloodGuard guard) {
        super(decoder, encoder, settings, true, false);
        this.mux = mux;
        this.writer = writer;
        this.headersDecoder = headersDecoder;
        this.guard = guard;
    }

    static MuxHandler create(Http2Mux mux, MuxConfig config, FrameOutput output) {
        boolean server = config.role == Role.SERVER;
        DefaultHttp2Connection connection = new DefaultHttp2Connection(server, 0);
        UniformStreamByteDistributor distributor = new UniformStreamByteDistributor(connection);
        distributor.minAllocationChunk(ALLOCATION_CHUNK_BYTES);
        connection.remote().flowController(new DefaultHttp2RemoteFlowController(connection, distributor));
        ReferenceOrderFrameWriter writer = new ReferenceOrderFrameWriter(output);
        connection
                .local()
                .flowController(new DefaultHttp2LocalFlowController(
                                connection, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, false)
                        .frameWriter(writer));
        DefaultHttp2ConnectionEncoder encoder = new DefaultHttp2ConnectionEncoder(connection, writer);
        InboundHeadersDecoder headersDecoder =
                new InboundHeadersDecoder(config.maxHeaderListBytes, config.maxHeaderBlockBytes);
        StreamingFrameReader reader = new StreamingFrameReader(
                new DefaultHttp2FrameReader(headersDecoder), headersDecoder, config.maxFrameBytes);
        DefaultHttp2ConnectionDecoder decoder = new DefaultHttp2ConnectionDecoder(
                connection, encoder, reader, Http2PromisedRequestVerifier.ALWAYS_VERIFY, true, true, true);
        FloodGuard guard = new FloodGuard(config.maxResetsPer30Seconds, mux.nowNanos());
        MuxHandler handler =
                new MuxHandler(mux, decoder, encoder, writer, headersDecoder, settings(config, server), guard);
        decoder.frameListener(handler.new Frames());
        connection.addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamAdded(Http2Stream stream) {
                if (server) {
                    handler.skippedStreams.opened(stream.id());
                }
            }

            @Override
            public void onStreamClosed(Http2Stream stream) {
                mux.streamClosed(stream);
            }
        });
        return handler;
    }

    private static Http2Settings settings(MuxConfig config, boolean server) {
        Http2Settings settings = new Http2Settings()
                .maxFrameSize(config.maxFrameBytes)
                .maxHeaderListSize(config.maxHeaderListBytes)
                .headerTableSize(4096)
                .initialWindowSize(config.streamWindowBytes);
        if (server) {
            settings.maxConcurrentStreams(config.maxConcurrentStreams);
            settings.put(ReferenceOrderFrameWriter.NO_RFC7540_PRIORITIES, Long.valueOf(1));
            if (config.extendedConnect) {
                settings.connectProtocolEnabled(true);
            }
        } else {
            settings.pushEnabled(false);
        }
        return settings;
    }

    @Nullable
    ChannelHandlerContext context() {
        return context;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
        context = ctx;
        super.handlerAdded(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        mux.readStarted();
        super.channelRead(ctx, msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
        mux.readEnded();
        super.channelReadComplete(ctx);
    }

    @Override
    public void flush(ChannelHandlerContext ctx) {
        mux.flushStarted();
        try {
            super.flush(ctx);
        } finally {
            mux.flushEnded();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        super.channelWritabilityChanged(ctx);
        mux.channelWritabilityChanged();
    }

    /**
     * Writes data at once when flow control lets all of it pass and nothing waits before it; most data does, and need not be queued.
     *
     * @param data consumed if written
     * @return false if it has to be queued
     */
    boolean writeNow(ChannelHandlerContext ctx, Http2Stream stream, ByteBuf data, boolean endOfStream) {
        Http2RemoteFlowController flow = connection().remote().flowController();
        Http2Stream.State state = stream.state();
        int bytes = data.readableBytes();
        if ((state != Http2Stream.State.OPEN && state != Http2Stream.State.HALF_CLOSED_REMOTE)
                || !ctx.channel().isWritable()
                || flow.windowSize(stream) < bytes
                || flow.windowSize(connection().connectionStream()) < bytes
                || flow.hasFlowControlled(stream)) {
            return false;
        }
        try {
            flow.incrementWindowSize(stream, -bytes);
            flow.incrementWindowSize(connection().connectionStream(), -bytes);
        } catch (Http2Exception e) {
            throw new IllegalStateException("window arithmetic", e);
        }
        writer.writeData(stream.id(), data, endOfStream);
        return true;
    }

    void maxHeaderBlockBytes(int bytes) {
        headersDecoder.maxBlockBytes(bytes);
    }

    /** The end of our side is on its way. */
    void endedLocally(ChannelHandlerContext ctx, Http2Stream stream) {
        closeStreamLocal(stream, ctx.newSucceededFuture());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        mux.channelGone();
        super.channelInactive(ctx);
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        // The codec's own close waits for running streams; here draining has been done, or is not wanted.
        ctx.close(promise);
    }

    void resetLocally(ChannelHandlerContext ctx, int streamId, long errorCode) {
        recentResets.add(streamId);
        resetStream(ctx, streamId, errorCode, ctx.newPromise());
    }

    @Override
    protected void onStreamError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, Http2Exception.StreamException http2Ex) {
        Http2Stream stream = connection().stream(http2Ex.streamId());
        if (stream == null && skippedStreams.contains(http2Ex.streamId())) {
            mux.fail(
                    Http2Error.PROTOCOL_ERROR.code(),
                    Initiator.LOCAL,
                    "stream " + http2Ex.streamId() + " opened after a later one",
                    cause);
            return;
        }
        if (stream == null && recentResets.contains(http2Ex.streamId())) {
            // Frames that were under way when we reset the stream: expected (RFC 9113 §5.1, "closed").
            return;
        }
        mux.streamFailed(stream, http2Ex.error(), http2Ex.getMessage());
        super.onStreamError(ctx, outbound, cause, http2Ex);
        try {
            // A peer that makes us reset its streams is no better than one that resets them.
            guard.reset(mux.nowNanos());
        } catch (Http2Exception flood) {
            onConnectionError(ctx, outbound, flood, flood);
        }
    }

    @Override
    protected void onConnectionError(
            ChannelHandlerContext ctx, boolean outbound, Throwable cause, @Nullable Http2Exception http2Ex) {
        Http2Error error = http2Ex == null ? Http2Error.INTERNAL_ERROR : http2Ex.error();
        String message = String.valueOf(cause.getMessage());
        mux.fail(error.code(), cause instanceof IOException ? Initiator.REMOTE : Initiator.LOCAL, message, cause);
    }

    /** What comes from below, such as input that is no TLS: the codec by itself would let it pass and the connection hang. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
        if (Http2CodecUtil.getEmbeddedHttp2Exception(cause) != null) {
            super.exceptionCaught(ctx, cause);
        } else {
            mux.fail(
                    Http2Error.NO_ERROR.code(), Initiator.REMOTE, "connection broken: " + FailureText.of(cause), cause);
        }
    }

    /** What the decoder reports, in wire order. */
    private final class Frames extends Http2FrameAdapter {
        @Override
        public int onDataRead(ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
                throws Http2Exception {
            Http2Stream stream = connection().stream(streamId);
            if (stream != null) {
                try {
                    mux.dataReceived(stream, data, endOfStream);
                } catch (RuntimeException e) {
                    throw listenerFailed(streamId, e);
                }
            }
            // The rest is returned by MuxStream.consume.
            return stream == null ? data.readableBytes() + padding : padding;
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx,
                int streamId,
                Http2Headers headers,
                int streamDependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean endStream)
                throws Http2Exception {
            onHeadersRead(ctx, streamId, headers, padding, endStream);
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean endStream)
                throws Http2Exception {
            Http2Stream stream = connection().stream(streamId);
            if (stream != null) {
                try {
                    mux.headersReceived(stream, (FlatHeaders) headers, endStream);
                } catch (RuntimeException e) {
                    throw listenerFailed(streamId, e);
                }
            }
        }

        private Http2Exception listenerFailed(int streamId, RuntimeException e) {
            return Http2Exception.streamError(
                    streamId, Http2Error.INTERNAL_ERROR, e, "listener of stream %d", streamId);
        }

        @Override
        public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) throws Http2Exception {
            guard.reset(mux.nowNanos());
            Http2Stream stream = connection().stream(streamId);
            if (stream != null) {
                mux.resetReceived(stream, errorCode);
            }
        }

        @Override
        public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) throws Http2Exception {
            if (Boolean.TRUE.equals(settings.connectProtocolEnabled())) {
                mux.extendedConnectOffered();
            }
            guard.settings(mux.nowNanos());
            mux.settingsReceived();
        }

        @Override
        public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
            guard.ping(mux.nowNanos());
        }

        @Override
        public void onPingAckRead(ChannelHandlerContext ctx, long data) {
            mux.pingAnswered(data);
        }

        @Override
        public void onGoAwayRead(ChannelHandlerContext ctx, int lastStreamId, long errorCode, ByteBuf debugData) {
            mux.goAwayReceived(lastStreamId, errorCode, debugData);
        }

        @Override
        public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int windowSizeIncrement) {
            mux.creditReceived(streamId);
        }

        @Override
        public void onPriorityRead(
                ChannelHandlerContext ctx, int streamId, int streamDependency, short weight, boolean exclusive)
                throws Http2Exception {
            guard.ignored(mux.nowNanos());
        }
    }

    /** The streams we reset last, to tell late frames from wrong ones. */
    private static final class RecentResets {
        private static final int REMEMBERED = 256;

        private final int[] ids = new int[REMEMBERED];
        private int next;

        void add(int streamId) {
            ids[next] = streamId;
            next = (next + 1) % REMEMBERED;
        }

        boolean contains(int streamId) {
            for (int id : ids) {
                if (id == streamId) {
                    return true;
                }
            }
            return false;
        }
    }

    /**
     * The stream numbers that the peer passed over, which closes those streams for good (RFC 9113 §5.1.1). A peer has no reason to pass over any;
     * the last ranges are remembered.
     */
    private static final class SkippedStreams {
        private static final int REMEMBERED = 64;

        private final int[] from = new int[REMEMBERED];
        private final int[] to = new int[REMEMBERED];
        private int next;
        private int expected = 1;

        void opened(int streamId) {
            if (streamId > expected) {
                from[next] = expected;
                to[next] = streamId;
                next = (next + 1) % REMEMBERED;
            }
            expected = Math.max(expected, streamId + 2);
        }

        boolean contains(int streamId) {
            for (int i = 0; i < REMEMBERED; i++) {
                if (streamId >= from[i] && streamId < to[i]) {
                    return true;
                }
            }
            return false;
        }
    }
}
