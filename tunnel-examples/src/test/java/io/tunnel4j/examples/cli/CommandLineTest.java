package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person sees who types something wrong, or asks for help. */
class CommandLineTest {
    private static final String GOOD = io.tunnel4j.TunnelCredentials.of(
                    "0".repeat(32), new java.util.UUID(1, 2), new byte[32])
            .toToken();

    @TempDir
    private Path home;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        return run(Map.of(), words);
    }

    private int run(Map<String, String> environment, String... words) {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                environment,
                home,
                false);
        return Main.run(terminal, words);
    }

    @ParameterizedTest
    @CsvSource({
        "tunnel run --tokn=x, --tokn=x, did you mean '--token'",
        "tunnel run --grace-period=soon, soon, 30s",
        "tunnel run --token=x --metrics=nowhere, token, base64",
        "tunnel --token=x run, token, base64",
        "access tcp --hostname=db.example.com --service-token-id=a, --service-token-secret, both parts",
        "access tcp, --hostname, host",
        "access socks, --hostname, --domain",
        "access socks -T h --url nowhere, nowhere, host:port",
        "access socks -T db=..., ..., host",
        "access socks --domain ..., ..., host",
        "access curl, incorrect args, URL",
        "access curl --cacrt=x https://h, --cacrt=x, did you mean '--cacert'",
        "access curl --auth-domain=§ https://h, §, auth.example.com",
        "access token --transfer-store=http://h https://h, http, https",
        "edge run --https=8443, --https, host:port",
        "edge run --busy-poll=1s, --busy-poll, 0 to 10 ms",
        "tunnel run --token=GOOD --url=http://h --busy-poll=1s, --busy-poll, 0 to 10 ms",
        "tunnel run --token=x --output=xml, --output, json",
        "tunnel rnu, rnu, did you mean 'run'",
        "rnu, rnu, did you mean 'run'",
        "acces, acces, did you mean 'access'",
        "run --tokn=x, --tokn=x, did you mean '--token'",
        "--hostnam=h --url=x, --hostnam=h, did you mean '--hostname'",
        "access tcp --hostnam=x, --hostnam=x, did you mean '--hostname'",
        "tunnel list --output=xml, xml, yaml",
        "tunnel ready, --metrics, host:port",
        "tunnel --metrics=nowhere ready, nowhere, host:port",
        "tunnel ingress, ingress, validate",
        "tunnel ingress rule nohost --config=x, nohost, https",
        "service instal, instal, did you mean 'install'",
        "example handlr, handlr, did you mean 'handler'",
        "example handler, example handler, TOKEN"
    })
    void wrongUse_oneLineOnStderrNamesIt_exitCode2(String line, String named, String expected) {
        int code = run(line.replace("GOOD", GOOD).split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(UTF_8).strip().lines()).hasSize(1);
        assertThat(err.toString(UTF_8)).contains(named, expected);
        assertThat(out.toString(UTF_8)).isEmpty();
    }

    /** With the transport that the program chooses where it runs. */
    @Test
    void edgeThatRefuses_oneLineSaysSo() {
        int code = run("access", "tcp", "--hostname", "db.localhost", "--connect-to", "127.0.0.1:1");

        assertThat(code).isEqualTo(1);
        assertThat(err.toString(UTF_8))
                .isEqualToIgnoringNewLines("db.localhost: cannot connect: Connection refused: /127.0.0.1:1");
    }

    @Test
    void listenerThatIsTaken_oneLineSaysSo() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String address = "127.0.0.1:" + taken.getLocalPort();

            int code = run("access", "tcp", "--hostname", "db.localhost", "--url", address);

            assertThat(code).isEqualTo(2);
            assertThat(err.toString(UTF_8))
                    .isEqualToIgnoringNewLines(
                            "listener /" + address + ": Address already in use (expected: a free local address)");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "--version, tunnel4j version",
        "version, tunnel4j version",
        "help, edge",
        "help tunnel run, --token",
        "help access curl, --cacert"
    })
    void theReferencesWordsForHelpAndVersion_areUnderstood(String line, String shown) {
        assertThat(run(line.split(" "))).isZero();

        assertThat(out.toString(UTF_8)).contains(shown);
        assertThat(err.toString(UTF_8)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "tunnel --management-diagnostics=false --icmpv4-src 10.0.0.1 run --token=x, base64",
        "tunnel run --trace-output t --dns-resolver-addrs 1.1.1.1:53 --token=x, base64"
    })
    void flagsThatChangeNothingHere_areTaken(String line, String complaint) {
        run(line.split(" "));

        assertThat(err.toString(UTF_8)).contains(complaint);
    }

    @ParameterizedTest
    @CsvSource({
        "--help, edge",
        "tunnel --help, create",
        "tunnel run --help, --token",
        "access tcp --help, --hostname",
        "edge run --help, --connectors"
    })
    void help_everyLevel_listsWhatThereIs(String line, String listed) {
        assertThat(run(line.split(" "))).isZero();

        assertThat(out.toString(UTF_8)).contains("Usage:", listed);
    }

    @Test
    void ingress_rulesOfAFile_areCheckedAndMatched() throws IOException {
        Path config = Files.writeString(home.resolve("c.yml"), """
                ingress:
                  - hostname: app.example.com
                    path: ^/api/
                    service: http://localhost:8080
                  - service: http_status:404
                """);

        assertThat(run("tunnel", "--config", config.toString(), "ingress", "validate"))
                .isZero();
        assertThat(out.toString(UTF_8)).isEqualTo("Validating rules from " + config + "\nOK\n");
        out.reset();
        assertThat(run("tunnel", "ingress", "rule", "--config", config.toString(), "https://app.example.com/api/x?y"))
                .isZero();
        assertThat(out.toString(UTF_8))
                .isEqualTo(
                        "Using rules from " + config
                                + "\nMatched rule #0\n\thostname: app.example.com\n\tpath: ^/api/\n\tservice: http://localhost:8080\n");
        out.reset();
        run("tunnel", "ingress", "rule", "--config", config.toString(), "https://app.example.com");
        assertThat(out.toString(UTF_8)).endsWith("Matched rule #1\n\tservice: http_status:404\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"hostname: a.example.com, service: http://localhost:1 | last", "service: nonsense | nonsense"})
    void ingress_wrongRules_areNamed(String rule, String named) throws IOException {
        Path config = Files.writeString(home.resolve("c.yml"), "ingress: [{" + rule + "}]\n");

        assertThat(run("tunnel", "ingress", "validate", "--config", config.toString()))
                .isEqualTo(2);
        assertThat(err.toString(UTF_8)).contains(named);
    }

    @Test
    void resultThatCannotBeWritten_isAFailure() {
        OutputStream full = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException("No space left on device");
            }
        };
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(full, false, UTF_8),
                new PrintStream(err, true, UTF_8),
                Map.of(),
                home,
                false);

        assertThat(Main.run(terminal, "access", "ssh-config")).isEqualTo(1);
        assertThat(err.toString(UTF_8)).startsWith("standard output: cannot be written");
    }

    @Test
    void home_emptyVariable_isTheUsersAndNotTheDirectoryOneIsIn() {
        assertThat(Terminal.home(Map.of("HOME", ""), "/home/ann")).isEqualTo(Path.of("/home/ann"));
        assertThat(Terminal.home(Map.of(), "/home/ann")).isEqualTo(Path.of("/home/ann"));
        assertThat(Terminal.home(Map.of("HOME", "/home/bob"), "/home/ann")).isEqualTo(Path.of("/home/bob"));
    }

    @Test
    void example_withoutName_listsAll() {
        assertThat(run("example")).isZero();

        assertThat(out.toString(UTF_8).lines()).hasSize(Examples.ALL.size());
    }

    @ParameterizedTest
    @CsvSource({"30s, 30000", "1m30s, 90000", "1.5h, 5400000", "500ms, 500", "0, 0"})
    void duration_asTheReferenceWritesIt_isRead(String text, long millis) {
        assertThat(DurationText.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @CsvSource({
        "TUNNEL_TOKEN, tunnel run, base64",
        "TUNNEL_METRICS, tunnel ready, host:port",
        "TUNNEL_SERVICE_HOSTNAME, access tcp --id a, --service-token-secret",
        "TUNNEL_GRACE_PERIOD, tunnel run --token=x, DURATION",
        "TUNNEL_ORIGIN_CERT, tunnel list, cannot be read",
        "TUNNEL_SERVICE_URL, access tcp --hostname h, host:port"
    })
    void environment_isUsed(String variable, String line, String complaint) {
        assertThat(run(Map.of(variable, "§"), line.split(" "))).isNotZero();

        assertThat(err.toString(UTF_8)).contains(complaint);
    }

    @Test
    void commandLine_thenEnvironment_thenFile() throws IOException {
        Path config = Files.writeString(home.resolve("config.yml"), "grace-period: 5m\nmetrics: from-the-file\n");

        run(Map.of("TUNNEL_GRACE_PERIOD", "4m"), "tunnel", "run", "--config", config.toString(), "--token", GOOD);
        assertThat(err.toString(UTF_8)).contains("240s");
        err.reset();
        run(Map.of(), "tunnel", "run", "--config", config.toString(), "--token", GOOD);
        assertThat(err.toString(UTF_8)).contains("300s");
        err.reset();
        run(
                Map.of("TUNNEL_GRACE_PERIOD", "4m"),
                "tunnel",
                "run",
                "--config",
                config.toString(),
                "--token",
                GOOD,
                "--grace-period",
                "10m");
        assertThat(err.toString(UTF_8)).contains("600s");
    }

    @Test
    void environment_setsWhatTheCommandLineDoesNot() {
        assertThat(FlagVariables.variable("credentials-file")).isEqualTo("TUNNEL_CRED_FILE");
        assertThat(FlagVariables.variable("edge-ip-version")).isEqualTo("TUNNEL_EDGE_IP_VERSION");
    }
}
