package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessVectors;
import io.tunnel4j.access.TokenStore;
import io.tunnel4j.access.store.InMemoryTokenStore;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DiscoveryTest {
    private static final String KEYS_NAME = "team.cloudflareaccess.com-jwks";
    private static final URI APP = URI.create("https://app.example.test/p?x=1");

    private final FakeTime time = new FakeTime(Instant.ofEpochSecond(1795312800));
    private final FakeHttp http = new FakeHttp();
    private TokenStore store = new InMemoryTokenStore(time);

    private Application discover(URI url) {
        return discover(url, AuthDomains.CLOUDFLARE);
    }

    private Application discover(URI url, AuthDomains domains) {
        SigningKeys keys = new SigningKeys(store, http, time);
        return new Discovery(http, keys, domains, time).discover(url, time.attempt(Duration.ofMinutes(1)));
    }

    static Stream<JsonObject> metadata() {
        return AccessVectors.cases("metadata-vectors.json");
    }

    /** What the reference says for the same fault, before the words of its libraries; and our code for it. */
    private static final Map<String, TunnelErrorCode> CODES = Map.of(
            "failed to parse metadata JWT", TunnelErrorCode.EDGE_PROTOCOL,
            "failed to decode metadata JWT claims", TunnelErrorCode.EDGE_PROTOCOL,
            "metadata JWT auth_domain validation failed", TunnelErrorCode.EDGE_UNTRUSTED,
            "metadata JWT verification failed", TunnelErrorCode.EDGE_UNTRUSTED,
            "hostname mismatch", TunnelErrorCode.EDGE_UNTRUSTED,
            "type is not match", TunnelErrorCode.EDGE_PROTOCOL,
            "metadata JWT is older than 24h0m0s", TunnelErrorCode.CLOCK_SKEWED,
            "metadata JWT is more than 5m0s in the future", TunnelErrorCode.CLOCK_SKEWED);

    @ParameterizedTest
    @MethodSource("metadata")
    void discover_signedMetadata_sameResultAsTheReference(JsonObject vector) {
        URI url = URI.create("https://" + vector.get("request_host").getAsString() + "/");
        http.answer(302, "", "Cf-Access-Metadata", vector.get("jwt").getAsString())
                .answer(200, AccessVectors.text("jwks.json"));
        assertThat(vector.get("verify_at_unix").getAsLong())
                .isEqualTo(time.instant().getEpochSecond());
        String result = vector.get("result").getAsString();

        if (result.equals("ok")) {
            assertThat(discover(url))
                    .isEqualTo(new Application(
                            url,
                            new AuthDomain(vector.get("auth_domain").getAsString(), 443),
                            vector.get("aud").getAsString(),
                            vector.get("app_hostname").getAsString()));
            return;
        }
        String kind = result.split(": ")[0];
        boolean ownWords = result.contains("algorithm") || result.contains("auth_domain \"");
        String shown = switch (kind) {
            case "hostname mismatch" ->
                "metadata JWT hostname \"other.example.test\" does not match request host \"app.example.test\"";
            case "type is not match" -> "metadata JWT type \"nomatch\" is not match";
            default -> ownWords ? result : kind;
        };
        assertFails(() -> discover(url), CODES.get(kind), "app.example.test: " + shown);
    }

    @Test
    void discover_anyApplication_asksAsTheReferenceDoes() {
        http.answer(200, "", "Cf-Access-Metadata", valid()).answer(200, AccessVectors.text("jwks.json"));

        discover(APP);

        assertThat(http.calls).hasSize(2);
        assertThat(http.calls.get(0))
                .extracting(HttpCall::method, HttpCall::uri, HttpCall::fields, HttpCall::timeout)
                .containsExactly("HEAD", APP, Map.of("Cf-Access-Metadata-Request", "true"), Duration.ofSeconds(7));
        assertThat(http.calls.get(1))
                .extracting(HttpCall::method, HttpCall::uri, HttpCall::timeout)
                .containsExactly(
                        "GET",
                        URI.create("https://team.cloudflareaccess.com/cdn-cgi/access/certs"),
                        Duration.ofSeconds(10));
    }

    @Test
    void discover_keysFetched_cachedAsTheReferenceCachesThem() {
        http.answer(200, "", "Cf-Access-Metadata", valid()).answer(200, AccessVectors.text("jwks.json"));

        discover(APP);

        JsonObject recorded = AccessVectors.object("transcripts/login-long-poll.json")
                .getAsJsonObject("files_in_dot_cloudflared")
                .getAsJsonObject(KEYS_NAME);
        assertThat(store.read(KEYS_NAME).value())
                .isEqualTo(recorded.get("content").getAsString());
    }

    @ParameterizedTest
    @CsvSource({
        // age of the cached set in seconds, whether it explains the signature, requests to the team's host
        "0, true, 0",
        "86400, true, 0",
        "86401, true, 1",
        "-1000000000, true, 0",
        "59, false, 0",
        "60, false, 1",
        "-1000000000, false, 0",
    })
    void discover_cachedKeys_fetchedOnlyWhenOldOrUnhelpful(long age, boolean good, int fetches) {
        String wrongKeys = AccessVectors.text("jwks.json")
                .replace("\"n\": \"3NoHeV", "\"n\": \"3NoHeW")
                .replace("\"n\": \"sgpK", "\"n\": \"sgpL");
        store = new InMemoryTokenStore(Clock.fixed(time.instant().minusSeconds(age), ZoneOffset.UTC));
        store.write(KEYS_NAME, good ? AccessVectors.text("jwks.json") : wrongKeys);
        http.answer(200, "", "Cf-Access-Metadata", valid()).answer(200, AccessVectors.text("jwks.json"));

        if (good || fetches == 1) {
            assertThat(discover(APP).audienceTag()).startsWith("9d80");
        } else {
            assertFails(
                    () -> discover(APP),
                    TunnelErrorCode.EDGE_UNTRUSTED,
                    "app.example.test: metadata JWT verification failed");
        }
        assertThat(http.calls).hasSize(1 + fetches);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"''", "not json", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"EC\"}]}", "[]"})
    void discover_uselessCachedKeys_fetched(String cached) {
        store.write(KEYS_NAME, cached);
        http.answer(200, "", "Cf-Access-Metadata", valid()).answer(200, AccessVectors.text("jwks.json"));

        assertThat(discover(APP).appHostname()).isEqualTo("app.example.test");
        assertThat(http.calls).hasSize(2);
    }

    @Test
    void discover_noAnswerTwice_askedAThirdTime() {
        http.fail(TunnelErrorCode.TIMEOUT)
                .fail(TunnelErrorCode.TIMEOUT)
                .answer(200, "", "Cf-Access-Metadata", valid())
                .answer(200, AccessVectors.text("jwks.json"));

        assertThat(discover(APP).appHostname()).isEqualTo("app.example.test");
    }

    @Test
    void discover_neverAnAnswer_givesUp() {
        http.fail(TunnelErrorCode.TIMEOUT);

        assertFails(() -> discover(APP), TunnelErrorCode.TIMEOUT, "scripted failure");
        assertThat(http.calls).hasSize(3).allMatch(call -> call.timeout().equals(Duration.ofSeconds(7)));
    }

    @Test
    void discover_keysRefused_referencesWords() {
        http.answer(200, "", "Cf-Access-Metadata", valid()).answer(500, "");

        assertFails(
                () -> discover(APP),
                TunnelErrorCode.EDGE_PROTOCOL,
                "app.example.test: metadata JWT verification failed: JWKS endpoint"
                        + " https://team.cloudflareaccess.com/cdn-cgi/access/certs returned status 500");
    }

    @Test
    void discover_selfHostedDomainNotConfigured_refusedWithoutAskingIt() {
        http.answer(200, "", "Cf-Access-Metadata", valid());

        assertFails(
                () -> discover(APP, new AuthDomains(List.of("auth.example.com"))),
                TunnelErrorCode.EDGE_UNTRUSTED,
                "app.example.test: metadata JWT auth_domain validation failed");
        assertThat(http.calls).hasSize(1);
    }

    @Test
    void discover_olderEdge_followsToTheLoginPage() {
        String login = "https://team.cloudflareaccess.com/cdn-cgi/access/login/app.example.test?kid=aud1&meta=x";
        http.answer(302, "", "Location", login)
                .answer(200, "", "CF-Access-Domain", "*.example.test/p", "CF-Access-Aud", "other");

        Application application = discover(APP);

        assertThat(application)
                .isEqualTo(new Application(
                        APP, new AuthDomain("team.cloudflareaccess.com", 443), "aud1", "*.example.test/p"));
        assertThat(http.calls).hasSize(2);
        assertThat(http.calls.get(1).fields()).containsExactly(Map.entry("Referer", APP.toString()));
        assertThat(http.calls.get(1).uri()).hasToString(login);
    }

    @Test
    void discover_olderEdgeRefuses_applicationAnswersForItself() {
        http.answer(403, "", "CF-Access-Aud", "aud1", "CF-Access-Domain", "app.example.test");

        assertThat(discover(APP))
                .isEqualTo(new Application(APP, new AuthDomain("app.example.test", 443), "aud1", "app.example.test"));
    }

    @Test
    void discover_redirectToForeignLoginPage_refused() {
        http.answer(302, "", "Location", "https://evil.example/cdn-cgi/access/login/app.example.test?kid=aud1")
                .answer(200, "", "CF-Access-Domain", "app.example.test");

        assertFails(
                () -> discover(APP), TunnelErrorCode.EDGE_UNTRUSTED, "auth_domain \"evil.example\" does not end with");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200|x-none: 1|the edge names neither signed metadata nor a login page",
                "404|x-none: 1|the edge names neither signed metadata nor a login page",
                "401|CF-Access-Aud: a|Empty app domain",
                "302|Location: https://app.example.test/again|it redirects without end",
                "302|Location: http://app.example.test/|it redirects without end or away from https",
                "302|Location: /cdn-cgi/access/login/x|Empty app aud",
                "302|Location: ::::|the edge names neither signed metadata nor a login page",
            })
    void discover_noApplication_saysSo(int status, String field, String detail) {
        http.answer(status, "", field.split(": ")[0], field.split(": ")[1]);

        assertFails(
                () -> discover(APP),
                TunnelErrorCode.NOT_AN_ACCESS_APPLICATION,
                "failed to find Access application at https://app.example.test: " + detail);
        assertThat(http.calls.size()).isLessThanOrEqualTo(11);
    }

    private static String valid() {
        return metadata()
                .filter(vector -> vector.get("name").getAsString().equals("valid"))
                .findFirst()
                .orElseThrow()
                .get("jwt")
                .getAsString();
    }

    private static void assertFails(ThrowingCallable call, TunnelErrorCode code, String message) {
        assertThatThrownBy(call)
                .hasMessageContaining(message)
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(code));
    }
}
