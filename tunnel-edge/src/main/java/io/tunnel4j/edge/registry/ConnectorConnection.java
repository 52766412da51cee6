package io.tunnel4j.edge.registry;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.ConnectionException;
import io.tunnel4j.mux.Initiator;
import io.tunnel4j.mux.MuxConnection;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamListener;
import io.tunnel4j.registration.ClientInfo;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One registered connection of a connector.
 *
 * <pre>
 *   SERVING ──unregister, edge drains──► LEAVING ──last stream done, time over──► CLOSED
 *      └────────────────────connection lost───────────────────────────────────────┘
 * </pre>
 *
 * Whoever wants to open a stream takes a place first ({@link ConnectorRegistry#pick}) and gives it back with {@link #release}, exactly once; the
 * count of places decides which connection is picked. {@link #open} is confined to the connection's event loop, everything else is thread-safe.
 */
public final class ConnectorConnection {
    /** The feature with which our connectors announce what {@link #readsOn} tells. */
    private static final String READS_ON = "half_close";

    /** What is left open when streams are done is the control stream; it gets this long to end by itself. */
    private static final Duration CONTROL_STREAM_GRACE = Duration.ofSeconds(2);

    /** Where a connection stands. */
    public enum State {
        /** Takes streams. */
        SERVING,
        /** Takes no new streams, finishes its old ones. */
        LEAVING,
        /** Gone. */
        CLOSED
    }

    private final UUID id;
    private final UUID tunnelId;
    private final ClientInfo client;
    private final int index;
    private final MuxConnection mux;
    private final InetSocketAddress remote;
    private final Instant since;
    private final AtomicInteger openStreams = new AtomicInteger();
    private final AtomicLong streamsOpened = new AtomicLong();
    private volatile State state = State.SERVING;

    ConnectorConnection(
            UUID tunnelId, ClientInfo client, int index, MuxConnection mux, InetSocketAddress remote, Instant since) {
        this.id = UUID.randomUUID();
        this.tunnelId = tunnelId;
        this.client = client;
        this.index = index;
        this.mux = mux;
        this.remote = remote;
        this.since = since;
    }

    /**
     * Opens a stream. A place must have been taken.
     *
     * @param head request fields, pseudo fields first
     * @param endOfStream true when the request has no body
     * @param listener hears what comes back
     * @return the stream
     * @throws ConnectionException with REFUSED_STREAM if the connection is leaving, gone, or at the connector's stream limit; nothing was sent then
     */
    public MuxStream open(Http2Headers head, boolean endOfStream, StreamListener listener) throws ConnectionException {
        assert mux.eventLoop().inEventLoop();
        if (state != State.SERVING) {
            throw new ConnectionException(
                    Http2Error.REFUSED_STREAM.code(), Initiator.LOCAL, "connection is " + state, null);
        }
        MuxStream stream = mux.open(head, endOfStream, listener);
        streamsOpened.incrementAndGet();
        return stream;
    }

    void take() {
        openStreams.incrementAndGet();
    }

    /** Gives a place back. */
    public void release() {
        if (openStreams.decrementAndGet() == 0 && state == State.LEAVING) {
            mux.eventLoop().execute(this::closeWhenDone);
        }
    }

    boolean leave(Duration limit) {
        assert mux.eventLoop().inEventLoop();
        if (state != State.SERVING) {
            return false;
        }
        state = State.LEAVING;
        closeWhenDone();
        mux.eventLoop()
                .schedule(
                        () -> mux.close(Http2Error.NO_ERROR.code(), "time for streams is over"),
                        limit.toNanos(),
                        TimeUnit.NANOSECONDS);
        return true;
    }

    private void closeWhenDone() {
        if (state == State.LEAVING && openStreams.get() == 0) {
            mux.drain(CONTROL_STREAM_GRACE);
        }
    }

    /** Closes at once; thread-safe. */
    void close(String reason) {
        mux.close(Http2Error.NO_ERROR.code(), reason);
    }

    void closed() {
        state = State.CLOSED;
    }

    /**
     * Returns the connection below.
     *
     * @return the multiplexed connection; confined to its event loop but for what it says itself
     */
    public MuxConnection mux() {
        return mux;
    }

    /**
     * Returns the event loop that {@link #open} is confined to.
     *
     * @return the event loop
     */
    public EventLoop eventLoop() {
        return mux.eventLoop();
    }

    /**
     * Returns the edge's id of this connection.
     *
     * @return a random id
     */
    public UUID id() {
        return id;
    }

    /**
     * Returns the tunnel it serves.
     *
     * @return the tunnel id
     */
    public UUID tunnelId() {
        return tunnelId;
    }

    /**
     * Returns what the connector says about itself.
     *
     * @return id, version, architecture, features
     */
    public ClientInfo client() {
        return client;
    }

    /**
     * Tells whether the connector passes on what an origin behind a WebSocket sends after the edge's side has ended; the reference drops it (connector-edge §7).
     *
     * @return whether it announces to
     */
    public boolean readsOn() {
        return client.features().contains(READS_ON);
    }

    /**
     * Returns which of the connector's parallel connections this is.
     *
     * @return 0 to 255
     */
    public int index() {
        return index;
    }

    /**
     * Returns where it comes from.
     *
     * @return the peer's address
     */
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    /**
     * Returns when it registered.
     *
     * @return the time
     */
    public Instant since() {
        return since;
    }

    /**
     * Returns where it stands.
     *
     * @return the state
     */
    public State state() {
        return state;
    }

    /**
     * Returns how many streams it carries, without the control stream.
     *
     * @return 0 or more
     */
    public int openStreams() {
        return openStreams.get();
    }

    /**
     * Returns how many streams it has carried.
     *
     * @return a growing number
     */
    public long streamsOpened() {
        return streamsOpened.get();
    }

    /**
     * Returns how much came from the connector. May lag behind when read on another thread.
     *
     * @return bytes of bodies
     */
    public long bytesIn() {
        return mux.bytesIn();
    }

    /**
     * Returns how much went to the connector. May lag behind when read on another thread.
     *
     * @return bytes of bodies
     */
    public long bytesOut() {
        return mux.bytesOut();
    }

    /**
     * Returns the measured round trip. May lag behind when read on another thread.
     *
     * @return its smoothed time; zero before the first measurement
     */
    public Duration roundTrip() {
        return Duration.ofNanos(mux.roundTripNanos());
    }

    @Override
    public String toString() {
        return "[connector " + client.clientId() + " " + index + " of tunnel " + tunnelId + "]";
    }
}
