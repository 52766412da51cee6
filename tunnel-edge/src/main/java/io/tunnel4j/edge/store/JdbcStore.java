package io.tunnel4j.edge.store;

import io.tunnel4j.edge.store.StoreException.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Documents in H2 or PostgreSQL over one connection, which is opened when needed and again after it broke.
 *
 * <p>Committing takes a lock on the row that holds the revision, so commits of all nodes are in one order, and a reader that sees a revision sees all that
 * belongs to it. Thread-safe: every method holds the one lock. An idle node costs one small query per poll.
 */
final class JdbcStore implements EdgeStore {
    private static final int MAX_AUDIT = 100_000;

    /** Commits for which deletions are remembered; a node that misses more reads everything. */
    private static final int DELETIONS_KEPT = 100_000;

    private static final int PURGE_EVERY = 1_000;
    private static final int VALIDATION_SECONDS = 2;

    @FunctionalInterface
    private interface Work<T> {
        T on(Connection connection) throws SQLException;
    }

    private final DataSource database;
    private final SecretSeal seal;
    private @Nullable Connection connection;
    private boolean closed;

    private JdbcStore(DataSource database, StoreKey key) {
        this.database = database;
        this.seal = new SecretSeal(key);
    }

    static JdbcStore open(DataSource database, StoreKey key) {
        Schema.migrate(database);
        return new JdbcStore(database, key);
    }

    @Override
    public synchronized Contents load() {
        return reading(open -> {
            long revision = revision(open);
            return Contents.of(revision, documents(open, "json is not null and revision > ?", -1));
        });
    }

    @Override
    public synchronized Contents changesSince(long since) {
        return reading(open -> {
            long revision = revision(open);
            return revision == since
                    ? Contents.of(revision, List.of())
                    : Contents.of(revision, documents(open, "revision > ?", since));
        });
    }

    @Override
    public synchronized long commit(long expectedRevision, List<Document> changes, AuditEntry audit) {
        Commits.check(changes);
        Connection open = validConnection();
        try {
            open.setAutoCommit(false);
            if (!advance(open, expectedRevision)) {
                throw Commits.conflict(expectedRevision, revision(open));
            }
            long revision = expectedRevision + 1;
            for (Document change : changes) {
                write(open, change, revision);
            }
            append(open, revision, audit);
            purge(open, revision);
            open.commit();
            return revision;
        } catch (SQLException e) {
            // Closing rolls back what was not committed, in case the database still listens.
            disconnect();
            throw unavailable(e);
        } finally {
            endTransaction();
        }
    }

