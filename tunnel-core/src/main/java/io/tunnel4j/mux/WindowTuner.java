package io.tunnel4j.mux;

import java.util.concurrent.TimeUnit;

/**
 * How large our receive windows should be: more than the bytes that are consumed in one round trip, between the configured first and largest window.
 *
 * <p>A PING marks the start of a round trip; what is consumed until its answer is the bandwidth-delay product as far as the present window
 * lets us see. A sample that fills two thirds of the window makes it four times as large: a transfer spends about one and a half round trips at each
 * size, so that doubling would cost a 200 ms link most of a second (WindowGrowthTest). After a quiet time the window falls back to the first
 * one. Pure arithmetic; the connection sends the PINGs and applies the result. Not thread-safe.
 */
final class WindowTuner {
    private static final int GROWTH = 4;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Bounds the PINGs on a short link, where the first window already suffices. */
    private static final long SAMPLE_GAP_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final int minBytes;
    private final int maxBytes;
    private int windowBytes;
    private long sampleBytes;
    private long sampleStartNanos;
    private long lastDataNanos;
    private boolean sampling;
    private long bytesSinceSample;
    private long sampleEndNanos;
    private long bestBytesPerSecond;

    WindowTuner(int minBytes, int maxBytes, long nowNanos) {
        this.minBytes = minBytes;
        this.maxBytes = Math.max(minBytes, maxBytes);
        this.windowBytes = minBytes;
        this.lastDataNanos = nowNanos;
        this.sampleEndNanos = nowNanos - SAMPLE_GAP_NANOS;
    }

    int windowBytes() {
        return windowBytes;
    }

    /** Counts bytes; true when the caller should send a PING now and report it by {@link #sampleStarted}. */
    boolean consumed(int bytes, long nowNanos) {
        lastDataNanos = nowNanos;
        if (sampling) {
            sampleBytes += bytes;
            return false;
        }
        bytesSinceSample += bytes;
        return windowBytes < maxBytes
                && bytesSinceSample >= windowBytes / 4
                && nowNanos - sampleEndNanos >= SAMPLE_GAP_NANOS;
    }

    void sampleStarted(long nowNanos) {
        sampling = true;
        sampleBytes = 0;
        sampleStartNanos = nowNanos;
    }

    /** Ends the sample; returns true if {@link #windowBytes()} grew. */
    boolean sampleEnded(long nowNanos) {
        if (!sampling) {
            return false;
        }
        sampling = false;
        sampleEndNanos = nowNanos;
        bytesSinceSample = 0;
        long elapsed = Math.max(1, nowNanos - sampleStartNanos);
        long bytesPerSecond = (long) (sampleBytes * 1e9 / elapsed);
        boolean faster = bytesPerSecond > bestBytesPerSecond;
        bestBytesPerSecond = Math.max(bestBytesPerSecond, bytesPerSecond);
        if (faster && sampleBytes * 3 >= windowBytes * 2L && windowBytes < maxBytes) {
            windowBytes = (int) Math.min(maxBytes, (long) GROWTH * windowBytes);
            return true;
        }
        return false;
    }

    /** Ends the sample without a result. */
    void sampleLost() {
        sampling = false;
        bytesSinceSample = 0;
    }

    /** Falls back to the first window after a quiet time; returns true if {@link #windowBytes()} shrank. */
    boolean idleCheck(long nowNanos) {
        if (windowBytes > minBytes && nowNanos - lastDataNanos >= IDLE_NANOS) {
            windowBytes = minBytes;
            bestBytesPerSecond = 0;
            return true;
        }
        return false;
    }
}
