package io.tunnel4j.mux;

import static io.netty.handler.codec.http2.Http2Error.ENHANCE_YOUR_CALM;
import static io.netty.handler.codec.http2.Http2Exception.connectionError;

import io.netty.handler.codec.http2.Http2Exception;
import java.util.concurrent.TimeUnit;

/**
 * Counts frames that cost us work and the peer nothing, per 30 seconds. Over a limit the connection ends with ENHANCE_YOUR_CALM.
 * Confined to the connection's event loop.
 */
final class FloodGuard {
    /** PING frames per 30 s: a peer that measures bandwidth sends one per round trip, 1 ms at the least. */
    static final int MAX_PINGS = 30_000;

    /** SETTINGS frames per 30 s; each must be answered. */
    static final int MAX_SETTINGS = 300;

    /** PRIORITY frames, which we ignore, per 30 s. */
    static final int MAX_IGNORED = 30_000;

    private static final long PERIOD_NANOS = TimeUnit.SECONDS.toNanos(30);

    private final int maxResets;
    private long periodStartNanos;
    private int resets;
    private int pings;
    private int settings;
    private int ignored;

    FloodGuard(int maxResets, long nowNanos) {
        this.maxResets = maxResets;
        periodStartNanos = nowNanos;
    }

    /** A stream that the peer reset, or made us reset. */
    void reset(long nowNanos) throws Http2Exception {
        if (maxResets > 0) {
            startPeriod(nowNanos);
            check(++resets, maxResets, "RST_STREAM");
        }
    }

    void ping(long nowNanos) throws Http2Exception {
        startPeriod(nowNanos);
        check(++pings, MAX_PINGS, "PING");
    }

    void settings(long nowNanos) throws Http2Exception {
        startPeriod(nowNanos);
        check(++settings, MAX_SETTINGS, "SETTINGS");
    }

    void ignored(long nowNanos) throws Http2Exception {
        startPeriod(nowNanos);
        check(++ignored, MAX_IGNORED, "PRIORITY");
    }

    private void startPeriod(long nowNanos) {
        if (nowNanos - periodStartNanos >= PERIOD_NANOS) {
            periodStartNanos = nowNanos;
            resets = 0;
            pings = 0;
            settings = 0;
            ignored = 0;
        }
    }

    private static void check(int count, int max, String type) throws Http2Exception {
        if (count > max) {
            throw connectionError(ENHANCE_YOUR_CALM, "more than %d %s frames in 30 s", max, type);
        }
    }
}
