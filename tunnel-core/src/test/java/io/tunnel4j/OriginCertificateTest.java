package io.tunnel4j;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OriginCertificateTest {
    private static final String JSON =
            "{\"zoneID\":\"z\",\"accountID\":\"a\",\"apiToken\":\"s3cret\",\"endpoint\":\"FED\"}";
    private static final String TOKEN = block("ARGO TUNNEL TOKEN", JSON);

    @TempDir
    private Path folder;

    @Test
    void pem_amongOlderBlocks_isRead() {
        OriginCertificate certificate = OriginCertificate.fromPem(
                block("PRIVATE KEY", "key") + block("CERTIFICATE", "cert") + "\n" + TOKEN + "\n");

        assertThat(certificate.zoneId()).isEqualTo("z");
        assertThat(certificate.accountId()).isEqualTo("a");
        assertThat(certificate.apiToken()).isEqualTo("s3cret");
        assertThat(certificate.endpoint()).isEqualTo("fed");
        assertThat(certificate.apiUrl()).isEqualTo(URI.create("https://api.fed.cloudflare.com/client/v4"));
    }

    @Test
    void pem_minimal_hasTheUsualAddress() {
        OriginCertificate certificate =
                OriginCertificate.fromPem(block("ARGO TUNNEL TOKEN", "{\"accountID\":\"a\",\"apiToken\":\"t\"}")
                        .replace("\n", "\r\n"));

        assertThat(certificate.zoneId()).isEmpty();
        assertThat(certificate.endpoint()).isNull();
        assertThat(certificate.apiUrl()).isEqualTo(URI.create("https://api.cloudflare.com/client/v4"));
    }

    static List<String> unfit() {
        return List.of(
                "",
                "not PEM",
                block("CERTIFICATE", "cert"),
                block("RSA PRIVATE KEY", "key") + TOKEN,
                TOKEN + TOKEN,
                TOKEN.replace("END ARGO", "END FARGO"),
                block("ARGO TUNNEL TOKEN", "no json s3cret"),
                block("ARGO TUNNEL TOKEN", "[\"s3cret\"]"),
                block("ARGO TUNNEL TOKEN", "{\"apiToken\":\"s3cret\"}"),
                block("ARGO TUNNEL TOKEN", "{\"accountID\":\"a\"}"),
                block("ARGO TUNNEL TOKEN", "{\"accountID\":7,\"apiToken\":\"s3cret\"}"),
                "-----BEGIN ARGO TUNNEL TOKEN-----\nA\n-----END ARGO TUNNEL TOKEN-----",
                " ".repeat(70_000) + TOKEN);
    }

    @ParameterizedTest
    @MethodSource("unfit")
    void pem_unfit_isATypedErrorWithoutTheSecret(String pem) {
        TunnelException error = catchThrowableOfType(TunnelException.class, () -> OriginCertificate.fromPem(pem));

        assertThat(error.code()).isEqualTo(TunnelErrorCode.INVALID_CREDENTIALS);
        assertThat(error.toString()).doesNotContain("s3cret");
        assertThat(error.getCause()).isNull();
    }

    @Test
    void file_written_isForItsOwnerAndReadsTheSame() throws Exception {
        Path file = folder.resolve("new/cert.pem");
        OriginCertificate certificate = OriginCertificate.of("z", "a", "t".repeat(300), "fed");

        certificate.writeTo(file);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        OriginCertificate read = OriginCertificate.fromFile(file);
        assertThat(read).usingRecursiveComparison().isEqualTo(certificate);
        assertThat(Files.readAllLines(file))
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(64));
    }

    @Test
    void file_thatExists_isNotOverwritten() throws Exception {
        Path file = Files.writeString(folder.resolve("cert.pem"), "precious");

        assertThatThrownBy(() -> OriginCertificate.of("z", "a", "t", null).writeTo(file))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("exists already");
        assertThat(file).hasContent("precious");
    }

    @Test
    void file_missing_isNamed() {
        Path file = folder.resolve("none.pem");

        assertThatThrownBy(() -> OriginCertificate.fromFile(file))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining(file.toString());
    }

    private static String block(String name, String content) {
        return "-----BEGIN " + name + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content.getBytes(UTF_8)) + "\n-----END "
                + name + "-----\n";
    }
}
