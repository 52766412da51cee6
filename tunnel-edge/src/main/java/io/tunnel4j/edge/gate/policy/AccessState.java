package io.tunnel4j.edge.gate.policy;

import java.util.Map;
import java.util.concurrent.CompletionStage;

/**
 * Everything Access knows, kept in memory for the gate to read and written through to wherever it lasts. Thread-safe.
 *
 * <p>Reading never blocks. A write is seen by readers at the latest when its stage completes.
 */
public interface AccessState {
    /**
     * Returns the number of the current state.
     *
     * @return rises whenever something has changed, here or on another node
     */
    long version();

    /**
     * Returns all values of a kind.
     *
     * @param kind which
     * @param <T> the value
     * @return by id; immutable
     */
    <T> Map<String, T> all(AccessKind<T> kind);

    /**
     * Adds or replaces a value.
     *
     * @param kind which
     * @param value the value
     * @param <T> the value
     * @return completed when it is kept
     */
    <T> CompletionStage<Void> save(AccessKind<T> kind, T value);

    /**
     * Removes a value, if it is there.
     *
     * @param kind which
     * @param id its id
     * @return completed when it is gone
     */
    CompletionStage<Void> delete(AccessKind<?> kind, String id);
}
