package io.tunnel4j.edge.store;

import java.util.List;

/** What a store holds, or what was written since a revision. Immutable, thread-safe. */
public final class Contents {
    private final long revision;
    private final List<Document> documents;

    private Contents(long revision, List<Document> documents) {
        this.revision = revision;
        this.documents = documents;
    }

    /**
     * Makes contents.
     *
     * @param revision the store's revision when they were read
     * @param documents in any order, each at most once
     * @return the contents
     */
    public static Contents of(long revision, List<Document> documents) {
        return new Contents(revision, List.copyOf(documents));
    }

    /**
     * Returns the store's revision.
     *
     * @return that of the last commit contained here
     */
    public long revision() {
        return revision;
    }

    /**
     * Returns the documents.
     *
     * @return for all: those that exist; for changes: also the traces of deleted ones
     */
    public List<Document> documents() {
        return documents;
    }
}
