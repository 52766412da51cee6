package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelCredentialsTest {
    private static final String ACCOUNT = "0123456789abcdef0123456789abcdef";
    private static final UUID TUNNEL = UUID.fromString("11111111-2222-4333-8444-555555555555");
    private static final String SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    private static final String JSON =
            "{\"AccountTag\":\"" + ACCOUNT + "\",\"TunnelSecret\":\"" + SECRET + "\",\"TunnelID\":\"" + TUNNEL + "\"}";
    private static final String TOKEN_JSON =
            "{\"a\":\"" + ACCOUNT + "\",\"s\":\"" + SECRET + "\",\"t\":\"" + TUNNEL + "\"}";

    @TempDir
    private Path directory;

    @Test
    void token_valid_hasAllParts() {
        TunnelCredentials credentials = TunnelCredentials.fromToken(base64(TOKEN_JSON));

        assertThat(credentials.accountTag()).isEqualTo(ACCOUNT);
        assertThat(credentials.tunnelId()).isEqualTo(TUNNEL);
        assertThat(credentials.secret()).hasSize(32).startsWith(0, 1, 2).endsWith(31);
        assertThat(credentials.region()).isNull();
        assertThat(credentials.toToken()).isEqualTo(base64(TOKEN_JSON));
        assertThat(credentials.toJson()).isEqualTo(JSON);
    }

    @Test
    void token_wrappedAndUnpadded_isRead() {
        String token = base64(TOKEN_JSON.replace("}", ",\"e\":\"fed\"}"));
        String wrapped =
                "  " + token.substring(0, 50) + "\r\n" + token.substring(50).replace("=", "") + "\n";

        assertThat(TunnelCredentials.fromToken(wrapped).region()).isEqualTo("fed");
    }

    @Test
    void file_withUnknownMembersAndRegion_isRead() throws Exception {
        Path file = directory.resolve("tunnel.json");
        Files.writeString(file, JSON.replace("}", ",\"Endpoint\":\"us\",\"Later\":[{\"x\":1}]}"));

        TunnelCredentials credentials = TunnelCredentials.fromFile(file);

        assertThat(credentials.region()).isEqualTo("us");
        assertThat(TunnelCredentials.fromJson(credentials.toJson()))
                .isEqualTo(credentials)
                .hasSameHashCodeAs(credentials);
        assertThat(TunnelCredentials.fromToken(credentials.toToken())).isEqualTo(credentials);
    }

    @Test
    void json_emptyEndpointAndShortSecret_areAccepted() {
        TunnelCredentials credentials =
                TunnelCredentials.fromJson(JSON.replace(SECRET, "AQ==").replace("}", ",\"Endpoint\":\"\"}"));

        assertThat(credentials.secret()).containsExactly(1);
        assertThat(credentials.region()).isNull();
    }

    @Test
    void generate_twice_differs() {
        TunnelCredentials first = TunnelCredentials.generate("acct");
        TunnelCredentials second = TunnelCredentials.generate("acct");

        assertThat(first.secret()).hasSize(32).isNotEqualTo(second.secret());
        assertThat(first.tunnelId()).isNotEqualTo(second.tunnelId());
        assertThat(first).isNotEqualTo(second);
    }

    @Test
    void secret_changedByCaller_staysTheSame() {
        TunnelCredentials credentials = TunnelCredentials.fromJson(JSON);

        credentials.secret()[0] = 99;

        assertThat(credentials.secret()[0]).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "TunnelSecret\":\"AAECAw | TunnelSecret\":\"%%ECAw | TunnelSecret",
                "\"AccountTag\":\"0 | \"AccountTag\":\" 0 | AccountTag",
                "AccountTag | Tag | AccountTag",
                "TunnelID\":\" | TunnelID\":\"x | TunnelID",
                "TunnelID | ID | TunnelID",
                "4333 | 43z3 | TunnelID",
                "} | } x | JSON",
                "{ | [ | JSON",
            })
    void json_malformed_namesTheFieldAndHidesTheSecret(String from, String to, String named) {
        String broken = JSON.replace(from.strip(), to.strip());
        assertThat(broken).isNotEqualTo(JSON);

        TunnelException e = catchThrowableOfType(TunnelException.class, () -> TunnelCredentials.fromJson(broken));

        assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CREDENTIALS);
        assertThat(e.isRetryable()).isFalse();
        assertThat(e).hasMessageContaining(named);
        assertThat(e.getMessage()).doesNotContain("ECAw").doesNotContain(SECRET);
        assertThat(e.getCause()).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "{}", "e30", "e30=", "bnVsbA==", "W10=", "\u00e9", "not base64!", "eyJhIjoxfQ=="})
    void token_malformed_isRefused(String token) {
        TunnelException e = catchThrowableOfType(TunnelException.class, () -> TunnelCredentials.fromToken(token));

        assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CREDENTIALS);
        assertThat(e).hasMessageStartingWith("token: ");
    }

    @Test
    void input_tooLarge_isRefused() throws Exception {
        Path file = directory.resolve("huge.json");
        Files.writeString(file, " ".repeat(TunnelCredentials.MAX_INPUT_BYTES) + JSON);

        TunnelException fromFile = catchThrowableOfType(TunnelException.class, () -> TunnelCredentials.fromFile(file));
        TunnelException fromToken =
                catchThrowableOfType(TunnelException.class, () -> TunnelCredentials.fromToken("A".repeat(70_000)));

        assertThat(fromFile).hasMessageContaining("too large").hasMessageContaining("huge.json");
        assertThat(fromToken).hasMessageContaining("too large");
    }

    @Test
    void file_missing_isNamed() {
        TunnelException e = catchThrowableOfType(
                TunnelException.class, () -> TunnelCredentials.fromFile(directory.resolve("none.json")));

        assertThat(e.code()).isEqualTo(TunnelErrorCode.INVALID_CREDENTIALS);
        assertThat(e).hasMessageContaining("none.json");
    }

    @Test
    void toString_always_hidesTheSecret() {
        String text = TunnelCredentials.fromJson(JSON).toString();

        assertThat(text).contains(ACCOUNT).contains(TUNNEL.toString()).doesNotContain("AAEC");
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }
}
