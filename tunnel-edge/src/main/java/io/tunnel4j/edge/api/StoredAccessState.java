package io.tunnel4j.edge.api;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.AccessState;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.store.Document;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Access knows, kept in the edge's state. Thread-safe; reading does not block.
 *
 * <p>A value that cannot be read is left out and named in the log: what it would have allowed is not allowed.
 */
public final class StoredAccessState implements AccessState {
    private static final Logger log = LoggerFactory.getLogger(StoredAccessState.class);

    private record Values(Map<String, Document> source, Map<String, ?> values) {}

    private final EdgeState state;
    private final Map<AccessKind<?>, Values> read = new ConcurrentHashMap<>();

    /**
     * Reads and writes a state.
     *
     * @param state where the values are kept
     */
    public StoredAccessState(EdgeState state) {
        this.state = requireNonNull(state, "state");
    }

    @Override
    public long version() {
        return state.current().revision();
    }

    @Override
    @SuppressWarnings("unchecked") // read() puts only values of the kind it is asked for
    public <T> Map<String, T> all(AccessKind<T> kind) {
        Map<String, Document> source = state.current().documents(kind.name());
        Values known = read.get(kind);
        if (known == null || known.source() != source) {
            known = new Values(source, read(kind, source));
            read.put(kind, known);
        }
        return (Map<String, T>) known.values();
    }

    private static <T> Map<String, T> read(AccessKind<T> kind, Map<String, Document> documents) {
        Map<String, T> values = new HashMap<>();
        documents.forEach((id, document) -> {
            try {
                JsonObject json = JsonParser.parseString(document.json()).getAsJsonObject();
                values.put(id, kind.read(json, document.secret()));
            } catch (RuntimeException e) {
                log.error("stored {} {} cannot be read and is left out", kind.name(), id, e);
            }
        });
        return Map.copyOf(values);
    }

    @Override
    public <T> CompletionStage<Void> save(AccessKind<T> kind, T value) {
        return state.change("edge", kind.name() + ".save", draft -> {
                    AccessDocuments.store(draft, kind, value);
                    return value;
                })
                .thenAccept(saved -> {});
    }

    @Override
    public CompletionStage<Void> delete(AccessKind<?> kind, String id) {
        return state.change("edge", kind.name() + ".delete", draft -> {
                    draft.delete(kind.name(), id);
                    draft.subject(id);
                    return id;
                })
                .thenAccept(deleted -> {});
    }
}
