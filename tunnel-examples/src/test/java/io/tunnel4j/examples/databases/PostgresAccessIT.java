package io.tunnel4j.examples.databases;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.tunnel4j.access.AccessTcpForwarder;
import io.tunnel4j.access.jdbc.AccessConfigurations;
import io.tunnel4j.examples.socketfactory.JdbcBySocketFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/** PostgreSQL's driver by socket factory and by forwarder, through our edge and connector, to a real server. */
@Timeout(300)
class PostgresAccessIT {
    private static final String URL = "jdbc:postgresql://no-such-name.invalid/postgres?user=postgres&sslmode=disable"
            + "&socketFactory=io.tunnel4j.access.jdbc.AccessSocketFactory&socketFactoryArg=postgres-it";

    @TempDir
    private static Path directory;

    private static DatabaseServer server;
    private static DatabaseTunnel tunnel;
    private static AccessConfigurations.Registration registration;

    @BeforeAll
    static void startAll() throws Exception {
        server = DatabaseServer.postgres();
        tunnel = new DatabaseTunnel(server.port(), directory);
        registration = AccessConfigurations.register("postgres-it", tunnel.access(), tunnel.target());
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

    @Test
    void select_bySocketFactoryWithoutPort_answers() throws Exception {
        try (Connection connection = DriverManager.getConnection(URL)) {
            assertThat(single(connection, "select 40 + 2")).isEqualTo("42");
        }
    }

    @Test
    void tls_onTop_driverChecksTheServersNameAgainstTheUrl() throws Exception {
        String verified = URL.replace("sslmode=disable", "sslmode=verify-full&sslrootcert=" + server.root());
        try (Connection connection =
                DriverManager.getConnection(verified.replace("no-such-name.invalid", DatabaseServer.TLS_NAME))) {
            assertThat(single(connection, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"))
                    .isEqualTo("t");
        }
        assertThatThrownBy(() -> DriverManager.getConnection(verified))
                .isInstanceOf(SQLException.class)
                .hasMessageContaining("no-such-name.invalid");
    }

    @Test
    void select_byForwarder_answers() throws Exception {
        try (AccessTcpForwarder forwarder = tunnel.forwarder();
                Connection connection = DriverManager.getConnection("jdbc:postgresql://localhost:" + forwarder.port()
                        + "/postgres?user=postgres&sslmode=disable")) {
            assertThat(single(connection, "select version()")).startsWith("PostgreSQL");
        }
    }

    @Test
    void example_socketFactory_printsTheRowAndTheUrl() throws Exception {
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            JdbcBySocketFactory.main(new String[] {
                tunnel.target().authority(),
                "postgres",
                "postgres",
                "select 'row ' || 42",
                directory.resolve("ca.pem").toString()
            });
        } finally {
            System.setOut(before);
        }

        assertThat(printed.toString(StandardCharsets.UTF_8))
                .startsWith("row 42")
                .contains("Next: ", "jdbc:postgresql://");
    }

    @Test
    void readme_selectOneByUrl_tenLinesAtMost_answers() throws Exception {
        ReadmeCode code = ReadmeCode.with("SELECT 1");

        assertThat(code.lineCount()).isLessThanOrEqualTo(10);
        assertThat(code.replacing("/app?user=app", "/postgres?user=postgres&socketFactoryArg=postgres-it")
                        .run(directory))
                .isEqualTo("1\n");
    }

    @Test
    void pool_manyThreads_everyQueryGetsItsOwnAnswer() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(16);
        try (HikariDataSource pool = pool()) {
            List<Callable<Boolean>> queries = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                int number = i;
                queries.add(() -> {
                    try (Connection connection = pool.getConnection()) {
                        return single(connection, "select " + number + " * 2").equals(String.valueOf(number * 2));
                    }
                });
            }
            for (Future<Boolean> answer : threads.invokeAll(queries)) {
                assertThat(answer.get()).isTrue();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void twoHundredConnections_throughOneConnector_runTheirQueriesAtTheSameTime() throws Exception {
        int count = 200;
        ExecutorService threads = Executors.newFixedThreadPool(count);
        try (Connection gate = direct()) {
            single(gate, "select pg_advisory_lock(" + count + ")");
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int number = i;
                answers.add(threads.submit(() -> {
                    try (Connection connection = DriverManager.getConnection(URL + "&connectTimeout=60")) {
                        return single(
                                connection,
                                "select " + number + " * 2 from (select pg_advisory_lock_shared(" + count
                                        + ")) passed");
                    }
                }));
            }

            await().atMost(Duration.ofSeconds(90))
                    .untilAsserted(() -> assertThat(single(
                                    gate, "select count(*) from pg_locks where locktype = 'advisory' and not granted"))
                            .isEqualTo(String.valueOf(count)));
            assertThat(tunnel.access().openConnections()).isEqualTo(count);
            single(gate, "select pg_advisory_unlock(" + count + ")");

            for (int i = 0; i < count; i++) {
                assertThat(answers.get(i).get(60, TimeUnit.SECONDS)).isEqualTo(String.valueOf(i * 2));
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void copy_64MegabytesBothWays_sameBytes() throws Exception {
        copyBothWays(64L << 20);
    }

    @Test
    @Tag("soak")
    void copy_oneGigabyteBothWays_sameBytes() throws Exception {
        copyBothWays(1L << 30);
    }

    @Test
    void cancel_runningQuery_endsItAtOnce() throws Exception {
        try (Connection connection = DriverManager.getConnection(URL);
                Statement statement = connection.createStatement()) {
            CompletableFuture<SQLException> ended = new CompletableFuture<>();
            Thread query = new Thread(() -> {
                try {
                    statement.execute("select pg_sleep(120)");
                    ended.completeExceptionally(new AssertionError("the query ended by itself"));
                } catch (SQLException e) {
                    ended.complete(e);
                }
            });
            query.start();
            await().until(() -> runningSleeps() > 0);

            statement.cancel();

            assertThat(ended.get(20, TimeUnit.SECONDS).getSQLState()).isEqualTo("57014");
            assertThat(single(connection, "select 1")).isEqualTo("1");
        }
    }

    @Test
    void readTimeout_slowQuery_driverGivesUp() throws Exception {
        try (Connection connection = DriverManager.getConnection(URL + "&socketTimeout=1")) {
            assertThatThrownBy(() -> single(connection, "select pg_sleep(60)"))
                    .isInstanceOf(SQLException.class)
                    .hasRootCauseInstanceOf(java.net.SocketTimeoutException.class);
        }
    }

    @Test
    void connector_killedInTheMiddle_poolRecovers() throws Exception {
        try (HikariDataSource pool = pool()) {
            try (Connection connection = pool.getConnection()) {
                CompletableFuture<Throwable> broken = new CompletableFuture<>();
                Thread query = new Thread(() -> {
                    try {
                        single(connection, "select pg_sleep(120)");
                        broken.completeExceptionally(new AssertionError("the query ended by itself"));
                    } catch (SQLException e) {
                        broken.complete(e);
                    }
                });
                query.start();
                await().until(() -> runningSleeps() > 0);

                tunnel.killConnector();

                assertThat(broken.get(20, TimeUnit.SECONDS)).isInstanceOf(SQLException.class);
            }
            tunnel.restartConnector();

            await().atMost(Duration.ofSeconds(30)).ignoreExceptions().untilAsserted(() -> {
                try (Connection connection = pool.getConnection()) {
                    assertThat(single(connection, "select 7")).isEqualTo("7");
                }
            });
        }
    }

    @Test
    void shortConnections_oneAfterTheOther_allAnswerAndNoneStays() throws Exception {
        int count = 60;
        AtomicInteger answers = new AtomicInteger();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Void>> connections = Collections.nCopies(count, () -> {
                try (Connection connection = DriverManager.getConnection(URL)) {
                    single(connection, "select 1");
                    answers.incrementAndGet();
                }
                return null;
            });
            for (Future<Void> each : threads.invokeAll(connections)) {
                each.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(answers).hasValue(count);
        await().atMost(Duration.ofSeconds(20)).until(() -> tunnel.access().openConnections() == 0);
    }

    // --- What the tests have in common ---

    private static void copyBothWays(long bytes) throws Exception {
        String line = "0123456789abcdef".repeat(63) + "\t7\n";
        long rows = bytes / line.length();
        try (Connection connection = DriverManager.getConnection(URL);
                Statement statement = connection.createStatement()) {
            statement.execute("create temporary table bulk (text text, number int)");
            CopyManager copy = connection.unwrap(PGConnection.class).getCopyAPI();

            assertThat(copy.copyIn("copy bulk from stdin", new RepeatedLine(line, rows)))
                    .isEqualTo(rows);

            CountingLines out = new CountingLines(line);
            assertThat(copy.copyOut("copy bulk to stdout", out)).isEqualTo(rows);
            assertThat(out.bytes).isEqualTo(rows * line.length());
            assertThat(out.wrongBytes).isZero();
        }
    }

    private static Connection direct() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/postgres?user=postgres");
    }

    private static long runningSleeps() throws SQLException {
        try (Connection connection = direct()) {
            return Long.parseLong(single(
                    connection,
                    "select count(*) from pg_stat_activity where wait_event = 'PgSleep' and state = 'active'"));
        }
    }

    private static HikariDataSource pool() {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(URL);
        config.setMaximumPoolSize(8);
        config.setConnectionTimeout(20_000);
        config.setValidationTimeout(5_000);
        return new HikariDataSource(config);
    }

    private static String single(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            rows.next();
            return rows.getString(1);
        }
    }

    /** The same line many times, without holding it all. */
    private static final class RepeatedLine extends InputStream {
        private final byte[] line;
        private long left;

        RepeatedLine(String line, long rows) {
            this.line = line.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            left = rows * this.line.length;
        }

        @Override
        public int read() {
            if (left == 0) {
                return -1;
            }
            byte next = line[(int) (line.length - 1 - (left - 1) % line.length)];
            left--;
            return next;
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (left == 0) {
                return -1;
            }
            int start = (int) (line.length - 1 - (left - 1) % line.length);
            int n = (int) Math.min(Math.min(left, length), line.length - start);
            System.arraycopy(line, start, target, offset, n);
            left -= n;
            return n;
        }
    }

    /** Compares with the same line as it comes. */
    private static final class CountingLines extends OutputStream {
        private final byte[] line;
        private long bytes;
        private long wrongBytes;

        CountingLines(String line) {
            this.line = line.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] source, int offset, int length) {
            for (int i = 0; i < length; i++, bytes++) {
                if (source[offset + i] != line[(int) (bytes % line.length)]) {
                    wrongBytes++;
                }
            }
        }
    }
}
