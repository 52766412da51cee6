package io.tunnel4j.examples.databases;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** A real database server of this machine, with data of its own in a temporary directory, as an unprivileged user. */
public final class DatabaseServer implements AutoCloseable {
    static final String TLS_NAME = "db.internal.test";

    private final Path directory;
    private final Process process;
    private final int port;
    private final String stopSignal;

    private DatabaseServer(Path directory, Process process, int port, String stopSignal) {
        this.directory = directory;
        this.process = process;
        this.port = port;
        this.stopSignal = stopSignal;
    }

    /** Starts PostgreSQL with user and database {@code postgres}, and TLS for the name {@value #TLS_NAME}; skips the test when it is not installed, unless CI runs. */
    public static DatabaseServer postgres() throws Exception {
        Path programs = newest(Path.of("/usr/lib/postgresql"));
        Path directory = Files.createTempDirectory("tunnel4j-postgres");
        Path data = directory.resolve("data");
        chown(directory, "postgres");
        run(
                "postgres",
                programs.resolve("initdb").toString(),
                "-D",
                data.toString(),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-N");
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=" + TLS_NAME)
                .addSanDnsName(TLS_NAME)
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        pem(
                directory.resolve("tls.crt"),
                "CERTIFICATE",
                certificate.getCertificate().getEncoded());
        pem(
                directory.resolve("tls.key"),
                "PRIVATE KEY",
                certificate.getKeyPair().getPrivate().getEncoded());
        chown(directory.resolve("tls.crt"), "postgres");
        chown(directory.resolve("tls.key"), "postgres");
        int port = freePort();
        Process server = start(
                directory,
                "postgres",
                programs.resolve("postgres").toString(),
                "-D",
                data.toString(),
                "-h",
                "127.0.0.1",
                "-k",
                directory.toString(),
                "-p",
                String.valueOf(port),
                "-c",
                "fsync=off",
                "-c",
                "max_connections=250",
                "-c",
                "ssl=on",
                "-c",
                "ssl_cert_file=" + directory.resolve("tls.crt"),
                "-c",
                "ssl_key_file=" + directory.resolve("tls.key"));
        return ready(
                new DatabaseServer(directory, server, port, "INT"),
                "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }

    /** Starts MariaDB with user {@code app}, password {@code secret} and database {@code app}. */
    static DatabaseServer mariadb() throws Exception {
        Path server = Path.of("/usr/sbin/mariadbd");
        required(Files.isExecutable(server), "mariadbd is not installed");
        Path directory = Files.createTempDirectory("tunnel4j-mariadb");
        Path data = directory.resolve("data");
        chown(directory, "mysql");
        run(
                "mysql",
                "mariadb-install-db",
                "--no-defaults",
                "--datadir=" + data,
                "--auth-root-authentication-method=normal",
                "--skip-test-db");
        int port = freePort();
        Path init = directory.resolve("init.sql");
        Files.writeString(
                init,
                "create database app;\ncreate user app@'%' identified by 'secret';\ngrant all on app.* to app@'%';\n");
        chown(init, "mysql");
        Process process = start(
                directory,
                "mysql",
                server.toString(),
                "--no-defaults",
                "--datadir=" + data,
                "--socket=" + directory.resolve("socket"),
                "--pid-file=" + directory.resolve("pid"),
                "--bind-address=127.0.0.1",
                "--port=" + port,
                "--skip-name-resolve",
                "--max-allowed-packet=64M",
                "--init-file=" + init);
        return ready(
                new DatabaseServer(directory, process, port, "TERM"),
                "jdbc:mariadb://127.0.0.1:" + port + "/app?user=app&password=secret");
    }

    /** Where it listens, on the loopback interface. */
    public int port() {
        return port;
    }

    /** The root to trust for TLS. */
    Path root() {
        return directory.resolve("tls.crt");
    }

    private static void pem(Path file, String what, byte[] encoded) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(
                file,
                "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(encoded) + "\n-----END "
                        + what + "-----\n");
    }

    @Override
    public void close() throws IOException {
        try {
            new ProcessBuilder("kill", "-" + stopSignal, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        Files.walkFileTree(directory, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private static DatabaseServer ready(DatabaseServer server, String url) throws IOException {
        try {
            Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
                if (!server.process.isAlive()) {
                    throw new IllegalStateException(Files.readString(server.directory.resolve("log")));
                }
                try {
                    DriverManager.getConnection(url).close();
                    return true;
                } catch (SQLException notYet) {
                    return false;
                }
            });
            return server;
        } catch (RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static Path newest(Path versions) throws IOException {
        required(Files.isDirectory(versions), "PostgreSQL is not installed");
        try (Stream<Path> found = Files.list(versions)) {
            return found.max((a, b) -> Integer.compare(number(a), number(b)))
                    .orElseThrow()
                    .resolve("bin");
        }
    }

    private static int number(Path version) {
        return (int) Double.parseDouble(version.getFileName().toString());
    }

    private static void required(boolean there, String what) {
        if ("true".equals(System.getenv("CI")) && !there) {
            throw new AssertionError(what);
        }
        assumeTrue(there, what);
    }

    private static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    private static void chown(Path path, String user) throws Exception {
        if (isRoot()) {
            check(new ProcessBuilder("chown", user, path.toString()), "chown");
        }
    }

    /** Database servers refuse to run as root. */
    private static List<String> as(String user, String... command) {
        List<String> all = new ArrayList<>();
        if (isRoot()) {
            all.addAll(List.of("setpriv", "--reuid=" + user, "--regid=" + user, "--clear-groups", "--"));
        }
        all.addAll(List.of(command));
        return all;
    }

    private static void run(String user, String... command) throws Exception {
        check(new ProcessBuilder(as(user, command)), command[0]);
    }

    private static void check(ProcessBuilder builder, String what) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException(what + ": " + output);
        }
    }

    private static Process start(Path directory, String user, String... command) throws IOException {
        return new ProcessBuilder(as(user, command))
                .redirectErrorStream(true)
                .redirectOutput(directory.resolve("log").toFile())
                .start();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
