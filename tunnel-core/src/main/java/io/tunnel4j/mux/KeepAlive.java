package io.tunnel4j.mux;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices a dead peer: preface and SETTINGS within their time, then a PING after silence and a frame within the deadline.
 *
 * <p>States: AWAITING_SETTINGS, then WATCHING, in which the last PING is answered or outstanding. Every PING has a number, so that the answer to
 * one that was given up is not taken for the answer to the next. One timer per connection. Confined to the connection's event loop.
 */
final class KeepAlive {
    /** Marks the PING after which a drained connection is closed. */
    static final long LAST_PING_PAYLOAD = 0x7434_6a62_7965_2121L;

    private static final long PING_PAYLOAD = 0x7434_6a70_0000_0000L;
    private static final long ANSWERED = 0;

    private final Http2Mux mux;
    private final MuxConfig config;
    private @Nullable ScheduledFuture<?> timer;
    private boolean ready;

    /** Any frame proves that the peer lives; when each came is not recorded. */
    private long frames;

    private long framesAtTick;
    private long quietSinceNanos;
    private long startNanos;

    private int pings;
    private long outstanding = ANSWERED;
    private long pingSentNanos;

    /** Whether the outstanding PING was sent because of silence, which has lasted since. */
    private boolean asking;

    private volatile long roundTripNanos;

    KeepAlive(Http2Mux mux, MuxConfig config) {
        this.mux = mux;
        this.config = config;
    }

    void start() {
        startNanos = mux.nowNanos();
        quietSinceNanos = startNanos;
        schedule(config.helloTimeout.toNanos());
    }

    void peerReady() {
        ready = true;
        cancel();
        schedule(tickNanos());
    }

    void frameReceived() {
        frames++;
    }

    /** Sends a PING to measure by, unless one is outstanding; tells whether it did. */
    boolean sendPing() {
        return outstanding == ANSWERED && sendNext();
    }

    private boolean sendNext() {
        ChannelHandlerContext ctx = mux.handler().context();
        if (ctx == null) {
            return false;
        }
        outstanding = PING_PAYLOAD + Integer.toUnsignedLong(++pings);
        pingSentNanos = mux.nowNanos();
        mux.handler().encoder().writePing(ctx, false, outstanding, ctx.newPromise());
        mux.scheduleFlush();
        return true;
    }

    /** Sends the PING whose answer proves that the peer has read all that went before. */
    void sendLastPing() {
        ChannelHandlerContext ctx = mux.handler().context();
        if (ctx != null) {
            mux.handler().encoder().writePing(ctx, false, LAST_PING_PAYLOAD, ctx.newPromise());
            mux.scheduleFlush();
        }
    }

    /** Asks now, if nobody is asking; without any frame within the limit the peer counts as dead. */
    void probe(long limitNanos) {
        sendPing();
        long framesBefore = frames;
        mux.eventLoop()
                .schedule(
                        () -> {
                            if (frames == framesBefore) {
                                dead(limitNanos);
                            }
                        },
                        limitNanos,
                        TimeUnit.NANOSECONDS);
    }

    private void dead(long limitNanos) {
        mux.fail(
                Http2Error.NO_ERROR.code(),
                Initiator.LOCAL,
                "no answer to PING within " + TimeUnit.NANOSECONDS.toMillis(limitNanos) + " ms",
                null);
    }

    /** Takes an answer; true if it is that of the outstanding PING. */
    boolean pingAnswered(long payload) {
        if (payload != outstanding || outstanding == ANSWERED) {
            return false;
        }
        outstanding = ANSWERED;
        long sample = mux.nowNanos() - pingSentNanos;
        roundTripNanos = roundTripNanos == 0 ? sample : roundTripNanos - roundTripNanos / 8 + sample / 8;
        return true;
    }

    long roundTripNanos() {
        return roundTripNanos;
    }

    private long tickNanos() {
        long interval = config.pingInterval.toNanos();
        return interval == 0 ? TimeUnit.SECONDS.toNanos(15) : Math.max(1, interval / 2);
    }

    private void tick() {
        timer = null;
        long now = mux.nowNanos();
        if (!ready) {
            mux.fail(
                    Http2Error.SETTINGS_TIMEOUT.code(),
                    Initiator.LOCAL,
                    "no SETTINGS within " + TimeUnit.NANOSECONDS.toMillis(now - startNanos) + " ms",
                    null);
            return;
        }
        if (frames != framesAtTick) {
            framesAtTick = frames;
            quietSinceNanos = now;
            asking = false;
        }
        mux.idleTick();
        if (!config.pingInterval.isZero() && !watch(now)) {
            return;
        }
        schedule(asking ? Math.min(tickNanos(), config.pingTimeout.toNanos()) : tickNanos());
    }

    /** Asks after silence; false if the peer is dead. */
    private boolean watch(long now) {
        if (asking) {
            if (now - pingSentNanos < config.pingTimeout.toNanos()) {
                return true;
            }
            dead(config.pingTimeout.toNanos());
            return false;
        }
        // Half the interval since the tick that saw the last frame: between one half and the whole since the frame
        // itself.
        if (now - quietSinceNanos >= config.pingInterval.toNanos() / 2) {
            if (outstanding != ANSWERED) {
                mux.sampleLost();
            }
            asking = sendNext();
        }
        return true;
    }

    private void schedule(long nanos) {
        timer = mux.eventLoop().schedule(this::tick, nanos, TimeUnit.NANOSECONDS);
    }

    private void cancel() {
        ScheduledFuture<?> running = timer;
        if (running != null) {
            running.cancel(false);
            timer = null;
        }
    }

    void stop() {
        cancel();
    }
}
