package io.tunnel4j.origin;

import com.sun.net.httpserver.HttpHandler;
import io.tunnel4j.mux.StreamListener;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** A handler in this process: each request runs on the executor, no socket in between. Thread-safe. */
final class HandlerService implements OriginService {
    private final HttpHandler handler;
    private final Executor executor;
    private final InProcessContext context;

    HandlerService(HttpHandler handler, Executor executor) {
        this.handler = handler;
        this.executor = executor;
        this.context = new InProcessContext(handler);
    }

    @Override
    public StreamListener serve(OriginRequest request) {
        HandlerExchange exchange = new HandlerExchange(request);
        InProcessHttpExchange seen;
        try {
            seen = new InProcessHttpExchange(exchange, context);
        } catch (IllegalArgumentException malformed) {
            return answer(request, 400);
        }
        try {
            executor.execute(() -> exchange.run(handler, seen));
        } catch (RejectedExecutionException full) {
            return answer(request, 503);
        }
        return exchange;
    }

    private static StreamListener answer(OriginRequest request, int status) {
        StatusService.FixedAnswer answer = new StatusService.FixedAnswer(request);
        answer.send(status, ResponseHeads.bare(status));
        return answer;
    }
}
