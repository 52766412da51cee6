package io.tunnel4j.edge.store;

import java.nio.file.Path;
import java.util.List;
import javax.sql.DataSource;

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
     * Opens a database file of our own (H2, embedded), made if it does not exist. Only one process can have it open. Needs the H2 driver and Flyway on the
     * class path.
     *
     * @param file path without the suffix {@code .mv.db} that H2 appends
     * @param key encrypts secrets in it
     * @return the store, its schema up to date
     * @throws StoreException if it cannot be opened
     */
    static EdgeStore file(Path file, StoreKey key) {
        return JdbcStore.open(H2Database.at(file), key);
    }

    /**
     * Opens a PostgreSQL database, which several edges may share. Needs its driver and Flyway on the class path.
     *
     * @param url e.g. {@code jdbc:postgresql://db.internal:5432/edge}; TLS and other settings as the driver's documentation says
     * @param user may create tables in it
     * @param password the user's password; may be empty
     * @param key encrypts secrets in it; the same on all edges
     * @return the store, its schema up to date
     * @throws StoreException if it cannot be opened
     */
    static EdgeStore postgresql(String url, String user, String password, StoreKey key) {
        return JdbcStore.open(PostgresDatabase.at(url, user, password), key);
    }

    /**
     * Uses a database that the caller has opened, H2 or PostgreSQL, e.g. behind a pool of its own.
     *
     * @param database gives connections; stays the caller's
     * @param key encrypts secrets in it; the same on all edges
     * @return the store, its schema up to date
     * @throws StoreException if it cannot be opened
     */
    static EdgeStore jdbc(DataSource database, StoreKey key) {
        return JdbcStore.open(database, key);
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
