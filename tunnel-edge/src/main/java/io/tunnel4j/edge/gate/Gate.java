package io.tunnel4j.edge.gate;

import io.tunnel4j.edge.exchange.EdgeRequest;
import java.util.function.Consumer;

/**
 * Stands in front of every public request. Thread-safe.
 *
 * <p>Called on the frontend's event loop, so it must not block. The decision is given exactly once, at once or later, on any thread. A
 * gate that cannot decide refuses.
 */
@FunctionalInterface
public interface Gate {
    /** Lets everything pass. */
    Gate OPEN = (request, decision) -> decision.accept(GateDecision.PASS);

    /**
     * Decides about a request.
     *
     * @param request without its body
     * @param decision takes the decision
     */
    void decide(EdgeRequest request, Consumer<GateDecision> decision);
}
