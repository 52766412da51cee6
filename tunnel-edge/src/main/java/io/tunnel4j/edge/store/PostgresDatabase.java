package io.tunnel4j.edge.store;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import javax.sql.DataSource;
import org.postgresql.ds.PGSimpleDataSource;

/** Opens PostgreSQL. A class of its own, so that the driver is needed only where it is used. */
final class PostgresDatabase {
    private static final int CONNECT_SECONDS = 3;
    private static final int ANSWER_SECONDS = 10;

    private PostgresDatabase() {}

    /** No call waits for longer than the limits here, so a silent database cannot hold up the node for ever. */
    static DataSource at(String url, String user, String password) {
        PGSimpleDataSource database = new PGSimpleDataSource();
        try {
            database.setURL(url);
        } catch (IllegalArgumentException e) {
            // The URL may hold a password: neither it nor the driver's message is shown.
            throw new TunnelException(
                    TunnelErrorCode.INVALID_CONFIGURATION,
                    "store URL (expected: jdbc:postgresql://host:port/database)");
        }
        database.setUser(user);
        database.setPassword(password);
        database.setApplicationName("tunnel4j-edge");
        database.setConnectTimeout(CONNECT_SECONDS);
        database.setLoginTimeout(CONNECT_SECONDS);
        database.setSocketTimeout(ANSWER_SECONDS);
        database.setTcpKeepAlive(true);
        return database;
    }
}
