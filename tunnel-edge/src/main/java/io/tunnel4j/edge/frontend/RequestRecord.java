package io.tunnel4j.edge.frontend;

import io.netty.util.AsciiString;
import io.tunnel4j.edge.RequestEvent;
import io.tunnel4j.edge.RequestEvent.Outcome;
import io.tunnel4j.edge.registry.ConnectorConnection;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What counters, access log and failure log are told when an exchange ends. Confined to the client connection's event loop. */
final class RequestRecord {
    private static final Logger log = LoggerFactory.getLogger(RequestRecord.class);

    private final Site site;
    private final LoopState loop;
    private final RequestFacts facts;
    private final AsciiString id;
    private final long startNanos;
    private final @Nullable Instant at;

    /** The connection outlives its place in the exchange. */
    private @Nullable ConnectorConnection servedBy;

    private long firstByteNanos;
    private int status;
    private long responseBytes;

    RequestRecord(Site site, LoopState loop, RequestFacts facts, AsciiString id) {
        this.site = site;
        this.loop = loop;
        this.facts = facts;
        this.id = id;
        this.startNanos = loop.loop().ticker().nanoTime();
        this.at = site.accessLog == null ? null : Instant.now();
    }

    void servedBy(ConnectorConnection connection) {
        servedBy = connection;
    }

    /** The final head goes to the client now. */
    void answered(int newStatus) {
        status = newStatus;
        firstByteNanos = loop.loop().ticker().nanoTime();
    }

    void wrote(int bytes) {
        responseBytes += bytes;
    }

    void ended(Outcome outcome, long requestBytes) {
        site.counters.ended(outcome, status, requestBytes, responseBytes);
        boolean failed = outcome == Outcome.BROKEN
                || outcome == Outcome.TIMED_OUT
                || (outcome == Outcome.ANSWERED && status >= 500);
        if (site.accessLog != null) {
            tell(site.accessLog, outcome, requestBytes);
        }
        if (failed && site.failureLog != null) {
            tell(site.failureLog, outcome, requestBytes);
        }
    }

    private RequestEvent event(Outcome outcome, long requestBytes) {
        long now = loop.loop().ticker().nanoTime();
        long first = firstByteNanos == 0 ? now : firstByteNanos;
        RequestEvent.Result result = new RequestEvent.Result(
                outcome,
                status,
                requestBytes,
                responseBytes,
                Duration.ofNanos(first - startNanos),
                Duration.ofNanos(now - startNanos));
        return facts.event(id, at == null ? Instant.now() : at, result, servedBy);
    }

    private void tell(Consumer<RequestEvent> listener, Outcome outcome, long requestBytes) {
        try {
            listener.accept(event(outcome, requestBytes));
        } catch (RuntimeException e) {
            log.warn("listener failed on the end of request {}", id, e);
        }
    }
}
