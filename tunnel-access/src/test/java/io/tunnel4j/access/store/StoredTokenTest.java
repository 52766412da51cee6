package io.tunnel4j.access.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.tunnel4j.access.AccessToken;
import io.tunnel4j.access.AccessVectors;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class StoredTokenTest {
    static Stream<JsonObject> readable() {
        return AccessVectors.cases("jwt-vectors.json").filter(vector -> !vector.has("parse_error"));
    }

    static Stream<JsonObject> unreadable() {
        return AccessVectors.cases("jwt-vectors.json").filter(vector -> vector.has("parse_error"));
    }

    @ParameterizedTest
    @MethodSource("readable")
    void parse_referenceCase_sameEndAndAudience(JsonObject vector) throws Exception {
        StoredToken token = StoredToken.parse(vector.get("jwt").getAsString() + "\n");

        assertThat(token.text()).isEqualTo(vector.get("jwt").getAsString());
        assertThat(token.expiresAt()).isEqualTo(vector.get("exp_parsed").getAsLong());
        assertThat(token.audience())
                .containsExactlyElementsOf(vector.getAsJsonArray("aud_parsed").asList().stream()
                        .map(aud -> aud.getAsString())
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("unreadable")
    void parse_referenceRefuses_refusedForTheSameClaim(JsonObject vector) {
        String error = vector.get("parse_error").getAsString();
        String expected = error.startsWith("json:") ? "exp field is not an integer" : error;

        assertThatThrownBy(() -> StoredToken.parse(vector.get("jwt").getAsString()))
                .isInstanceOf(ParseException.class)
                .hasMessage(expected);
        assertThat(StoredToken.tryParse(vector.get("jwt").getAsString())).isNull();
    }

    @Test
    void accessToken_identityToken_claimsReadable() {
        AccessToken token =
                AccessToken.of(readable().findFirst().orElseThrow().get("jwt").getAsString());

        assertThat(token.email()).isEqualTo("user@example.test");
        assertThat(token.issuer()).isEqualTo("https://team.cloudflareaccess.com");
        assertThat(token.issuedAt()).isEqualTo(Instant.ofEpochSecond(1795312800));
        assertThat(token.expiresAt()).isEqualTo(Instant.ofEpochSecond(1795399200));
        assertThat(token.audience()).hasSize(1);
        assertThat(token).hasToString("AccessToken[expiresAt=2026-11-23T02:00:00Z]");
    }

    @Test
    void isExpired_aroundTheEnd_wholeSecondsWithoutLeeway() {
        StoredToken token = new StoredToken("", 0, 1000, java.util.List.of());

        assertThat(token.isExpired(Instant.ofEpochMilli(1_000_999))).isFalse();
        assertThat(token.isExpired(Instant.ofEpochMilli(1_001_000))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a.b",
                "a.b.c",
                "a.b.c.d",
                "...",
                "eyJhbGciOiJub25lIn0.e30.",
                "e30.e30.e30",
                "\0\0\0",
                "eyJhbGciOiJSUzI1NiJ9.bm90IGpzb24.YQ",
                "eyJhbGciOiJSUzI1NiJ9.W10.YQ",
                "eyJhbGciOiJIUzI1NiJ9.e30.YQ",
                "eyJhbGciOiJSUzI1NiJ9.e30=.YQ"
            })
    void parse_noToken_parseException(String text) {
        assertThatThrownBy(() -> StoredToken.parse(text)).isInstanceOf(ParseException.class);
        assertThat(AccessToken.of(text).compact()).isEqualTo(text);
    }

    @Test
    void parse_deeplyNestedPayload_parseException() {
        String payload = "{\"a\":" + "[".repeat(5000) + "]".repeat(5000) + "}";
        String token = "eyJhbGciOiJSUzI1NiJ9."
                + Base64.getUrlEncoder().withoutPadding().encodeToString(payload.getBytes(StandardCharsets.UTF_8))
                + ".YQ";

        assertThatThrownBy(() -> StoredToken.parse(token)).isInstanceOf(ParseException.class);
    }

    @Test
    void parse_hugeText_parseException() {
        assertThatThrownBy(() -> StoredToken.parse("a".repeat(CompactJws.MAX_LENGTH + 1)))
                .isInstanceOf(ParseException.class)
                .hasMessage("token of 65537 characters (expected: up to 65536)");
    }
}
