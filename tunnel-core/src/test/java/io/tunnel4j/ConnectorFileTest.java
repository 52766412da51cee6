package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectorFileTest {
    @TempDir
    private Path directory;

    @Test
    void read_wholeFile_givesTunnelRulesAndFlags() throws IOException {
        Path file = Files.writeString(directory.resolve("config.yml"), """
                tunnel: web
                credentials-file: /etc/tunnel/web.json
                protocol: http2
                edge: [one:1, two:2]
                ingress:
                  - hostname: a.example.com
                    service: http://localhost:8080
                  - service: http_status:404
                """);

        ConnectorFile config = ConnectorFile.read(file);

        assertThat(config.tunnel()).contains("web");
        assertThat(config.credentialsFile()).contains("/etc/tunnel/web.json");
        assertThat(config.ingress().orElseThrow().rules()).hasSize(2);
        assertThat(config.flags()).containsEntry("protocol", "http2").containsEntry("edge", "one:1,two:2");
    }

    @Test
    void read_wrongRule_namesFileAndRule() throws IOException {
        Path file = Files.writeString(directory.resolve("config.yml"), "ingress: [{service: 'nonsense'}]");

        assertThatThrownBy(() -> ConnectorFile.read(file))
                .isInstanceOfSatisfying(
                        TunnelException.class,
                        e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION))
                .hasMessageContaining("config.yml")
                .hasMessageContaining("nonsense");
    }

    @Test
    void read_missingFile_namesIt() {
        assertThatThrownBy(() -> ConnectorFile.read(directory.resolve("none.yml")))
                .hasMessageContaining("none.yml: no such file");
    }

    @Test
    void read_binaryFile_isRefusedAsNotUtf8() throws IOException {
        Path file = Files.write(directory.resolve("config.yml"), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});

        assertThatThrownBy(() -> ConnectorFile.read(file)).hasMessageContaining("not UTF-8");
    }
}
