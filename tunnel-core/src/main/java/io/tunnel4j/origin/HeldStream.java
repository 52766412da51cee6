package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Stands in for an exchange that cannot begin yet. What arrives is held without giving credit, so that at most a window comes. Confined to the event
 * loop.
 */
final class HeldStream implements StreamListener {
    private final OriginRequest request;
    private final Deque<ByteBuf> held = new ArrayDeque<>();
    private @Nullable StreamListener next;
    private @Nullable Http2Headers trailers;
    private boolean ended;
    private boolean closed;

    HeldStream(OriginRequest request) {
        this.request = request;
    }

    void decided(Supplier<StreamListener> decision) {
        if (closed) {
            return;
        }
        StreamListener listener = decision.get();
        next = listener;
        MuxStream stream = request.stream();
        while (!held.isEmpty()) {
            ByteBuf data = held.remove();
            listener.data(stream, data, held.isEmpty() && ended && trailers == null);
        }
        if (trailers != null) {
            listener.trailers(stream, trailers);
        }
        listener.readComplete(stream);
        stream.flush();
    }

    @Override
    public void data(MuxStream stream, ByteBuf data, boolean endOfStream) {
        if (next != null) {
            next.data(stream, data, endOfStream);
            return;
        }
        ended |= endOfStream;
        held.add(data);
    }

    @Override
    public void trailers(MuxStream stream, Http2Headers fields) {
        if (next != null) {
            next.trailers(stream, fields);
        } else {
            trailers = fields;
        }
    }

    @Override
    public void reset(MuxStream stream, StreamException cause) {
        if (next != null) {
            next.reset(stream, cause);
        }
    }

    @Override
    public void writabilityChanged(MuxStream stream) {
        if (next != null) {
            next.writabilityChanged(stream);
        }
    }

    @Override
    public void readComplete(MuxStream stream) {
        if (next != null) {
            next.readComplete(stream);
        }
    }

    @Override
    public void closed(MuxStream stream) {
        closed = true;
        if (next != null) {
            next.closed(stream);
            return;
        }
        held.forEach(ByteBuf::release);
        held.clear();
        request.report().ended(0, 0, 0, null);
    }
}
