package io.tunnel4j.edge.state;

import static java.util.Objects.requireNonNull;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.store.Document;

/**
 * A domain below which an account may route hostnames. Immutable.
 *
 * @param id 32 hexadecimal digits
 * @param accountTag the account
 * @param name the domain, e.g. {@code example.com}
 */
public record Zone(String id, String accountTag, String name) {
    /** Checks that nothing is missing. */
    public Zone {
        requireNonNull(id, "id");
        requireNonNull(accountTag, "accountTag");
        requireNonNull(name, "name");
    }

    /**
     * Tells whether a hostname lies in this zone.
     *
     * @param hostname lower case, possibly with a leading {@code *.}
     * @return true for the domain itself and names below it
     */
    public boolean contains(String hostname) {
        return hostname.equals(name) || hostname.endsWith("." + name);
    }

    Document toDocument() {
        JsonObject json = new JsonObject();
        json.addProperty("account", accountTag);
        json.addProperty("name", name);
        return Document.of(Kind.ZONE, id, 0, json.toString(), new byte[0]);
    }

    static Zone from(Document document) {
        Fields json = Fields.of(document);
        return new Zone(document.id(), json.text("account"), json.text("name"));
    }
}
