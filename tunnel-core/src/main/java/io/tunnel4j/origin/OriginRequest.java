package io.tunnel4j.origin;

import io.tunnel4j.AccessIdentity;
import io.tunnel4j.mux.FlatHeaders;
import io.tunnel4j.mux.MuxStream;
import org.jspecify.annotations.Nullable;

/** A stream that an origin is to serve, and who hears how it went. Confined to the stream's event loop. */
public final class OriginRequest {
    private final MuxStream stream;
    private final FlatHeaders head;
    private final boolean endOfStream;
    private final ExchangeReport report;
    private @Nullable AccessIdentity identity;

    /**
     * Creates a request.
     *
     * @param stream the stream
     * @param head its first fields
     * @param endOfStream true when the request has no body
     * @param report hears how it went
     */
    public OriginRequest(MuxStream stream, FlatHeaders head, boolean endOfStream, ExchangeReport report) {
        this.stream = stream;
        this.head = head;
        this.endOfStream = endOfStream;
        this.report = report;
    }

    /**
     * Returns the stream.
     *
     * @return the stream
     */
    public MuxStream stream() {
        return stream;
    }

    /**
     * Returns the request's fields.
     *
     * @return the fields, pseudo fields first
     */
    public FlatHeaders head() {
        return head;
    }

    /**
     * Tells whether the request has no body.
     *
     * @return true when the stream's peer had ended with the head
     */
    public boolean endOfStream() {
        return endOfStream;
    }

    ExchangeReport report() {
        return report;
    }

    @Nullable
    AccessIdentity identity() {
        return identity;
    }

    void identity(AccessIdentity verified) {
        identity = verified;
    }
}
