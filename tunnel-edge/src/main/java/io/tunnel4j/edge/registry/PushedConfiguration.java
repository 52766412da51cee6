package io.tunnel4j.edge.registry;

import static java.util.Objects.requireNonNull;

/**
 * A configuration for the connectors of one tunnel.
 *
 * @param version grows with every change
 * @param json the content, a JSON object
 */
public record PushedConfiguration(int version, String json) {
    /** Checks. */
    public PushedConfiguration {
        requireNonNull(json, "json");
        if (version < 0) {
            throw new IllegalArgumentException("version: " + version + " (expected: >= 0)");
        }
    }
}
