package io.tunnel4j.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link MuxConnection} over Netty's HTTP/2 codec: roles, credit, queue limits, liveness and the end of a connection.
 *
 * <p>States: open, draining (no new streams, running ones finish), closed. Confined to the connection's event loop but for {@link #close}.
 */
final class Http2Mux extends MuxConnection {
    /** Outbound bytes all streams of a connection may queue before those that do not leave at once wait (4 MiB). */
    static final int CONNECTION_QUEUE_BYTES = 4 << 20;

    /** How long a drained connection waits for the peer's word that it has read everything. */
    private static final long LAST_PING_SECONDS = 2;

    /** How fast what a stream has consumed is forgotten: in some of the longest round trips. */
    private static final long SHARE_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    private static final Logger log = LoggerFactory.getLogger(Http2Mux.class);

    private enum State {
        OPEN,
        DRAINING,
        CLOSED
    }

    private final Channel channel;
    private final EventLoop eventLoop;
    private final MuxConfig config;
    private final ConnectionListener listener;
    private final MuxHandler handler;
    private final Http2Connection.PropertyKey streamKey;
    private final WindowTuner tuner;
    private final ConnectionWindow window;
    private final WindowShare consumedOfLate = new WindowShare();
    private final long startNanos;
    private final KeepAlive keepAlive;
    private final Runnable flushTask = this::flushNow;
    private final List<Http2MuxStream> readStreams = new ArrayList<>();
    private final List<Http2MuxStream> endedStreams = new ArrayList<>();
    private final List<Http2MuxStream> drainedStreams = new ArrayList<>();
    private final List<Http2MuxStream> waitingStreams = new ArrayList<>();

    private State state = State.OPEN;
    private boolean peerReady;
    private boolean peerTakesExtendedConnect;
    private boolean peerGoesAway;
    private boolean closing;
    private boolean lastPingSent;
    private boolean flushScheduled;
    private boolean reading;
    private boolean flushing;
    private long queuedBytes;
    private boolean queueFull;
    private boolean windowsGrew;
    private long bytesIn;
    private long bytesOut;
    private @Nullable ConnectionException closeCause;

    private Http2Mux(Channel channel, MuxConfig config, ConnectionListener listener, FrameOutput output) {
        this.channel = channel;
        this.eventLoop = channel.eventLoop();
        this.config = config;
        this.listener = listener;
        // From the smaller window: one stream alone cannot fill the connection's, and is to grow all the same.
        int firstBytes = Math.min(config.streamWindowBytes, config.connectionWindowBytes);
        this.startNanos = nowNanos();
        this.tuner = new WindowTuner(firstBytes, config.maxWindowBytes, startNanos);
        this.handler = MuxHandler.create(this, config, output);
        this.window = new ConnectionWindow(handler.connection(), config);
        this.streamKey = handler.connection().newKey();
        this.keepAlive = new KeepAlive(this, config);
    }

    static Http2Mux create(Channel channel, MuxConfig config, ConnectionListener listener) {
        assert channel.eventLoop().inEventLoop();
        Http2Mux mux = new Http2Mux(channel, config, listener, FrameOutput.addTo(channel));
        channel.pipeline().addLast("http2", mux.handler);
        if (!channel.isActive()) {
            mux.channelGone();
            return mux;
        }
        mux.adjustWindow(ConnectionWindow::apply);
        mux.keepAlive.start();
        channel.flush();
        return mux;
    }

    private Http2Stream connectionStream() {
        return handler.connection().connectionStream();
    }

    // --- What MuxHandler reports ---

    void extendedConnectOffered() {
        peerTakesExtendedConnect = true;
    }

    void settingsReceived() {
        keepAlive.frameReceived();
        if (!peerReady) {
            peerReady = true;
            keepAlive.peerReady();
            listener.ready(this);
        }
    }

