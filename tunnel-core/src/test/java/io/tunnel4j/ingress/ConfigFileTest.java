package io.tunnel4j.ingress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
    @ParameterizedTest
    @CsvSource({"short, 127.0.0.1:25053", "long, 127.0.0.1:22753"})
    void report_capturedSource_sameBytesAsTheReference(String name, String metrics) throws Exception {
        ConfigFile file = ConfigFile.parse(resource("source-" + name + ".yml"));
        Map<String, String> flags =
                Map.of("loglevel", "debug", "metrics", metrics, "no-autoupdate", "true", "protocol", "http2", "x", "y");
        assertThat(LocalConfigurationReport.write(file.ingress(), flags))
                .isEqualTo(resource("pushed-" + name + ".json").strip());
        assertThat(file.tunnel()).isEqualTo("11111111-2222-4333-8444-555555555555");
    }

    @Test
    void parse_flagsAndUnknownKeys_mapAndWarnings() {
        ConfigFile file = ConfigFile.parse(
                "protocol: http2\nretries: 5\nodd: {a: 1}\nwarp-routing: {enabled: true, z: 1, maxActiveFlows: 5}\n");
        assertThat(file.flags())
                .containsEntry("protocol", "http2")
                .containsEntry("retries", "5")
                .hasSize(2);
        assertThat(file.warnings()).hasSize(3).anyMatch(w -> w.contains("maxActiveFlows: of no effect"));
        assertThat(file.hasIngress()).isFalse();
    }

    @Test
    void parse_brokenSyntax_namesTheLine() {
        assertThatThrownBy(() -> ConfigFile.parse("tunnel: a\ningress: [\n"))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("line");
    }

    @Test
    void parse_aliasBomb_refused() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (int i = 1; i < 9; i++) {
            bomb.append("a" + i + ": &a" + i + " [");
            bomb.append(("*a" + (i - 1) + ",").repeat(10)).append("]\n");
        }
        assertThatThrownBy(() -> ConfigFile.parse(bomb.toString())).isInstanceOf(TunnelException.class);
    }

    @Test
    void parse_beyondLengthNestingOrValues_refused() {
        assertRefused("a: " + "x".repeat(4 << 20));
        assertRefused("odd: " + "[".repeat(40) + "]".repeat(40));
        assertRefused("odd: " + "[".repeat(100_000) + "]".repeat(100_000));
        StringBuilder shared = new StringBuilder("odd:\n  - &a [" + "1,".repeat(50_000) + "1]\n");
        for (int i = 0; i < 30; i++) {
            shared.append("  - *a\n");
        }
        assertRefused(shared.toString());
    }

    @Test
    void pushedDocument_beyondLengthOrNesting_refused() {
        assertThat(Json.parse("[".repeat(32) + "]".repeat(32))).isNotNull();
        assertThatThrownBy(() -> Json.parse("[".repeat(40) + "]".repeat(40)))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("nesting");
        assertThatThrownBy(() -> Json.parse("[".repeat(1_000_000))).isInstanceOf(TunnelException.class);
        assertThatThrownBy(() -> Json.parse("\"" + "x".repeat(4 << 20) + "\""))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("characters");
    }

    private static void assertRefused(String yaml) {
        assertThatThrownBy(() -> ConfigFile.parse(yaml))
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION));
    }

    @Test
    void goDuration_forms_asInTheReference() {
        assertThat(GoDuration.parse("1m30s")).isEqualTo(Duration.ofSeconds(90));
        assertThat(GoDuration.parse("1.5h")).isEqualTo(Duration.ofMinutes(90));
        assertThat(GoDuration.parse("250ms")).isEqualTo(Duration.ofMillis(250));
        assertThat(GoDuration.parse("30")).isNull();
        assertThat(GoDuration.parse("-1s")).isNull();
    }

    private static String resource(String name) throws Exception {
        try (InputStream in = Objects.requireNonNull(
                ConfigFileTest.class.getResourceAsStream("/vectors/connector-edge/local-config/" + name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
