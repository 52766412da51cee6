package io.tunnel4j.examples.signon;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * Keycloak as its makers ship it, which Maven has unpacked for the interop tests, with a realm of our own: users Ann and Bob, and the edge as a client.
 */
final class KeycloakServer implements AutoCloseable {
    static final String CLIENT_SECRET = "of-the-edge-at-keycloak";
    static final String PASSWORD = "correct horse battery staple";

    private static final Path UNPACKED = Path.of("target", "keycloak");

    private final Process process;
    private final int port;
    private final Path log;

    private KeycloakServer(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /** Starts it; {@link #awaitReady} when it is needed. Skips the test when Maven has not unpacked it, unless CI runs. */
    static KeycloakServer start(URI callback) throws IOException {
        Path home = home();
        int port = freePort();
        Path realm = home.resolve("data/import/staff.json");
        Files.createDirectories(realm.getParent());
        Files.writeString(realm, realm(callback));
        Path log = home.resolve("log");
        ProcessBuilder builder = new ProcessBuilder(
                        home.resolve("bin/kc.sh").toString(),
                        "start-dev",
                        "--db=dev-mem",
                        "--http-host=127.0.0.1",
                        "--http-port=" + port,
                        "--import-realm",
                        "--cache=local",
                        "--features-disabled=admin,account,device-flow,ciba,par,impersonation")
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        // Starts in half the time: it lives for a minute.
        builder.environment()
                .put("JAVA_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xmx600m -Dfile.encoding=UTF-8");
        builder.environment().remove("JAVA_TOOL_OPTIONS");
        return new KeycloakServer(builder.start(), port, log);
    }

    private static Path home() throws IOException {
        List<Path> homes = List.of();
        if (Files.isDirectory(UNPACKED)) {
            try (Stream<Path> found = Files.list(UNPACKED)) {
                homes = found.filter(path -> Files.exists(path.resolve("bin/kc.sh")))
                        .toList();
            }
        }
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(!homes.isEmpty(), "no Keycloak in " + UNPACKED + " (./dev it has Maven unpack it)");
        }
        Path home = homes.get(0);
        Path program = home.resolve("bin/kc.sh");
        if (!program.toFile().setExecutable(true)) {
            throw new IOException(program + " cannot be made executable");
        }
        return home;
    }

    URI issuer() {
        return URI.create("http://localhost:" + port + "/realms/staff");
    }

    void awaitReady() {
        HttpClient http = HttpClient.newHttpClient();
        HttpRequest discovery = HttpRequest.newBuilder(URI.create(issuer() + "/.well-known/openid-configuration"))
                .timeout(Duration.ofSeconds(30))
                .build();
        Awaitility.await()
                .atMost(Duration.ofMinutes(5))
                .pollInterval(Duration.ofMillis(500))
                .until(() -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException("Keycloak has ended:\n" + Files.readString(log));
                    }
                    try {
                        return http.send(discovery, HttpResponse.BodyHandlers.discarding())
                                        .statusCode()
                                == 200;
                    } catch (IOException notYet) {
                        return false;
                    }
                });
    }

    private static String realm(URI callback) {
        return """
                {"realm":"staff","enabled":true,"sslRequired":"none","loginWithEmailAllowed":true,
                 "users":[%s,%s],
                 "clients":[{"clientId":"edge","enabled":true,"protocol":"openid-connect","publicClient":false,"secret":"%s",
                   "standardFlowEnabled":true,"redirectUris":["%s"],"attributes":{"pkce.code.challenge.method":"S256"}}]}
                """.formatted(user("ann", "example.com"), user("bob", "elsewhere.example"), CLIENT_SECRET, callback);
    }

    private static String user(String name, String domain) {
        return "{\"username\":\"" + name + "\",\"email\":\"" + name + "@" + domain
                + "\",\"emailVerified\":true,\"enabled\":true,\"firstName\":\"" + name
                + "\",\"lastName\":\"Example\",\"credentials\":[{\"type\":\"password\",\"value\":\"" + PASSWORD
                + "\"}]}";
    }

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        List<ProcessHandle> children = process.descendants().toList(); // kc.sh starts Java
        children.forEach(ProcessHandle::destroy);
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        children.forEach(ProcessHandle::destroyForcibly);
    }
}