    void headersReceived(Http2Stream stream, FlatHeaders headers, boolean endOfStream) throws Http2Exception {
        keepAlive.frameReceived();
        Http2MuxStream known = stream.getProperty(streamKey);
        if (headers.isMalformed() || !fits(headers.pseudoFields(), known)) {
            throw Http2Exception.streamError(
                    stream.id(), Http2Error.PROTOCOL_ERROR, "malformed header fields on stream %d", stream.id());
        }
        if (known != null) {
            touch(known);
            known.headersReceived(headers, endOfStream);
            return;
        }
        Http2MuxStream opened = new Http2MuxStream(this, stream);
        stream.setProperty(streamKey, opened);
        touch(opened);
        if (endOfStream) {
            opened.remoteEnded();
        }
        opened.listener(listener.streamOpened(opened, headers, endOfStream));
    }

    private static boolean fits(int pseudoFields, @Nullable Http2MuxStream stream) {
        if (stream == null) {
            return PseudoFields.fitRequest(pseudoFields);
        }
        return stream.awaitsHead() ? PseudoFields.fitResponse(pseudoFields) : pseudoFields == 0;
    }

    void dataReceived(Http2Stream stream, ByteBuf data, boolean endOfStream) throws Http2Exception {
        keepAlive.frameReceived();
        Http2MuxStream known = stream.getProperty(streamKey);
        if (known == null) {
            throw Http2Exception.streamError(
                    stream.id(), Http2Error.PROTOCOL_ERROR, "DATA before HEADERS on stream %d", stream.id());
        }
        int bytes = data.readableBytes();
        bytesIn += bytes;
        touch(known);
        known.dataReceived(data.retain(), endOfStream);
        if (window.received()) {
            scheduleFlush();
        }
    }

    /**
     * Lets windows follow what is consumed, not what arrives: a stream whose consumer has stalled is to get no more.
     *
     * @param share what the stream has consumed of late
     * @return true if there is a WINDOW_UPDATE to flush
     */
    boolean consumed(Http2Stream stream, int bytes, WindowShare share) throws Http2Exception {
        long now = nowNanos();
        if (tuner.consumed(bytes, now) && keepAlive.sendPing()) {
            tuner.sampleStarted(now);
        }
        long period = (now - startNanos) / SHARE_NANOS;
        consumedOfLate.consumed(bytes, period);
        share.consumed(bytes, period);
        Http2LocalFlowController flow = handler.connection().local().flowController();
        boolean grown = windowsGrew && grow(stream, share, flow);
        window.consumed();
        return flow.consumeBytes(stream, bytes) || grown;
    }

    /** A stream gets another window when it has data, not before: most streams never need it. */
    private boolean grow(Http2Stream stream, WindowShare share, Http2LocalFlowController flow) throws Http2Exception {
        int wanted = Math.max(config.streamWindowBytes, share.of(consumedOfLate, tuner.windowBytes()));
        int present = flow.initialWindowSize(stream);
        if (wanted <= present && wanted > present / 2) {
            return false;
        }
        flow.incrementWindowSize(stream, wanted - present);
        return true;
    }

    void pingAnswered(long payload) {
        keepAlive.frameReceived();
        if (payload == KeepAlive.LAST_PING_PAYLOAD) {
            if (lastPingSent) {
                closeDrained();
            }
            return;
        }
        if (keepAlive.pingAnswered(payload) && tuner.sampleEnded(nowNanos())) {
            windowTuned();
        }
    }

    /** The PING that would have ended it has been given up. */
    void sampleLost() {
        tuner.sampleLost();
    }

    void idleTick() {
        long now = nowNanos();
        if (tuner.idleCheck(now)) {
            windowTuned();
        }
        boolean moved = adjustWindow(w -> {
            // Streams that were closed with something lying do not say so, nor do other connections that have given
            // back to the reserve.
            w.consumed();
            return w.received();
        });
        if (moved) {
            scheduleFlush();
        }
        if (window.isUsedUp()) {
            giveUpStalled(now);
        }
    }

    /** All others would have to wait for these. If some of them stayed, they would fill what the rest gives back. */
    private void giveUpStalled(long now) {
        for (Http2MuxStream stream : streams()) {
            if (stream.hasStalled(now)) {
                stream.giveUp();
            }
        }
    }

    int unreadBytes(Http2Stream stream) {
        return handler.connection().local().flowController().unconsumedBytes(stream);
    }

    private void windowTuned() {
        windowsGrew = true;
        int usual = Math.max(config.connectionWindowBytes, tuner.windowBytes());
        if (adjustWindow(w -> w.usual(usual))) {
            scheduleFlush();
        }
    }

