package io.tunnel4j.edge.store;

import java.util.List;

/**
 * Keeps an edge's documents and its audit log. Thread-safe. Every method may block on a disk or network, so none is called on an event loop.
 *
 * <p>There is one revision for the whole store; each commit adds one to it. A commit names the revision it was computed from and is refused
 * when somebody else came first, so what was checked before it (a free name, a limit) still holds when it is written, with any number of nodes.
 * Commits are rare: they come from operators, not from traffic.
 *
 * <p>All methods throw {@link StoreException}. A store that cannot be reached keeps trying on every call; the edge goes on with the state it last read.
 */
public interface EdgeStore extends AutoCloseable {
    /** Documents that one commit may change. */
    int MAX_CHANGES = 1000;

    /**
     * Makes a store that forgets everything when it is closed.
     *
     * @return an empty store
     */
    static EdgeStore inMemory() {
        return new MemoryStore();
    }

    /**
     * Reads everything.
     *
     * @return all documents that exist
     */
    Contents load();

    /**
     * Reads what other nodes wrote.
     *
     * @param revision the last revision the caller knows
     * @return documents written or deleted by later commits, each in its newest state; a few already known may be among them
     */
    Contents changesSince(long revision);

    /**
     * Writes some documents and a line of the audit log, all or none.
     *
     * @param expectedRevision the revision this commit was computed from
     * @param changes up to {@value #MAX_CHANGES} documents as they shall be; deleted ones as {@link Document#deleted}; their revision is ignored
     * @param audit who did what
     * @return the new revision
     * @throws StoreException with {@link StoreException.Reason#CONFLICT} if the store's revision is another one
     */
    long commit(long expectedRevision, List<Document> changes, AuditEntry audit);

    /**
     * Reads the audit log, newest first. The log is bounded: the oldest lines make room.
     *
     * @param before only lines with a smaller sequence; {@link Long#MAX_VALUE} for the newest
     * @param limit at most that many
     * @return the lines
     */
    List<AuditEntry> audit(long before, int limit);

    /** Releases what was opened. Idempotent; later calls of other methods fail as unavailable. */
    @Override
    void close();
}
