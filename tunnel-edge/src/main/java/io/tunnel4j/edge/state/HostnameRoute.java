package io.tunnel4j.edge.state;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.store.Document;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A public hostname and the tunnels that serve it. Immutable.
 *
 * @param hostname lower case; exact, {@code *.suffix} for every name below the suffix, or {@code *}
 * @param targets at least one, with distinct tunnels
 * @param createdAt when the name was first routed
 */
public record HostnameRoute(String hostname, List<Target> targets, Instant createdAt) {
    /** Tunnels behind one name. */
    public static final int MAX_TARGETS = 32;

    /**
     * A tunnel and its share.
     *
     * @param tunnelId the tunnel
     * @param weight its share relative to the other targets', 0 to 1000; 0 takes part only if no other can
     */
    public record Target(UUID tunnelId, int weight) {
        /** Largest share. */
        public static final int MAX_WEIGHT = 1000;

        /** Checks the range. */
        public Target {
            requireNonNull(tunnelId, "tunnelId");
            if (weight < 0 || weight > MAX_WEIGHT) {
                throw new IllegalArgumentException("weight: " + weight + " (expected: 0 to " + MAX_WEIGHT + ")");
            }
        }
    }

    /** Checks that nothing is missing. */
    public HostnameRoute {
        requireNonNull(hostname, "hostname");
        requireNonNull(createdAt, "createdAt");
        targets = List.copyOf(targets);
        if (targets.isEmpty() || targets.size() > MAX_TARGETS) {
            throw new IllegalArgumentException(
                    hostname + ": " + targets.size() + " targets (expected: 1 to " + MAX_TARGETS + ")");
        }
    }

    /**
     * Tells whether a tunnel serves this name.
     *
     * @param tunnelId the tunnel
     * @return true if it is a target
     */
    public boolean leadsTo(UUID tunnelId) {
        return targets.stream().anyMatch(target -> target.tunnelId().equals(tunnelId));
    }

    Document toDocument() {
        JsonArray list = new JsonArray();
        for (Target target : targets) {
            JsonObject item = new JsonObject();
            item.addProperty("tunnel", target.tunnelId().toString());
            item.addProperty("weight", target.weight());
            list.add(item);
        }
        JsonObject json = new JsonObject();
        json.add("targets", list);
        Fields.put(json, "created_at", createdAt);
        return Document.of(Kind.HOSTNAME_ROUTE, hostname, 0, json.toString(), new byte[0]);
    }

    static HostnameRoute from(Document document) {
        Fields fields = Fields.of(document);
        List<Target> targets = new ArrayList<>();
        try {
            for (JsonElement item : fields.json().getAsJsonArray("targets")) {
                JsonObject target = item.getAsJsonObject();
                targets.add(new Target(
                        UUID.fromString(target.get("tunnel").getAsString()),
                        target.get("weight").getAsInt()));
            }
            return new HostnameRoute(document.id(), targets, fields.instant("created_at"));
        } catch (IllegalStateException | IllegalArgumentException | NullPointerException e) {
            throw Fields.unreadable(document, "targets", e);
        }
    }
}
