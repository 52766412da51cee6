package io.tunnel4j.access.relay;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.tunnel4j.access.AccessTarget;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.ConnectionListener;
import io.tunnel4j.mux.MuxConfig;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.Role;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.mux.WindowReserve;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * HTTP/2 connections that streams share where an edge takes extended CONNECT (RFC 8441): at most one for each edge and event loop.
 *
 * <p>Whether it does is found out beside the second connection to it, so that nobody waits for the answer and a single connection costs nothing; an edge that
 * does not is asked again after ten minutes. Thread-safe; each entry is used on its event loop only.
 */
final class SharedConnections {
    private static final Logger log = LoggerFactory.getLogger(SharedConnections.class);

    private static final int MAX_EDGES = 256;
    private static final long ASK_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(10);
    private static final int MAX_WINDOW_BYTES = 4 << 20;

    private final EdgeDialer dialer;
    private final Map<Key, Entry> entries = new ConcurrentHashMap<>();
    private final WindowReserve windows = WindowReserve.ofProcess();
    private volatile boolean closed;

    SharedConnections(EdgeDialer dialer) {
        this.dialer = dialer;
    }

    private record Key(
            EventLoop loop, String host, int port, @Nullable InetSocketAddress address) {}

    private enum State {
        SEEN_ONCE,
        ASKING,
        SHARED,
        REFUSED
    }

    /** What is known of one edge on one loop. */
    private static final class Entry {
        State state = State.SEEN_ONCE;

        volatile @Nullable MuxConnection connection;

        long refusedNanos;
    }

    /** Closes all; new ones are closed as soon as they are there. */
    void close() {
        closed = true;
        for (Entry entry : entries.values()) {
            MuxConnection connection = entry.connection;
            if (connection != null) {
                connection.close(Http2Error.NO_ERROR.code(), "");
            }
        }
    }

    /** Finds a connection that takes another stream; the second call for an edge starts to find out whether there will be one. */
    @Nullable
    MuxConnection find(EventLoop loop, AccessTarget target) {
        Key key = new Key(loop, target.host(), target.port(), target.connectTo());
        Entry entry = entries.get(key);
        if (entry == null) {
            if (entries.size() < MAX_EDGES) {
                entries.put(key, new Entry());
            }
            return null;
        }
        switch (entry.state) {
            case SEEN_ONCE -> ask(key, entry, target);
            case REFUSED -> {
                if (loop.ticker().nanoTime() - entry.refusedNanos > ASK_AGAIN_NANOS) {
                    ask(key, entry, target);
                }
            }
            case ASKING -> {}
            case SHARED -> {
                MuxConnection connection = entry.connection;
                return connection != null && connection.canOpen() ? connection : null;
            }
        }
        return null;
    }

    private void ask(Key key, Entry entry, AccessTarget target) {
        entry.state = State.ASKING;
        dialer.dialHttp2(key.loop(), target).addListener((Future<Channel> f) -> {
            if (!f.isSuccess()) {
                refused(key, entry);
                return;
            }
            Channel channel = f.getNow();
            SslHandler tls = channel.pipeline().get(SslHandler.class);
            if (tls == null || !ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol())) {
                channel.close();
                refused(key, entry);
                return;
            }
            MuxConfig config = MuxConfig.builder(Role.CLIENT)
                    .maxWindowBytes(MAX_WINDOW_BYTES)
                    .reserve(windows)
                    .build();
            MuxConnection.start(channel, config, new Watch(key, entry));
            channel.config().setAutoRead(true);
        });
    }

    private static void refused(Key key, Entry entry) {
        entry.state = State.REFUSED;
        entry.refusedNanos = key.loop().ticker().nanoTime();
    }

    /** Puts a connection into use when its peer's SETTINGS allow it, and out of use at its end. */
    private final class Watch implements ConnectionListener {
        private final Key key;
        private final Entry entry;

        Watch(Key key, Entry entry) {
            this.key = key;
            this.entry = entry;
        }

        @Override
        public void ready(MuxConnection connection) {
            if (connection.peerTakesExtendedConnect()) {
                entry.connection = connection;
                entry.state = State.SHARED;
                if (closed) {
                    connection.close(Http2Error.NO_ERROR.code(), "");
                }
                log.debug("[{}] connections share one HTTP/2 connection", key.host());
            } else {
                refused(key, entry);
                connection.close(Http2Error.NO_ERROR.code(), "");
            }
        }

        @Override
        public StreamListener streamOpened(MuxStream stream, Http2Headers head, boolean endOfStream) {
            throw new IllegalStateException("a stream opened by the edge");
        }

        @Override
        public void goAwayReceived(MuxConnection connection, int lastStreamId, long errorCode, String debugText) {
            forget(connection);
        }

        @Override
        public void closed(MuxConnection connection, ConnectionException cause) {
            if (entry.state == State.ASKING) {
                refused(key, entry);
            }
            forget(connection);
        }

        private void forget(MuxConnection connection) {
            if (entry.connection == connection) {
                entry.connection = null;
                entry.state = State.SEEN_ONCE;
            }
        }
    }
}
