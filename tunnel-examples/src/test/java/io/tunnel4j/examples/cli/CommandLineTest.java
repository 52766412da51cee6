package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person sees who types something wrong, or asks for help. */
class CommandLineTest {
    @TempDir
    private Path home;

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... words) {
        Terminal terminal = new Terminal(
                new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, UTF_8),
                new PrintStream(err, true, UTF_8),
                Map.of(),
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
        "edge run --https=8443, --https, host:port",
        "tunnel rnu, rnu, did you mean 'run'",
        "example handlr, handlr, did you mean 'handler'",
        "example handler, example handler, TOKEN"
    })
    void wrongUse_oneLineOnStderrNamesIt_exitCode2(String line, String named, String expected) {
        int code = run(line.split(" "));

        assertThat(code).isEqualTo(2);
        assertThat(err.toString(UTF_8).strip().lines()).hasSize(1);
        assertThat(err.toString(UTF_8)).contains(named, expected);
        assertThat(out.toString(UTF_8)).isEmpty();
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
    void example_withoutName_listsAll() {
        assertThat(run("example")).isZero();

        assertThat(out.toString(UTF_8).lines()).hasSize(Examples.ALL.size());
    }

    @ParameterizedTest
    @CsvSource({"30s, 30000", "1m30s, 90000", "1.5h, 5400000", "500ms, 500", "0, 0"})
    void duration_asTheReferenceWritesIt_isRead(String text, long millis) {
        assertThat(DurationText.parse(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @Test
    void environment_setsWhatTheCommandLineDoesNot() {
        assertThat(FlagDefaults.variable("credentials-file")).isEqualTo("TUNNEL_CRED_FILE");
        assertThat(FlagDefaults.variable("edge-ip-version")).isEqualTo("TUNNEL_EDGE_IP_VERSION");
    }
}
