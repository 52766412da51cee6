package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.DevelopmentAuthority;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.TunnelEdge;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Exit codes and output of {@code access token}, those of the recorded runs of the reference. */
@Timeout(120)
class AccessTokenTest {
    private static final String MISSING =
            "Unable to find token for provided application. Please run login command to generate token.";

    @TempDir
    private Path home;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private TunnelEdge edge;
    private int port;
    private Path roots;
    private Path token;
    private String audience;

    @BeforeEach
    void start() throws Exception {
        DevelopmentAuthority authority = DevelopmentAuthority.in(home.resolve("authority"));
        roots = home.resolve("authority/ca.pem");
        port = freePort();
        InetAddress loopback = InetAddress.getLoopbackAddress();
        edge = TunnelEdge.builder()
                .https(new InetSocketAddress(loopback, port), authority.certificates("db.localhost", "team.localhost"))
                .connectors(new InetSocketAddress(loopback, 0), authority.certificates())
                .access(AccessSettings.builder("team.localhost:" + port).build())
                .build();
        edge.start().toCompletableFuture().get(60, TimeUnit.SECONDS);
        Application database = Application.builder("db.localhost")
                .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                .build();
        edge.access().protect(database).toCompletableFuture().get(60, TimeUnit.SECONDS);
        audience = database.audience();
        token = Files.createDirectories(home.resolve(".cloudflared")).resolve("db.localhost-" + audience + "-token");
    }

    @AfterEach
    void stop() {
        edge.close();
    }

    @Test
    void token_stored_isPrintedBare() throws IOException {
        String stored = jwt(audience, 4_000_000_000L);
        Files.writeString(token, stored);

        assertThat(accessToken()).describedAs(err.toString(UTF_8)).isZero();
        assertThat(out.toString(UTF_8)).isEqualTo(stored);
    }

    @Test
    void token_expired_isRemovedAndIsNoFailureTheFirstTime() throws IOException {
        Files.writeString(token, jwt(audience, 1));

        assertThat(accessToken()).describedAs(err.toString(UTF_8)).isZero();
        assertThat(out.toString(UTF_8)).isEmpty();
        assertThat(err.toString(UTF_8)).contains(MISSING);
        assertThat(token).doesNotExist();

        assertThat(accessToken()).isEqualTo(1);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    @Test
    void token_ofAnotherApplication_isRemovedAndIsAFailure() throws IOException {
        Files.writeString(token, jwt("another", 4_000_000_000L));

        assertThat(accessToken()).isEqualTo(1);
        assertThat(err.toString(UTF_8)).contains(MISSING);
        assertThat(token).doesNotExist();
    }

    private int accessToken() {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                Map.of(),
                home,
                false);
        return Main.run(
                terminal,
                "access",
                "token",
                "--cacert",
                roots.toString(),
                "--auth-domain",
                "team.localhost:" + port,
                "https://db.localhost:" + port);
    }

    /** Nobody looks at the signature of a token in a file but the edge. */
    private static String jwt(String audience, long expires) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        return encoder.encodeToString("{\"alg\":\"RS256\",\"kid\":\"k\"}".getBytes(UTF_8)) + "."
                + encoder.encodeToString(("{\"aud\":[\"" + audience + "\"],\"exp\":" + expires + "}").getBytes(UTF_8))
                + "." + encoder.encodeToString(new byte[256]);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
