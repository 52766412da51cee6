package io.tunnel4j.edge.frontend;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Token buckets by hostname. Thread-safe. Remembers as many names as fit; names the edge does not serve are not asked about. */
final class RateLimiter {
    private static final int MAX_NAMES = 100_000;

    private final double perNano;
    private final int burst;
    private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();

    RateLimiter(int perSecond, int burst) {
        this.perNano = perSecond / 1e9;
        this.burst = burst;
    }

    boolean admit(String host, long nowNanos) {
        if (perNano == 0) {
            return true;
        }
        if (buckets.size() >= MAX_NAMES) {
            buckets.clear();
        }
        return buckets.computeIfAbsent(host, h -> new Bucket(burst, nowNanos)).take(nowNanos, perNano, burst);
    }

    private static final class Bucket {
        private double tokens;
        private long filledNanos;

        Bucket(int tokens, long nowNanos) {
            this.tokens = tokens;
            this.filledNanos = nowNanos;
        }

        synchronized boolean take(long nowNanos, double perNano, int burst) {
            // Clocks of event loops differ by a tick; time does not run backwards here.
            long passed = Math.max(0, nowNanos - filledNanos);
            tokens = Math.min(burst, tokens + passed * perNano);
            filledNanos += passed;
            if (tokens < 1) {
                return false;
            }
            tokens--;
            return true;
        }
    }
}
