package io.tunnel4j.edge.exchange;

import java.util.concurrent.CompletionStage;

/**
 * Answers requests at the edge itself, whole body in hand. Thread-safe.
 *
 * <p>Called on an event loop: it must not block, and may complete on any thread. A failed stage becomes a 500 without details.
 */
@FunctionalInterface
public interface EdgeService {
    /**
     * Answers a request.
     *
     * @param request with its body
     * @return the answer, later or at once
     */
    CompletionStage<EdgeResponse> serve(EdgeRequest request);
}
