package io.tunnel4j.examples.demo;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.h2.tools.Server;

/** A real database server on a loopback port that only the connector knows. Not thread-safe. */
final class Database implements AutoCloseable {
    private static final String NAME = "mem:demo;DB_CLOSE_DELAY=-1";

    private final Server server;

    private Database(Server server) {
        this.server = server;
    }

    static Database start() throws SQLException {
        Server server = Server.createTcpServer("-tcpPort", "0", "-ifNotExists", "-tcpDaemon")
                .start();
        try (Connection connection = DriverManager.getConnection(url(server.getPort()));
                Statement statement = connection.createStatement()) {
            statement.execute("create table parcel (id int primary key, what varchar(40) not null)");
            statement.execute("insert into parcel values (1, 'tea'), (2, 'chocolate'), (3, 'a long letter')");
        }
        return new Database(server);
    }

    int port() {
        return server.getPort();
    }

    /** The JDBC URL of the database behind a local port, direct or forwarded. */
    static String url(int port) {
        return "jdbc:h2:tcp://localhost:" + port + "/" + NAME;
    }

    /** Reads a row through a port. */
    static String parcel(int port, int id) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url(port));
                PreparedStatement query = connection.prepareStatement("select what from parcel where id = ?")) {
            query.setInt(1, id);
            try (ResultSet rows = query.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    @Override
    public void close() {
        server.stop();
    }
}