    /** Moves the connection's window; true if there is a WINDOW_UPDATE to flush. */
    private boolean adjustWindow(WindowMove move) {
        try {
            return move.on(window);
        } catch (Http2Exception e) {
            fail(Http2Error.INTERNAL_ERROR.code(), Initiator.LOCAL, "window arithmetic", e);
            return false;
        }
    }

    private interface WindowMove {
        boolean on(ConnectionWindow window) throws Http2Exception;
    }

    void resetReceived(Http2Stream stream, long errorCode) {
        keepAlive.frameReceived();
        Http2MuxStream known = stream.getProperty(streamKey);
        if (known != null) {
            known.resetBy(errorCode, Initiator.REMOTE, "reset by the peer, code " + errorCode);
        }
    }

    /** A stream-level protocol error by the peer, or a listener that threw; the codec sends the reset. */
    void streamFailed(@Nullable Http2Stream stream, Http2Error error, @Nullable String message) {
        Http2MuxStream known = stream == null ? null : stream.getProperty(streamKey);
        if (known != null) {
            known.resetBy(error.code(), Initiator.LOCAL, String.valueOf(message));
        }
    }

    void listenerFailed(Http2MuxStream stream, RuntimeException thrown) {
        log.warn("listener of stream {} failed", stream.id(), thrown);
    }

    void streamClosed(Http2Stream stream) {
        Http2MuxStream known = stream.getProperty(streamKey);
        if (known != null) {
            known.codecClosed();
        }
        if (state == State.DRAINING && handler.connection().numActiveStreams() == 0) {
            eventLoop.execute(this::closeWhenDrained);
        }
    }

    void goAwayReceived(int lastStreamId, long errorCode, ByteBuf debug) {
        keepAlive.frameReceived();
        peerGoesAway = true;
        String text =
                debug.toString(debug.readerIndex(), Math.min(256, debug.readableBytes()), StandardCharsets.US_ASCII);
        log.debug("go away received: last stream {}, code {}, {}", lastStreamId, errorCode, text);
        listener.goAwayReceived(this, lastStreamId, errorCode, text);
    }

    void channelGone() {
        if (state == State.CLOSED) {
            return;
        }
        state = State.CLOSED;
        keepAlive.stop();
        window.closed();
        ConnectionException cause = closeCause;
        if (cause == null) {
            cause = new ConnectionException(
                    Http2Error.NO_ERROR.code(), Initiator.REMOTE, "the peer closed the connection", null);
        }
        for (Http2MuxStream stream : streams()) {
            stream.resetBy(cause.errorCode(), cause.initiator(), "connection lost: " + cause.getMessage());
            stream.codecClosed();
        }
        listener.closed(this, cause);
    }

    private List<Http2MuxStream> streams() {
        List<Http2MuxStream> streams = new ArrayList<>();
        try {
            handler.connection().forEachActiveStream(stream -> {
                Http2MuxStream known = stream.getProperty(streamKey);
                if (known != null) {
                    streams.add(known);
                }
                return true;
            });
        } catch (Http2Exception e) {
            throw new IllegalStateException("visiting streams", e);
        }
        return streams;
    }

    // --- Reading and flushing ---

    void readStarted() {
        reading = true;
    }

    void readEnded() {
        // Indexed: a listener may get more streams touched while this runs.
        for (int i = 0; i < readStreams.size(); i++) {
            readStreams.get(i).readComplete();
        }
        readStreams.clear();
        reading = false;
    }

    private void touch(Http2MuxStream stream) {
        if (stream.markRead()) {
            readStreams.add(stream);
        }
    }

    void scheduleFlush() {
        // While reading, the codec flushes at the end of the batch anyway.
        if (!flushScheduled && !reading) {
            flushScheduled = true;
            eventLoop.execute(flushTask);
        }
    }

    /** Remembers a stream that may write again; it is told when the codec has finished writing. */
    void writableAfterFlush(Http2MuxStream stream) {
        drainedStreams.add(stream);
        if (!flushing) {
            eventLoop.execute(this::tellDrained);
        }
    }

    /** The stream's end has been written; the codec learns of it with the flush. */
    void endAfterFlush(Http2MuxStream stream) {
        endedStreams.add(stream);
    }

