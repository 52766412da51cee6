package io.tunnel4j.edge.store;

import io.tunnel4j.edge.store.StoreException.Reason;
import java.util.List;

/** What every store checks before it writes. */
final class Commits {
    private static final int MAX_KIND = 64;
    private static final int MAX_ID = 512;
    private static final int MAX_JSON = 4 << 20;
    private static final int MAX_SECRET = 64 << 10;

    private Commits() {}

    static void check(List<Document> changes) {
        if (changes.size() > EdgeStore.MAX_CHANGES) {
            throw new IllegalArgumentException(
                    "changes: " + changes.size() + " (expected: up to " + EdgeStore.MAX_CHANGES + ")");
        }
        for (Document change : changes) {
            within(change, "kind", change.kind().length(), MAX_KIND);
            within(change, "id", change.id().length(), MAX_ID);
            if (!change.isDeleted()) {
                within(change, "json", change.json().length(), MAX_JSON);
                within(change, "secret", change.secret().length, MAX_SECRET);
            }
        }
    }

    private static void within(Document change, String what, int length, int most) {
        if (length > most) {
            throw new IllegalArgumentException(
                    change.kind() + " document: " + what + " of length " + length + " (expected: up to " + most + ")");
        }
    }

    static StoreException conflict(long expected, long actual) {
        return new StoreException(
                Reason.CONFLICT, "store is at revision " + actual + " (expected: " + expected + ")", null);
    }
}
