package io.tunnel4j.edge.gate.policy;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** State that ends with the process. Thread-safe: readers see one immutable map, writers replace it under the monitor. */
public final class InMemoryAccessState implements AccessState {
    private volatile Contents contents = new Contents(0, Map.of());

    /** Creates an empty state. */
    public InMemoryAccessState() {}

    @Override
    public long version() {
        return contents.version;
    }

    @Override
    @SuppressWarnings("unchecked") // save() puts only values of the kind below it
    public <T> Map<String, T> all(AccessKind<T> kind) {
        return (Map<String, T>) contents.kinds.getOrDefault(kind, Map.of());
    }

    @Override
    public synchronized <T> CompletionStage<Void> save(AccessKind<T> kind, T value) {
        Map<String, Object> values = new LinkedHashMap<>(all(kind));
        values.put(kind.id(value), value);
        return replace(kind, values);
    }

    @Override
    public synchronized CompletionStage<Void> delete(AccessKind<?> kind, String id) {
        Map<String, Object> values = new LinkedHashMap<>(all(kind));
        values.remove(id);
        return replace(kind, values);
    }

    private CompletionStage<Void> replace(AccessKind<?> kind, Map<String, Object> values) {
        Map<AccessKind<?>, Map<String, Object>> kinds = new LinkedHashMap<>(contents.kinds);
        kinds.put(kind, Collections.unmodifiableMap(values));
        contents = new Contents(contents.version + 1, Map.copyOf(kinds));
        return CompletableFuture.completedFuture(null);
    }

    private record Contents(long version, Map<AccessKind<?>, Map<String, Object>> kinds) {}
}
