package io.tunnel4j.origin;

import io.netty.util.AsciiString;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.StreamListener;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

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
        HeldStream waiting = new HeldStream(request);
        verdict.exceptionally(
                        failure -> AccessCheck.Verdict.invalid("an Access token that cannot be judged: " + failure))
                .thenAccept(later -> request.stream()
                        .eventLoop()
                        .execute(() -> waiting.decided(() -> decide(request, later, next))));
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
}
