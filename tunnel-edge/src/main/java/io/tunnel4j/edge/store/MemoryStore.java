package io.tunnel4j.edge.store;

import io.tunnel4j.edge.store.StoreException.Reason;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Documents in a map. Thread-safe: every method holds the one lock. */
final class MemoryStore implements EdgeStore {
    private static final int MAX_AUDIT = 10_000;

    /** Traces of deletions are kept so long, since two states may share one memory store. */
    private static final int MAX_DELETED = 10_000;

    private record Key(String kind, String id) {}

    private final Map<Key, Document> documents = new LinkedHashMap<>();
    private final Map<Key, Document> deleted = new LinkedHashMap<>();
    private final Deque<AuditEntry> audit = new ArrayDeque<>();
    private long revision;
    private long sequence;
    private boolean closed;

    @Override
    public synchronized Contents load() {
        checkOpen();
        return Contents.of(revision, List.copyOf(documents.values()));
    }

    @Override
    public synchronized Contents changesSince(long since) {
        checkOpen();
        List<Document> changes = new ArrayList<>();
        if (since < revision) {
            documents.values().stream().filter(d -> d.revision() > since).forEach(changes::add);
            deleted.values().stream().filter(d -> d.revision() > since).forEach(changes::add);
        }
        return Contents.of(revision, changes);
    }

    @Override
    public synchronized long commit(long expectedRevision, List<Document> changes, AuditEntry entry) {
        checkOpen();
        Commits.check(changes);
        if (expectedRevision != revision) {
            throw Commits.conflict(expectedRevision, revision);
        }
        revision++;
        for (Document change : changes) {
            Key key = new Key(change.kind(), change.id());
            (change.isDeleted() ? documents : deleted).remove(key);
            (change.isDeleted() ? deleted : documents).put(key, change.at(revision));
        }
        while (deleted.size() > MAX_DELETED) {
            deleted.remove(deleted.keySet().iterator().next());
        }
        audit.addFirst(AuditEntry.stored(++sequence, entry.at(), entry.actor(), entry.action(), entry.subject()));
        if (audit.size() > MAX_AUDIT) {
            audit.removeLast();
        }
        return revision;
    }

    @Override
    public synchronized List<AuditEntry> audit(long before, int limit) {
        checkOpen();
        return audit.stream().filter(e -> e.sequence() < before).limit(limit).toList();
    }

    @Override
    public synchronized void close() {
        closed = true;
        documents.clear();
        deleted.clear();
        audit.clear();
    }

    private void checkOpen() {
        if (closed) {
            throw new StoreException(Reason.UNAVAILABLE, "store is closed", null);
        }
    }
}
