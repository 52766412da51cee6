package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.Policy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the policies of an application say about a request.
 *
 * @param outcome what is to be done
 * @param policy the one that decided; null if none did
 * @param trace a line for each rule that was looked at, for operators; empty unless asked for
 */
public record Verdict(Outcome outcome, @Nullable Policy policy, List<String> trace) {
    /** What is to be done. */
    public enum Outcome {
        /** Passes as if there were no application. */
        BYPASS,
        /** Passes by service token or certificate. */
        SERVICE,
        /** Passes by login. */
        ALLOW,
        /** May pass after login. */
        LOGIN,
        /** Is refused. */
        REFUSE
    }
}
