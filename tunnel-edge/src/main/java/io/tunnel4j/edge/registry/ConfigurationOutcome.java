package io.tunnel4j.edge.registry;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a connector made of a pushed configuration.
 *
 * @param pushedVersion the version it was sent
 * @param appliedVersion the version it runs with now; -1 for none or unknown
 * @param error why it did not take it, as it said or as the push failed; null if it did
 * @param at when the answer came
 */
public record ConfigurationOutcome(
        int pushedVersion, int appliedVersion, @Nullable String error, Instant at) {
    /** Checks. */
    public ConfigurationOutcome {
        requireNonNull(at, "at");
    }

    /**
     * Tells whether the connector runs with at least the pushed version.
     *
     * @return true without an error
     */
    public boolean isApplied() {
        return error == null;
    }
}
