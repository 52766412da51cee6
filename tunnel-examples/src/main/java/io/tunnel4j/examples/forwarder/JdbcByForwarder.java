package io.tunnel4j.examples.forwarder;

import io.tunnel4j.access.AccessTcpForwarder;
import java.io.PrintStream;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Asks a database behind Access something, through a local port that lives as long as this program. */
public final class JdbcByForwarder {
    private JdbcByForwarder() {}

    /**
     * Runs one query.
     *
     * @param args hostname, JDBC URL with PORT in the place of the port, query; the service token is in the reference's environment variables
     * @throws SQLException if the database says no
     */
    public static void main(String[] args) throws SQLException {
        try (AccessTcpForwarder database = AccessTcpForwarder.builder(args[0])
                        .serviceTokenFromEnvironment()
                        .build()
                        .start();
                Connection connection =
                        DriverManager.getConnection(args[1].replace("PORT", Integer.toString(database.port())));
                ResultSet rows = connection.createStatement().executeQuery(args[2])) {
            PrintStream out = System.out;
            while (rows.next()) {
                out.println(rows.getString(1));
            }
        }
    }
}
