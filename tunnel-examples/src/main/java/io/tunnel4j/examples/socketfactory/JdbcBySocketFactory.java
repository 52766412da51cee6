package io.tunnel4j.examples.socketfactory;

import io.tunnel4j.access.jdbc.AccessSocketFactory;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Asks PostgreSQL behind Access something, by the JDBC URL alone: no local port, no forwarder. */
public final class JdbcBySocketFactory {
    private JdbcBySocketFactory() {}

    /**
     * Runs one query.
     *
     * @param args hostname of the application, database, user, query [PEM file of the edge's root]
     * @throws SQLException if the database says no
     */
    public static void main(String[] args) throws SQLException {
        String way = "application=" + args[0] + (args.length > 4 ? ";caPool=" + args[4] : "");
        String url = "jdbc:postgresql://database/" + args[1] + "?user=" + args[2]
                + "&socketFactory=" + AccessSocketFactory.class.getName()
                + "&socketFactoryArg=" + URLEncoder.encode(way, StandardCharsets.UTF_8);
        try (Connection connection = DriverManager.getConnection(url);
                ResultSet rows = connection.createStatement().executeQuery(args[3])) {
            while (rows.next()) {
                System.out.println(rows.getString(1));
            }
            System.out.println("Next: put this URL where your application has its own: " + url);
        }
    }
}