    void flushStarted() {
        flushing = true;
        // Indexed: what a listener does at the end of a stream may end others.
        for (int i = 0; i < endedStreams.size(); i++) {
            endedStreams.get(i).endWritten();
        }
        endedStreams.clear();
    }

    void flushEnded() {
        flushing = false;
        tellDrained();
    }

    private void tellDrained() {
        // Indexed: a listener's writes may drain further streams.
        for (int i = 0; i < drainedStreams.size(); i++) {
            drainedStreams.get(i).tellWritability();
        }
        drainedStreams.clear();
    }

    private void flushNow() {
        flushScheduled = false;
        ChannelHandlerContext ctx = handler.context();
        if (ctx != null && state != State.CLOSED) {
            handler.flush(ctx);
        }
    }

    // --- Queue accounting ---

    void queued(int bytes) {
        queuedBytes += bytes;
        if (!queueFull && queuedBytes >= CONNECTION_QUEUE_BYTES) {
            queueFull = true;
            streams().forEach(Http2MuxStream::connectionQueueChanged);
        }
    }

    void dequeued(int bytes, boolean written) {
        queuedBytes -= bytes;
        if (written) {
            bytesOut += bytes;
        }
        if (queueFull && queuedBytes <= CONNECTION_QUEUE_BYTES / 2) {
            queueFull = false;
            streams().forEach(Http2MuxStream::connectionQueueChanged);
        }
    }

    /** Writes data without queueing it; false if something is in the way. */
    boolean writeNow(Http2Stream stream, ByteBuf data, boolean endOfStream) {
        ChannelHandlerContext ctx = handler.context();
        if (queuedBytes > 0 || ctx == null) {
            return false;
        }
        int bytes = data.readableBytes();
        if (!handler.writeNow(ctx, stream, data, endOfStream)) {
            return false;
        }
        bytesOut += bytes;
        return true;
    }

    /** A stream has to stop writing until the socket takes more; those that have nothing to write need not be told. */
    void waitForSocket(Http2MuxStream stream) {
        waitingStreams.add(stream);
    }

    boolean isSocketFull() {
        return !channel.isWritable();
    }

    boolean isQueueFull() {
        return queueFull;
    }

    /** Tells whether the peer has given credit to the stream and to the connection, and the socket takes bytes. */
    boolean takesNow(Http2Stream stream) {
        return creditFor(stream) > 0 && channel.isWritable();
    }

    int creditFor(Http2Stream stream) {
        Http2RemoteFlowController flow = handler.connection().remote().flowController();
        return Math.min(flow.windowSize(stream), flow.windowSize(connectionStream()));
    }

    void creditReceived(int streamId) {
        keepAlive.frameReceived();
        if (!queueFull) {
            return;
        }
        if (streamId == 0) {
            streams().forEach(Http2MuxStream::connectionQueueChanged);
            return;
        }
        Http2Stream stream = handler.connection().stream(streamId);
        Http2MuxStream known = stream == null ? null : stream.getProperty(streamKey);
        if (known != null) {
            known.connectionQueueChanged();
        }
    }

    void channelWritabilityChanged() {
        if (channel.isWritable()) {
            List<Http2MuxStream> waiting = List.copyOf(waitingStreams);
            waitingStreams.clear();
            waiting.forEach(Http2MuxStream::socketDrained);
        }
        if (queueFull) {
            streams().forEach(Http2MuxStream::connectionQueueChanged);
        }
    }

    // --- MuxConnection ---

    @Override
    public MuxStream open(Http2Headers head, boolean endOfStream, StreamListener streamListener)
            throws ConnectionException {
        assert eventLoop.inEventLoop();
        if (!canOpen()) {
            throw new ConnectionException(
                    Http2Error.REFUSED_STREAM.code(), Initiator.LOCAL, "no stream can be opened: " + state, null);
        }
        Http2Stream stream;
        try {
            Http2Connection connection = handler.connection();
            stream = connection.local().createStream(nextStreamId(connection.local()), false);
        } catch (Http2Exception e) {
            throw new ConnectionException(e.error().code(), Initiator.LOCAL, "no stream can be opened", e);
        }
        Http2MuxStream opened = new Http2MuxStream(this, stream);
        stream.setProperty(streamKey, opened);
        opened.listener(streamListener);
        opened.writeHead(head, endOfStream);
        return opened;
    }

