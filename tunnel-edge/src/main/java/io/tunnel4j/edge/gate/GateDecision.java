package io.tunnel4j.edge.gate;

import static java.util.Objects.requireNonNull;

import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import java.util.List;
import java.util.Map;

/** What becomes of a public request. Immutable. */
public sealed interface GateDecision {
    /** Goes on to the tunnel as it is. */
    GateDecision PASS = new Pass(List.of(), List.of(), List.of());

    /**
     * Goes on to the tunnel.
     *
     * @param removed names of request fields the origin must not see, besides those the frontend always removes
     * @param requestFields fields added to the request, after the removal
     * @param responseFields fields added to the response, e.g. {@code Set-Cookie}
     */
    record Pass(
            List<String> removed,
            List<Map.Entry<String, String>> requestFields,
            List<Map.Entry<String, String>> responseFields)
            implements GateDecision {
        /** Copies the lists. */
        public Pass {
            removed = List.copyOf(removed);
            requestFields = List.copyOf(requestFields);
            responseFields = List.copyOf(responseFields);
        }
    }

    /**
     * Is answered at once; a body is not read.
     *
     * @param response the answer
     */
    record Answer(EdgeResponse response) implements GateDecision {
        /** Checks that nothing is missing. */
        public Answer {
            requireNonNull(response, "response");
        }
    }

    /**
     * Is answered by the edge once the body is here.
     *
     * @param service what answers
     * @param maxBodyBytes a larger body is refused with 413
     */
    record Serve(EdgeService service, int maxBodyBytes) implements GateDecision {
        /** Checks that nothing is missing. */
        public Serve {
            requireNonNull(service, "service");
        }
    }
}
