package io.tunnel4j.edge.frontend;

import io.tunnel4j.edge.RequestEvent.Outcome;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** What a frontend has done so far. Thread-safe. */
public final class FrontendCounters {
    private static final int CLASSES = 6;

    private final LongAdder started = new LongAdder();
    private final LongAdder ended = new LongAdder();
    private final LongAdder retried = new LongAdder();
    private final LongAdder requestBytes = new LongAdder();
    private final LongAdder responseBytes = new LongAdder();
    private final LongAdder rejected = new LongAdder();
    private final LongAdder[] byStatusClass = new LongAdder[CLASSES];
    private final Map<Outcome, LongAdder> byOutcome = new EnumMap<>(Outcome.class);

    /** Creates counters at zero. */
    public FrontendCounters() {
        for (int i = 0; i < CLASSES; i++) {
            byStatusClass[i] = new LongAdder();
        }
        for (Outcome outcome : Outcome.values()) {
            byOutcome.put(outcome, new LongAdder());
        }
    }

    void started() {
        started.increment();
    }

    void retried() {
        retried.increment();
    }

    void rejected() {
        rejected.increment();
    }

    void ended(Outcome outcome, int status, long in, long out) {
        ended.increment();
        byStatusClass[status >= 100 && status < 600 ? status / 100 : 0].increment();
        LongAdder adder = byOutcome.get(outcome);
        if (adder != null) {
            adder.increment();
        }
        requestBytes.add(in);
        responseBytes.add(out);
    }

    /**
     * Returns how many requests are under way.
     *
     * @return begun and not ended
     */
    public long active() {
        // In this order: a request that ends in between must not count as minus one.
        long over = ended.sum();
        return Math.max(0, started.sum() - over);
    }

    /**
     * Returns how many requests there were.
     *
     * @return begun ones
     */
    public long requests() {
        return started.sum();
    }

    /**
     * Returns how many requests were sent again over another connection.
     *
     * @return retries
     */
    public long retries() {
        return retried.sum();
    }

    /**
     * Returns how many connections and requests were refused for their form or by a limit.
     *
     * @return refusals
     */
    public long refusals() {
        return rejected.sum();
    }

    /**
     * Returns how many responses of a class there were.
     *
     * @param hundreds 1 to 5; 0 for those without a regular status
     * @return ended requests
     */
    public long responses(int hundreds) {
        return byStatusClass[hundreds].sum();
    }

    /**
     * Returns how many requests ended in a certain way.
     *
     * @param outcome the way
     * @return ended requests
     */
    public long outcomes(Outcome outcome) {
        LongAdder adder = byOutcome.get(outcome);
        return adder == null ? 0 : adder.sum();
    }

    /**
     * Returns how much came from clients.
     *
     * @return bytes of bodies of ended requests
     */
    public long requestBytes() {
        return requestBytes.sum();
    }

    /**
     * Returns how much went to clients.
     *
     * @return bytes of bodies of ended requests
     */
    public long responseBytes() {
        return responseBytes.sum();
    }
}
