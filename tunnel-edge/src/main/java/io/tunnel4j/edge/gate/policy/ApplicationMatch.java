package io.tunnel4j.edge.gate.policy;

import io.tunnel4j.edge.Application;
import org.jspecify.annotations.Nullable;

/**
 * Which application stands in front of a host and path.
 *
 * @param kind what was found
 * @param application the one that was found; null otherwise
 * @param destination which of its destinations; empty otherwise
 */
public record ApplicationMatch(Kind kind, @Nullable Application application, String destination) {
    static final ApplicationMatch PUBLIC = new ApplicationMatch(Kind.PUBLIC, null, "");
    static final ApplicationMatch AMBIGUOUS = new ApplicationMatch(Kind.AMBIGUOUS, null, "");

    /** What was found. */
    public enum Kind {
        /** No application protects this. */
        PUBLIC,
        /** One application protects this. */
        PROTECTED,
        /** The path can be read in several ways that different applications protect: to be refused. */
        AMBIGUOUS
    }
}