    /** Netty's counter leaves out stream 1, which belongs to the upgrade from HTTP/1.1; here there is none, and the captured peers begin with it. */
    private static int nextStreamId(Http2Connection.Endpoint<?> local) {
        return local.lastStreamCreated() == 0 && !local.isServer() ? 1 : local.incrementAndGetNextStreamId();
    }

    @Override
    public boolean canOpen() {
        return config.role == Role.CLIENT
                && state == State.OPEN
                && peerReady
                && !peerGoesAway
                && !closing
                && handler.connection().local().canOpenStream();
    }

    @Override
    public void probe(Duration limit) {
        assert eventLoop.inEventLoop();
        if (state == State.OPEN) {
            keepAlive.probe(limit.toNanos());
        }
    }

    @Override
    public boolean peerTakesExtendedConnect() {
        return peerTakesExtendedConnect;
    }

    @Override
    public void maxHeaderBlockBytes(int bytes) {
        assert eventLoop.inEventLoop();
        handler.maxHeaderBlockBytes(bytes);
    }

    @Override
    public int activeStreams() {
        return handler.connection().numActiveStreams();
    }

    @Override
    public void drain(Duration grace) {
        assert eventLoop.inEventLoop();
        if (state != State.OPEN) {
            return;
        }
        state = State.DRAINING;
        ChannelHandlerContext ctx = handler.context();
        if (config.role == Role.SERVER && ctx != null) {
            int last = handler.connection().remote().lastStreamCreated();
            handler.goAway(ctx, last, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, ctx.newPromise());
            scheduleFlush();
        }
        if (handler.connection().numActiveStreams() == 0) {
            closeWhenDrained();
            return;
        }
        eventLoop.schedule(this::cutRemaining, grace.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void closeWhenDrained() {
        if (state == State.DRAINING && handler.connection().numActiveStreams() == 0 && !lastPingSent) {
            lastPingSent = true;
            keepAlive.sendLastPing();
            eventLoop.schedule(this::closeDrained, LAST_PING_SECONDS, TimeUnit.SECONDS);
        }
    }

    private void closeDrained() {
        close(Http2Error.NO_ERROR.code(), "drained");
    }

    private void cutRemaining() {
        if (state == State.DRAINING) {
            streams().forEach(stream -> stream.reset(Http2Error.CANCEL.code()));
            close(Http2Error.NO_ERROR.code(), "drain deadline");
        }
    }

    @Override
    public void close(long errorCode, String debugText) {
        if (eventLoop.inEventLoop()) {
            closeNow(errorCode, debugText);
        } else {
            eventLoop.execute(() -> closeNow(errorCode, debugText));
        }
    }

    private void closeNow(long errorCode, String debugText) {
        if (state == State.CLOSED || closing) {
            return;
        }
        closing = true;
        if (closeCause == null) {
            closeCause = new ConnectionException(errorCode, Initiator.LOCAL, debugText, null);
        }
        ChannelHandlerContext ctx = handler.context();
        if (ctx != null && channel.isActive()) {
            int last = Math.max(0, handler.connection().remote().lastStreamCreated());
            ByteBuf debug = ByteBufUtil.writeAscii(ctx.alloc(), debugText);
            handler.goAway(ctx, last, errorCode, debug, ctx.newPromise());
            ctx.flush();
        }
        channel.close();
    }

    void fail(long errorCode, Initiator initiator, String message, @Nullable Throwable cause) {
        if (closeCause == null) {
            closeCause = new ConnectionException(errorCode, initiator, message, cause);
        }
        closeNow(errorCode, message);
    }

    @Override
    public long roundTripNanos() {
        return keepAlive.roundTripNanos();
    }

    @Override
    public long bytesIn() {
        return bytesIn;
    }

    @Override
    public long bytesOut() {
        return bytesOut;
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public EventLoop eventLoop() {
        return eventLoop;
    }

    MuxHandler handler() {
        return handler;
    }

    MuxConfig config() {
        return config;
    }

    long nowNanos() {
        return eventLoop.ticker().nanoTime();
    }
}
