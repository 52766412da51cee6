package io.tunnel4j.edge.state;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.store.Document;
import java.time.Instant;
import java.util.UUID;

/**
 * What the edge pushes to the connectors of a remotely managed tunnel. Immutable.
 *
 * @param tunnelId whose it is
 * @param version grows by one with each change, from 0
 * @param json the {@code config} object of the push
 * @param createdAt when this version was made
 */
public record TunnelConfiguration(UUID tunnelId, int version, String json, Instant createdAt) {
    /** Checks that nothing is missing. */
    public TunnelConfiguration {
        requireNonNull(tunnelId, "tunnelId");
        requireNonNull(json, "json");
        requireNonNull(createdAt, "createdAt");
    }

    Document toDocument() {
        JsonObject fields = new JsonObject();
        fields.addProperty("version", version);
        fields.addProperty("config", json);
        Fields.put(fields, "created_at", createdAt);
        return Document.of(Kind.CONFIGURATION, tunnelId.toString(), 0, fields.toString(), new byte[0]);
    }

    static TunnelConfiguration from(Document document) {
        Fields fields = Fields.of(document);
        return new TunnelConfiguration(
                UUID.fromString(document.id()),
                fields.number("version"),
                fields.text("config"),
                fields.instant("created_at"));
    }
}
