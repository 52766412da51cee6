package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the short way takes, and what it leaves to the long one. */
class PlainWordsTest {
    @TempDir
    private Path home;

    private boolean isPlain(Map<String, String> environment, String line) {
        PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, UTF_8);
        Terminal terminal =
                new Terminal(new ByteArrayInputStream(new byte[0]), nowhere, nowhere, environment, home, false);
        return PlainWords.command(terminal, line.split(" ")) != null;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "access ssh --hostname ssh.example.com",
                "access tcp -T h --id a --secret=b --cacert ca.pem -H a:b",
                "tunnel run --token x",
                "tunnel run --token-file t --edge a:1,b:2 --url http://localhost:1 --grace-period 1m30s",
                "tunnel --no-autoupdate --edge a:1 --edge b:2 --ha-connections 2 run --token x --protocol http2"
            })
    void usualLines_arePlain(String line) {
        assertThat(isPlain(Map.of(), line)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "access ssh",
                "access ssh --help",
                "access ssh --hostnam h",
                "access ssh --hostname",
                "access ssh --hostname --id",
                "access tcp --hostname a --hostname b",
                "access tcp --hostname h --url localhost:1",
                "access tcp --hostname h localhost:1",
                "access login h",
                "tunnel run name",
                "tunnel --token x",
                "tunnel --token x run name",
                "tunnel --token x run --token y",
                "tunnel --edge a:1 run --token x --edge b:2",
                "tunnel run --token x --ha-connections many",
                "tunnel --config none.yml run",
                "tunnel run --url http://localhost:1",
                "tunnel run --token x --grace-period soon",
                "tunnel run --token x --hello-world",
                "tunnel list --output json"
            })
    void everythingElse_isLeftToTheLongWay(String line) {
        assertThat(isPlain(Map.of(), line)).isFalse();
    }

    @Test
    void run_withEnvironment_isLeftToTheLongWay() {
        assertThat(isPlain(Map.of("TUNNEL_METRICS", "localhost:1"), "tunnel run --token x"))
                .isFalse();
        assertThat(isPlain(Map.of("NO_AUTOUPDATE", "true"), "tunnel run --token x"))
                .isFalse();
        assertThat(isPlain(Map.of("HOME", "/"), "tunnel run --token x")).isTrue();
        assertThat(isPlain(Map.of("HOME", "/"), "tunnel run")).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "credentials-file: c.json | tunnel run | true",
                "credentials-file: c.json | tunnel --no-autoupdate run | true",
                "loglevel: warn\\nno-autoupdate: true | tunnel run --token x | true",
                "tunnel: x | tunnel run | false",
                "hello-world: true | tunnel run --token x | false",
                "grace-period: soon | tunnel run --token x | false",
                "ingress: wrong | tunnel run --token x | false"
            })
    void run_withFile_isPlainIfItHoldsTheUsual(String content, String line, boolean plain) throws IOException {
        Path file = Files.createDirectories(home.resolve(".cloudflared")).resolve("config.yml");
        Files.writeString(file, content.replace("\\n", "\n"));

        assertThat(isPlain(Map.of(), line)).isEqualTo(plain);
    }
}
