package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessVectors;
import io.tunnel4j.access.store.InMemoryTokenStore;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenVerifierTest {
    private static final long NOW = 1795312800;

    private final FakeTime time = new FakeTime(Instant.ofEpochSecond(NOW));
    private final FakeHttp http = new FakeHttp().answer(200, AccessVectors.text("jwks.json"));
    private final TokenVerifier verifier =
            new TokenVerifier(new SigningKeys(new InMemoryTokenStore(time), http, time), AuthDomains.CLOUDFLARE, time);
    private final Application application = new Application(
            URI.create("https://app.example.test"),
            new AuthDomain("team.cloudflareaccess.com", 443),
            "tag",
            "app.example.test");

    private static Map<String, Object> claims(Object... changes) {
        Map<String, Object> claims = new HashMap<>(Map.of(
                "type",
                "app",
                "aud",
                List.of("tag"),
                "iss",
                "https://team.cloudflareaccess.com",
                "iat",
                NOW,
                "nbf",
                NOW,
                "exp",
                NOW + 60));
        for (int i = 0; i < changes.length; i += 2) {
            if (changes[i + 1] == null) {
                claims.remove((String) changes[i]);
            } else {
                claims.put((String) changes[i], changes[i + 1]);
            }
        }
        return claims;
    }

    private void verify(String token) {
        verifier.appToken(application, token, time.attempt(Duration.ofMinutes(1)));
    }

    private void assertRefused(String token, TunnelErrorCode code, String message) {
        assertThatThrownBy(() -> verify(token))
                .hasMessageStartingWith("app.example.test: ")
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(code));
        if (!token.isEmpty()) {
            assertThatThrownBy(() -> verify(token)).hasMessageNotContaining(token);
        }
    }

    @Test
    void appToken_goodOnes_accepted() {
        verify(TestTokens.sign(claims()));
        verify(TestTokens.sign(claims("aud", "tag")));
        verify(TestTokens.sign(claims("aud", List.of("other", "tag"), "type", null, "nbf", null, "iat", null)));
        verify(TestTokens.sign(claims("iat", NOW + 300, "exp", NOW)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "aud|other|EDGE_UNTRUSTED|is for another application (expected: audience tag)",
                "type|org|EDGE_UNTRUSTED|is of type org",
                "iss|https://evil.example|EDGE_UNTRUSTED|is issued by https://evil.example",
                "iss|http://team.cloudflareaccess.com|EDGE_UNTRUSTED|is issued by http://team.cloudflareaccess.com",
                "iss|https://team.cloudflareaccess.com.evil.example|EDGE_UNTRUSTED|is issued by",
                "iss||EDGE_UNTRUSTED|is issued by null",
            })
    void appToken_wrongText_refused(String claim, String value, TunnelErrorCode code, String message) {
        assertRefused(TestTokens.sign(claims(claim, value)), code, message);
    }

    @ParameterizedTest
    @CsvSource({"exp, -1", "exp, -1000000", "iat, 301", "nbf, 301"})
    void appToken_timesDoNotFit_clockSkewed(String claim, long offset) {
        assertRefused(
                TestTokens.sign(claims(claim, NOW + offset)),
                TunnelErrorCode.CLOCK_SKEWED,
                "this machine's clock says 2026-11-22T02:00:00Z (is it right?)");
    }

    @Test
    void appToken_byThePreviousKey_acceptedAsLongAsItIsPublished() {
        verify(TestTokens.sign(TestTokens.PREVIOUS, claims()));
    }

    @Test
    void appToken_forged_refused() {
        String good = TestTokens.sign(claims());
        String unsigned = good.substring(0, good.lastIndexOf('.') + 1);

        assertRefused(
                TestTokens.sign(TestTokens.UNPUBLISHED, claims()),
                TunnelErrorCode.EDGE_UNTRUSTED,
                "failed to verify signature");
        assertRefused(
                "eyJhbGciOiJub25lIn0" + unsigned.substring(unsigned.indexOf('.')),
                TunnelErrorCode.EDGE_PROTOCOL,
                "\"none\"");
        assertRefused(
                "eyJhbGciOiJIUzI1NiJ9" + good.substring(good.indexOf('.')), TunnelErrorCode.EDGE_PROTOCOL, "\"HS256\"");
        assertRefused(unsigned + "AAAA", TunnelErrorCode.EDGE_UNTRUSTED, "failed to verify signature");
        assertRefused("", TunnelErrorCode.EDGE_PROTOCOL, "is no token");
    }

    @Test
    void appToken_manyForgeries_keysFetchedOnce() {
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> verify(TestTokens.sign(TestTokens.UNPUBLISHED, claims())))
                    .isInstanceOf(TunnelException.class);
        }
        assertThat(http.calls).hasSize(1);
    }
}
