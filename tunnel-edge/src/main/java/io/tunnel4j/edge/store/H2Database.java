package io.tunnel4j.edge.store;

import java.nio.file.Path;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcDataSource;

/** Opens an H2 file. A class of its own, so that the driver is needed only where it is used. */
final class H2Database {
    private H2Database() {}

    /** Every commit reaches the disk, and the JVM gets no shutdown hook. */
    static DataSource at(Path file) {
        JdbcDataSource database = new JdbcDataSource();
        database.setURL("jdbc:h2:file:" + file.toAbsolutePath() + ";DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0");
        database.setUser("tunnel4j");
        database.setPassword("");
        return database;
    }
}
