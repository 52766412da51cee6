package io.tunnel4j.mux;

import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * What all streams of a connection together may have under way towards us: as much as one stream needs, and more while streams are not read.
 *
 * <p>What a stream's consumer leaves lying counts against the connection's window too, so a few consumers that have stalled would use it up, and every other
 * stream would wait for them. Therefore the window doubles while more than a quarter of it lies, up to {@link #MAX_BYTES} and as far as the reserve reaches, and
 * halves when less than a sixteenth does. Without a reserve only the tuner moves it. When it cannot be widened any more, the connection gives up streams that
 * have stalled.
 *
 * <p>Credit that the peer has been given cannot be taken back; it is not renewed. Confined to the connection's event loop.
 */
final class ConnectionWindow {
    /** Bound to which it is widened for streams that are not read. */
    static final int MAX_BYTES = 64 << 20;

    private static final int WIDENED_ABOVE = 4;
    private static final int NARROWED_BELOW = 16;

    /** What lies is never renewed: beyond this share of the window there would be no more credit for anybody. */
    private static final float WIDE_RATIO = 0.9f;

    private final DefaultHttp2LocalFlowController flow;
    private final Http2Stream connection;
    private final @Nullable WindowReserve reserve;
    private int usualBytes;
    private int wideBytes;
    private long reservedBytes;

    ConnectionWindow(Http2Connection http2, MuxConfig config) {
        flow = (DefaultHttp2LocalFlowController) http2.local().flowController();
        connection = http2.connectionStream();
        reserve = config.reserve;
        usualBytes = config.connectionWindowBytes;
    }

    int bytes() {
        return Math.max(usualBytes, wideBytes);
    }

    /** Makes the window what it should be; true if there is a WINDOW_UPDATE to flush. */
    boolean apply() throws Http2Exception {
        int delta = bytes() - flow.initialWindowSize(connection);
        if (delta == 0) {
            return false;
        }
        float ratio = wideBytes > usualBytes ? WIDE_RATIO : DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO;
        flow.incrementWindowSize(connection, delta);
        if (flow.windowUpdateRatio(connection) != ratio) {
            flow.windowUpdateRatio(connection, ratio);
        }
        return true;
    }

    /** What is needed if all that arrives is read. */
    boolean usual(int bytes) throws Http2Exception {
        usualBytes = bytes;
        return apply();
    }

    /** Some data arrived, and has been read or lies; true if there is a WINDOW_UPDATE to flush. */
    boolean received() throws Http2Exception {
        int present = bytes();
        if (reserve == null || flow.unconsumedBytes(connection) <= present / WIDENED_ABOVE) {
            return false;
        }
        int wider = (int) Math.min(MAX_BYTES, 2L * present);
        return wider > present && widen(wider) && apply();
    }

    /** Some of what lay has been read. To be called before it counts, so that what is not needed any more is not renewed. */
    void consumed() throws Http2Exception {
        if (wideBytes > 0 && flow.unconsumedBytes(connection) < bytes() / NARROWED_BELOW) {
            widen(wideBytes / 2 > usualBytes ? wideBytes / 2 : 0);
            apply();
        }
    }

    /** True if more than half of it lies: that it has not been widened means that it cannot be. */
    boolean isUsedUp() {
        return reserve != null && flow.unconsumedBytes(connection) > bytes() / 2;
    }

    private boolean widen(int newBytes) {
        long more = Math.max(0, newBytes - usualBytes) - reservedBytes;
        if (reserve == null || !reserve.take(more)) {
            return false;
        }
        reservedBytes += more;
        wideBytes = newBytes;
        return true;
    }

    /** The connection is closed. */
    void closed() {
        widen(0);
    }
}
