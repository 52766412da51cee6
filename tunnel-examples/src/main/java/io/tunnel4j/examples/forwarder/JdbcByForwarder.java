package io.tunnel4j.examples.forwarder;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tunnel4j.access.AccessTcpForwarder;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Asks a database behind Access something, through a local port that lives as long as this program's connection pool. */
public final class JdbcByForwarder {
    private JdbcByForwarder() {}

    /**
     * Runs one query.
     *
     * @param args hostname, JDBC URL with PORT in the place of the port, query [PEM file of the edge's root]; the service token is in the
     *     reference's environment variables
     * @throws SQLException if the database says no
     */
    public static void main(String[] args) throws SQLException {
        AccessTcpForwarder.Builder builder = AccessTcpForwarder.builder(args[0]).serviceTokenFromEnvironment();
        if (args.length > 3) {
            builder.caPool(Path.of(args[3]));
        }
        HikariConfig config = new HikariConfig();
        try (AccessTcpForwarder database = builder.build().start()) {
            config.setJdbcUrl(args[1].replace("PORT", Integer.toString(database.port())));
            try (HikariDataSource pool = new HikariDataSource(config);
                    Connection connection = pool.getConnection();
                    ResultSet rows = connection.createStatement().executeQuery(args[2])) {
                while (rows.next()) {
                    System.out.println(rows.getString(1));
                }
                System.out.println("Next: give the pool to your application, and close the forwarder after it.");
            }
        }
    }
}
