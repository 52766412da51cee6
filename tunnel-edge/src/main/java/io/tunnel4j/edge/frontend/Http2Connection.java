package io.tunnel4j.edge.frontend;

import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.edge.EdgeLimits;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamListener;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** One public HTTP/2 connection. Confined to the connection's event loop. */
final class Http2Connection implements ConnectionListener, PublicConnection {
    /** What one request body may have under way before the tunnel has taken it. */
    private static final int STREAM_WINDOW_BYTES = 256 << 10;

    private static final int CONNECTION_WINDOW_BYTES = 1 << 20;
    private static final int MAX_WINDOW_BYTES = 4 << 20;
    private static final int FRAME_BYTES = 16 << 10;

    /** Impatient users cancel; a client that cancels this much is playing (CVE-2023-44487). */
    private static final int MAX_RESETS_PER_30_SECONDS = 1000;

    private final HttpListener owner;
    private final LoopState loop;
    private final ClientStream.ClientInfo info;
    private final MuxConnection mux;
    private int active;
    private long idleSinceNanos;
    private long bytesSeen;
    private long movedNanos;
    private final Watched idle = new Watched() {
        @Override
        void tick(long nowNanos) {
            checkIdle(nowNanos);
        }
    };

    private Http2Connection(HttpListener owner, LoopState loop, Channel channel, ClientStream.ClientInfo info) {
        this.owner = owner;
        this.loop = loop;
        this.info = info;
        this.idleSinceNanos = loop.nowNanos();
        this.movedNanos = loop.nowNanos();
        MuxConfig config = MuxConfig.builder(Role.SERVER)
                .streamWindowBytes(STREAM_WINDOW_BYTES)
                .connectionWindowBytes(CONNECTION_WINDOW_BYTES)
                .maxWindowBytes(MAX_WINDOW_BYTES)
                .maxFrameBytes(FRAME_BYTES)
                .maxHeaderListBytes(owner.site().limits.maxHeadBytes())
                .maxConcurrentStreams(owner.site().limits.maxStreamsPerConnection())
                .maxResetsPer30Seconds(MAX_RESETS_PER_30_SECONDS)
                .extendedConnect()
                .helloTimeout(owner.site().limits.requestHeadTimeout())
                .build();
        this.mux = MuxConnection.start(channel, config, this);
    }

    static void start(HttpListener owner, LoopState loop, Channel channel, ClientStream.ClientInfo info) {
        Http2Connection connection = new Http2Connection(owner, loop, channel, info);
        if (channel.isActive()) {
            loop.watch(connection.idle);
            owner.opened(connection);
        }
    }

    @Override
    public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
        active++;
        Http2ClientStream client = new Http2ClientStream(this, stream);
        RequestHead request;
        try {
            request = Http2Request.read(
                    (FlatHeaders) head, endOfStream, owner.site().limits.maxFields());
        } catch (BadRequestException e) {
            owner.site().counters.rejected();
            client.refuse(e);
            return client;
        }
        if (request == null) {
            owner.site().counters.rejected();
            stream.reset(Http2Error.PROTOCOL_ERROR.code());
            return client;
        }
        client.start(new Exchange(owner.site(), loop, client, request, endOfStream));
        return client;
    }

    void streamClosed() {
        if (--active == 0) {
            idleSinceNanos = loop.nowNanos();
        }
    }

    private void checkIdle(long nowNanos) {
        checkStuck(nowNanos);
        if (active == 0
                && nowNanos - idleSinceNanos
                        >= owner.site().limits.keepAliveTimeout().toNanos()) {
            mux.close(Http2Error.NO_ERROR.code(), "idle");
        }
    }

    /** Exchanges have deadlines; what is still open long after those is a response at its end whose last bytes the client does not take. */
    private void checkStuck(long nowNanos) {
        long bytes = mux.bytesIn() + mux.bytesOut();
        if (active == 0 || bytes != bytesSeen) {
            bytesSeen = bytes;
            movedNanos = nowNanos;
            return;
        }
        EdgeLimits limits = owner.site().limits;
        long longest = Math.max(
                limits.idleTimeout().toNanos(), limits.firstByteTimeout().toNanos());
        if (nowNanos - movedNanos >= 2 * longest) {
            mux.close(Http2Error.NO_ERROR.code(), "stuck");
        }
    }

    @Override
    public void closed(MuxConnection connection, ConnectionException cause) {
        loop.unwatch(idle);
        owner.closed(this, info.peer());
    }

    ClientStream.ClientInfo info() {
        return info;
    }

    LoopState loop() {
        return loop;
    }

    @Override
    public void drain(Duration grace) {
        mux.drain(grace);
    }

    @Override
    public Channel channel() {
        return mux.channel();
    }

    @Nullable
    MuxConnection mux() {
        return mux;
    }
}
