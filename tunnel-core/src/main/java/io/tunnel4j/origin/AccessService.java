package io.tunnel4j.origin;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.MuxStream;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.mux.StreamListener;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Lets an origin see only requests with a valid Access token. Confined to the event loop. */
final class AccessService implements OriginService {
    private static final AsciiString TOKEN = AsciiString.cached("cf-access-jwt-assertion");

    private final OriginService inner;
    private final AccessCheck check;

    AccessService(OriginService inner, AccessCheck check) {
        this.inner = inner;
        this.check = check;
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        return judge(request, inner::serve);
    }

    @Override
    public StreamListener upgrade(OriginRequest request) {
        return judge(request, inner::upgrade);
    }

    private StreamListener judge(OriginRequest request, Function<OriginRequest, StreamListener> next) {
        CompletableFuture<AccessCheck.Verdict> verdict =
                check.judge(request.head().get(TOKEN));
        AccessCheck.Verdict now = verdict.getNow(null);
        if (now != null) {
            return decide(request, now, next);
        }
        Waiting waiting = new Waiting(request);
        verdict.whenComplete((later, failure) ->
                request.stream().eventLoop().execute(() -> waiting.decided(() -> decide(request, later, next))));
        return waiting;
    }

    private static StreamListener decide(
            OriginRequest request, AccessCheck.Verdict verdict, Function<OriginRequest, StreamListener> next) {
        if (verdict.identity() != null) {
            request.identity(verdict.identity());
            return next.apply(request);
        }
        StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
        if (verdict.status() == 403) {
            answer.send(403, ResponseHeads.bare(403));
        } else {
            answer.fail(new TunnelException(TunnelErrorCode.NOT_AUTHORIZED, "request with " + verdict.why()));
        }
        return answer;
    }

    @Override
    public void retire() {
        inner.retire();
    }

    @Override
    public boolean isEmpty() {
        return inner.isEmpty();
    }

    @Override
    public void close() {
        inner.close();
    }

    /**
     * Stands in for the exchange until keys are here. What arrives is held without giving credit, so that at most a window comes. Confined to the event
     * loop.
     */
    private static final class Waiting implements StreamListener {
        private final OriginRequest request;
        private final Deque<ByteBuf> held = new ArrayDeque<>();
        private @Nullable StreamListener next;
        private @Nullable Http2Headers trailers;
        private boolean ended;
        private boolean closed;

        Waiting(OriginRequest request) {
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
}
