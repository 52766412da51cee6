package io.tunnel4j.mux;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Notices a dead peer: preface and SETTINGS within their time, then a PING after silence and a frame within the deadline.
 *
 * <p>States: AWAITING_SETTINGS, then WATCHING, with at most one PING under way. One timer per connection. Confined to the connection's
 * event loop.
 */
final class KeepAlive {
    /** Marks the PING after which a drained connection is closed. */
    static final long LAST_PING_PAYLOAD = 0x7434_6a62_7965_2121L;

    private static final long PING_PAYLOAD = 0x7434_6a74_756e_6e6cL;

    private final Http2Mux mux;
    private final MuxConfig config;
    private @Nullable ScheduledFuture<?> timer;
    private long startNanos;
    private long lastFrameNanos;
    private long pingSentNanos;
    private boolean pingUnderWay;
    private boolean frameSincePing;
    private boolean ready;
    private volatile long roundTripNanos;

    KeepAlive(Http2Mux mux, MuxConfig config) {
        this.mux = mux;
        this.config = config;
    }

    void start() {
        startNanos = mux.nowNanos();
        lastFrameNanos = startNanos;
        schedule(config.settingsTimeout.toNanos());
    }

    void peerReady() {
        ready = true;
        cancel();
        schedule(tickNanos());
    }

    void frameReceived() {
        frameSincePing = true;
    }

    /** Sends a PING unless one is under way. */
    void sendPing() {
        ChannelHandlerContext ctx = mux.handler().context();
        if (pingUnderWay || ctx == null) {
            return;
        }
        pingUnderWay = true;
        frameSincePing = false;
        pingSentNanos = mux.nowNanos();
        mux.handler().encoder().writePing(ctx, false, PING_PAYLOAD, ctx.newPromise());
        mux.scheduleFlush();
    }

    /** Sends the PING whose answer proves that the peer has read all that went before. */
    void sendLastPing() {
        ChannelHandlerContext ctx = mux.handler().context();
        if (ctx != null) {
            mux.handler().encoder().writePing(ctx, false, LAST_PING_PAYLOAD, ctx.newPromise());
            mux.scheduleFlush();
        }
    }

    /** Sends a PING now; without any frame within the limit the peer counts as dead. */
    void probe(long limitNanos) {
        sendPing();
        frameSincePing = false;
        mux.eventLoop()
                .schedule(
                        () -> {
                            if (pingUnderWay && !frameSincePing) {
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

    void pingAnswered() {
        if (!pingUnderWay) {
            return;
        }
        pingUnderWay = false;
        long sample = mux.nowNanos() - pingSentNanos;
        roundTripNanos = roundTripNanos == 0 ? sample : roundTripNanos - roundTripNanos / 8 + sample / 8;
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
        if (frameSincePing) {
            // Any frame proves that the peer lives, so the exact time of each is not recorded.
            lastFrameNanos = now;
        }
        mux.idleTick();
        if (!config.pingInterval.isZero()) {
            if (pingUnderWay && !frameSincePing && now - pingSentNanos >= config.pingTimeout.toNanos()) {
                dead(config.pingTimeout.toNanos());
                return;
            }
            if (frameSincePing) {
                pingUnderWay = false;
                frameSincePing = false;
            } else if (now - lastFrameNanos >= config.pingInterval.toNanos() / 2) {
                sendPing();
            }
        }
        schedule(pingUnderWay ? Math.min(tickNanos(), config.pingTimeout.toNanos()) : tickNanos());
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
