package io.tunnel4j.edge.api;

import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.state.Kind;
import io.tunnel4j.edge.store.Document;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Keeps what locally configured connectors say they run with; {@code GET …/configurations} shows it. Thread-safe. */
public final class ReportedConfigurations {
    private static final int MAX_BYTES = 1 << 20;

    private ReportedConfigurations() {}

    /**
     * Keeps a report unless it is the one that is kept already.
     *
     * @param state where
     * @param tunnelId the connector's tunnel
     * @param connectorId who reports
     * @param json the report
     * @return completes with whether anything changed; fails if it is no JSON object, is larger than 1 MiB, or the store is lost
     */
    public static CompletionStage<Boolean> keep(EdgeState state, UUID tunnelId, UUID connectorId, String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > MAX_BYTES) {
            return CompletableFuture.failedFuture(new IllegalArgumentException(
                    "report of " + bytes.length + " bytes (expected: up to " + MAX_BYTES + ")"));
        }
        return state.change("connector " + connectorId, "configuration.report", draft -> {
            String text = StrictJson.object(bytes).toString();
            String id = tunnelId.toString();
            Document kept = draft.state().documents(Kind.LOCAL_CONFIGURATION).get(id);
            boolean isNew = draft.state().tunnel(tunnelId).isPresent()
                    && (kept == null || !kept.json().equals(text));
            if (isNew) {
                draft.put(Kind.LOCAL_CONFIGURATION, id, text);
                draft.subject(id);
            }
            return isNew;
        });
    }
}
