package io.tunnel4j.examples.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tunnel4j.access.AccessConnector;
import io.tunnel4j.access.jdbc.AccessConfigurations;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collections;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MariaDB's and MySQL's drivers by socket factory, through our edge and connector, to a real MariaDB server. */
@Timeout(300)
class MariaDbAccessIT {
    private static final String MARIADB = "jdbc:mariadb://no-such-name.invalid/app?user=app&password=secret"
            + "&socketFactory=io.tunnel4j.access.jdbc.MariaDbAccessSocketFactory&accessConfiguration=mariadb-it";
    private static final String MYSQL =
            "jdbc:mysql://no-such-name.invalid/app?user=app&password=secret&sslMode=DISABLED"
                    + "&socketFactory=io.tunnel4j.access.jdbc.MySqlAccessSocketFactory&accessConfiguration=mariadb-it";

    @TempDir
    private static Path directory;

    private static DatabaseServer server;
    private static DatabaseTunnel tunnel;
    private static AccessConfigurations.Registration registration;

    @BeforeAll
    static void startAll() throws Exception {
        server = DatabaseServer.mariadb();
        tunnel = new DatabaseTunnel(server.port(), directory);
        registration = AccessConfigurations.register("mariadb-it", tunnel.access(), tunnel.target());
    }

    @AfterAll
    static void stopAll() throws Exception {
        if (registration != null) {
            registration.close();
        }
        if (tunnel != null) {
            tunnel.close();
        }
        if (server != null) {
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MARIADB, MYSQL})
    void select_bySocketFactoryWithoutPort_answers(String url) throws Exception {
        try (Connection connection = DriverManager.getConnection(url)) {
            assertThat(single(connection, "select 40 + 2")).isEqualTo("42");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MARIADB, MYSQL})
    void blob_16Megabytes_comesBackTheSame(String url) throws Exception {
        byte[] data = new byte[16 << 20];
        new Random(3).nextBytes(data);
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("create temporary table bulk (data longblob)");
            try (PreparedStatement insert = connection.prepareStatement("insert into bulk values (?)")) {
                insert.setBytes(1, data);
                insert.executeUpdate();
            }
            try (ResultSet rows = statement.executeQuery("select data from bulk")) {
                assertThat(rows.next()).isTrue();
                assertThat(rows.getBytes(1)).isEqualTo(data);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {MARIADB, MYSQL})
    void queryTimeout_slowQuery_isCancelledThroughASecondConnection(String url) throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.setQueryTimeout(1);

            assertThatThrownBy(() -> statement.executeQuery("select count(*) from information_schema.columns a, "
                            + "information_schema.columns b, information_schema.columns c"))
                    .isInstanceOf(SQLException.class);
        }
    }

    @Test
    void connector_killed_poolRecovers() throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(MARIADB);
        config.setMaximumPoolSize(4);
        config.setConnectionTimeout(20_000);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Connection connection = pool.getConnection()) {
                assertThat(single(connection, "select 1")).isEqualTo("1");
            }
            tunnel.killConnector();
            tunnel.restartConnector();

            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
                try (Connection connection = pool.getConnection()) {
                    assertThat(single(connection, "select 7")).isEqualTo("7");
                }
            });
        }
    }

    /** A server with a thread for a connection, since a process for each is what limits PostgreSQL's rate. */
    @Test
    @Tag("soak")
    void shortConnections_aMinuteOf500PerSecond_allAnswerInTime() throws Exception {
        int perSecond = 500;
        int count = 60 * perSecond;
        long gapNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
        AtomicInteger next = new AtomicInteger();
        AtomicInteger answers = new AtomicInteger();
        int threads = 32;
        ExecutorService executor = Executors.newFixedThreadPool(threads);
        try (AccessConnector sharing = tunnel.sharing();
                AccessConfigurations.Registration name =
                        AccessConfigurations.register("mariadb-rate", sharing, tunnel.target())) {
            String url = MARIADB.replace("mariadb-it", "mariadb-rate");
            long start = System.nanoTime();
            Callable<Void> client = () -> {
                for (int i = next.getAndIncrement(); i < count; i = next.getAndIncrement()) {
                    LockSupport.parkNanos(start + i * gapNanos - System.nanoTime());
                    try (Connection connection = DriverManager.getConnection(url)) {
                        if (single(connection, "select " + i).equals(String.valueOf(i))) {
                            answers.incrementAndGet();
                        }
                    }
                }
                return null;
            };
            for (Future<Void> each : executor.invokeAll(Collections.nCopies(threads, client))) {
                each.get();
            }
            Duration took = Duration.ofNanos(System.nanoTime() - start);

            assertThat(answers).hasValue(count);
            assertThat(took).as("time for %d connections", count).isLessThan(Duration.ofSeconds(66));
        } finally {
            executor.shutdownNow();
        }
    }

    private static String single(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }
}