    @Override
    public synchronized List<AuditEntry> audit(long before, int limit) {
        return reading(open -> {
            String sql = "select sequence, happened_at, actor, action, subject from edge_audit"
                    + " where sequence < ? order by sequence desc fetch first ? rows only";
            try (PreparedStatement statement = open.prepareStatement(sql)) {
                statement.setLong(1, before);
                statement.setInt(2, limit);
                List<AuditEntry> entries = new ArrayList<>();
                try (ResultSet rows = statement.executeQuery()) {
                    while (rows.next()) {
                        Instant at = rows.getObject(2, OffsetDateTime.class).toInstant();
                        entries.add(AuditEntry.stored(
                                rows.getLong(1), at, rows.getString(3), rows.getString(4), rows.getString(5)));
                    }
                }
                return entries;
            }
        });
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            disconnect();
        }
    }

    /** Reads once more on a new connection if the old one turns out to be dead: the usual sight after the database was restarted. */
    private <T> T reading(Work<T> work) {
        boolean isFresh = connection == null;
        try {
            return work.on(connection());
        } catch (SQLException first) {
            disconnect();
            if (isFresh) {
                throw unavailable(first);
            }
        }
        try {
            return work.on(connection());
        } catch (SQLException second) {
            disconnect();
            throw unavailable(second);
        }
    }

    private Connection validConnection() {
        try {
            if (connection != null && !connection.isValid(VALIDATION_SECONDS)) {
                disconnect();
            }
            return connection();
        } catch (SQLException e) {
            disconnect();
            throw unavailable(e);
        }
    }

    private Connection connection() throws SQLException {
        if (closed) {
            throw new StoreException(Reason.UNAVAILABLE, "store is closed", null);
        }
        Connection open = connection;
        if (open == null) {
            open = database.getConnection();
            open.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
            connection = open;
        }
        return open;
    }

    /** Takes back what {@link #commit} did not bring to its end; after a commit there is nothing to take back. */
    private void endTransaction() {
        Connection open = connection;
        if (open != null) {
            try {
                open.rollback();
                open.setAutoCommit(true);
            } catch (SQLException e) {
                disconnect();
            }
        }
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException ignored) {
                // It is given up either way, and the failure that led here is reported.
            }
        }
    }

    private static long revision(Connection open) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement("select revision from edge_revision where id = 1");
                ResultSet rows = statement.executeQuery()) {
            if (!rows.next()) {
                throw new StoreException(Reason.UNREADABLE, "edge_revision has no row (expected: one)", null);
            }
            return rows.getLong(1);
        }
    }

    private static boolean advance(Connection open, long expected) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(
                "update edge_revision set revision = revision + 1 where id = 1 and revision = ?")) {
            statement.setLong(1, expected);
            return statement.executeUpdate() == 1;
        }
    }

    private List<Document> documents(Connection open, String condition, long revision) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(
                "select kind, id, revision, json, secret from edge_document where " + condition)) {
            statement.setLong(1, revision);
            List<Document> documents = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    documents.add(document(rows));
                }
            }
            return documents;
        }
    }

    private Document document(ResultSet row) throws SQLException {
        String kind = row.getString(1);
        String id = row.getString(2);
        String json = row.getString(4);
        if (json == null) {
            return Document.deleted(kind, id, row.getLong(3));
        }
        byte[] sealed = row.getBytes(5);
        byte[] secret = sealed == null ? new byte[0] : seal.open(kind, id, sealed);
        return Document.of(kind, id, row.getLong(3), json, secret);
    }

    private void write(Connection open, Document change, long revision) throws SQLException {
        String update = "update edge_document set revision = ?, json = ?, secret = ? where kind = ? and id = ?";
        String insert = "insert into edge_document (revision, json, secret, kind, id) values (?, ?, ?, ?, ?)";
        if (execute(open, update, change, revision) == 0) {
            execute(open, insert, change, revision);
        }
    }

    private int execute(Connection open, String sql, Document change, long revision) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(sql)) {
            statement.setLong(1, revision);
            if (change.isDeleted()) {
                statement.setNull(2, Types.VARCHAR);
                statement.setNull(3, Types.BINARY);
            } else {
                statement.setString(2, change.json());
                statement.setBytes(3, seal.seal(change.kind(), change.id(), change.secret()));
            }
            statement.setString(4, change.kind());
            statement.setString(5, change.id());
            return statement.executeUpdate();
        }
    }

    private static void append(Connection open, long sequence, AuditEntry audit) throws SQLException {
        try (PreparedStatement statement = open.prepareStatement(
                "insert into edge_audit (sequence, happened_at, actor, action, subject) values (?, ?, ?, ?, ?)")) {
            statement.setLong(1, sequence);
            statement.setObject(2, audit.at().atOffset(ZoneOffset.UTC));
            statement.setString(3, audit.actor());
            statement.setString(4, audit.action());
            statement.setString(5, audit.subject());
            statement.executeUpdate();
        }
    }

    private static void purge(Connection open, long revision) throws SQLException {
        if (revision % PURGE_EVERY != 0) {
            return;
        }
        try (PreparedStatement audit = open.prepareStatement("delete from edge_audit where sequence <= ?");
                PreparedStatement deleted =
                        open.prepareStatement("delete from edge_document where json is null and revision <= ?")) {
            audit.setLong(1, revision - MAX_AUDIT);
            audit.executeUpdate();
            deleted.setLong(1, revision - DELETIONS_KEPT);
            deleted.executeUpdate();
        }
    }

    private static StoreException unavailable(SQLException e) {
        return new StoreException(Reason.UNAVAILABLE, "database does not do its part, SQL state " + e.getSQLState(), e);
    }
}
