package io.tunnel4j.edge.gate;

import static io.tunnel4j.edge.gate.GateFixture.get;
import static io.tunnel4j.edge.gate.GateFixture.request;
import static io.tunnel4j.edge.gate.GateFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IssuedServiceToken;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.text.ParseException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Programs that pass with a service token, and everybody who does not. */
class ServiceTokenGateTest {
    private final GateFixture fixture = new GateFixture();
    private IssuedServiceToken token;
    private Application app;

    @BeforeEach
    void protectTheDatabase() {
        token = fixture.gate.access().createServiceToken("build server");
        app = Application.builder("db.example.test")
                .policy(Policy.serviceAuth("builds").include(Rule.serviceToken(token.id())))
                .build();
        fixture.gate.access().protect(app);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void request_rightToken_passesWithAssertionAndWithoutSecret() throws ParseException {
        GateDecision.Pass pass = fixture.pass(get(
                "https://db.example.test/",
                "Cf-Access-Client-Id",
                token.clientId(),
                "Cf-Access-Client-Secret",
                token.clientSecret()));

        assertThat(pass.removed()).contains("Cf-Access-Client-Id", "Cf-Access-Client-Secret");
        SignedJWT assertion = SignedJWT.parse(value(pass, "Cf-Access-Jwt-Assertion"));
        assertThat(assertion.getPayload().toJSONObject())
                .containsEntry("type", "app")
                .containsEntry("common_name", token.clientId())
                .containsEntry("sub", "")
                .containsEntry("iss", "https://team.example.test")
                .doesNotContainKey("email");
        assertThat(assertion.getJWTClaimsSet().getAudience()).containsExactly(app.audience());
        assertThat(pass.responseFields())
                .anySatisfy(field -> assertThat(field.getValue())
                        .startsWith("CF_Authorization=")
                        .contains("; Path=/; Expires=Thu, 26 Nov 2026 12:00:00 GMT; Secure; HttpOnly; SameSite=None"));
    }

    @Test
    void request_noCredentials_isForbiddenAndNamesTheApplication() {
        EdgeResponse response = fixture.answer(get("https://db.example.test/x"));

        assertThat(response.status()).isEqualTo(403);
        assertThat(response.headers().get("cf-access-aud")).isEqualTo(app.audience());
        assertThat(response.headers().get("cf-access-domain")).isEqualTo("db.example.test");
    }

    @Test
    void request_noCredentialsWantingJson_isForbiddenInJson() {
        EdgeResponse response = fixture.answer(get("https://db.example.test/x", "Accept", "application/json"));

        assertThat(response.status()).isEqualTo(403);
        assertThat(text(response)).startsWith("{\"success\":false");
    }

    @Test
    void request_wrongSecret_isForbidden() {
        assertRefused(token.clientId(), token.clientSecret().replace('a', 'b') + "x");
    }

    @Test
    void request_unknownId_isForbidden() {
        assertRefused("0123456789abcdef0123456789abcdef.access", token.clientSecret());
    }

    @Test
    void request_anotherToken_isForbidden() {
        IssuedServiceToken other = fixture.gate.access().createServiceToken("other");

        assertRefused(other.clientId(), other.clientSecret());
    }

    @Test
    void request_expiredToken_isForbiddenUntilRenewed() {
        fixture.time.advance(Duration.ofDays(365));
        assertRefused(token.clientId(), token.clientSecret());

        fixture.gate.access().renewServiceToken(token.id());

        assertThat(fixture.decide(withToken())).isInstanceOf(GateDecision.Pass.class);
    }

    @Test
    void request_deletedToken_isForbiddenAtOnce() {
        assertThat(fixture.decide(withToken())).isInstanceOf(GateDecision.Pass.class);

        fixture.gate.access().deleteServiceToken(token.id());

        assertRefused(token.clientId(), token.clientSecret());
    }

    @Test
    void request_rotatedToken_passesWithTheNewSecretOnly() {
        IssuedServiceToken rotated = fixture.gate
                .access()
                .rotateServiceToken(token.id())
                .toCompletableFuture()
                .join();

        assertRefused(token.clientId(), token.clientSecret());
        assertThat(fixture.decide(get(
                        "https://db.example.test/",
                        "Cf-Access-Client-Id",
                        rotated.clientId(),
                        "Cf-Access-Client-Secret",
                        rotated.clientSecret())))
                .isInstanceOf(GateDecision.Pass.class);
    }

    @Test
    void request_tokenInSingleField_passesWhereTheApplicationReadsIt() {
        String pair = "{\"cf-access-client-id\": \"" + token.clientId() + "\", \"cf-access-client-secret\": \""
                + token.clientSecret() + "\"}";
        assertThat(fixture.answer(get("https://db.example.test/", "Authorization", pair))
                        .status())
                .isEqualTo(403);

        fixture.gate
                .access()
                .protect(app.toBuilder().serviceTokenHeader("Authorization").build());

        assertThat(fixture.decide(get("https://db.example.test/", "Authorization", pair)))
                .isInstanceOf(GateDecision.Pass.class);
    }

    @Test
    void request_assertionAlone_isForbiddenWhereOnlyServicesPass() {
        String jwt = value(fixture.pass(withToken()), "Cf-Access-Jwt-Assertion");

        EdgeResponse response = fixture.answer(
                get("https://db.example.test/", "Cf-Access-Token", jwt, "Cookie", "CF_Authorization=" + jwt));

        assertThat(response.status()).isEqualTo(403);
    }

    @Test
    void request_publicHost_passesWithoutTheFieldsOfTheGate() {
        GateDecision.Pass pass = fixture.pass(get(
                "https://open.example.test/",
                "Cf-Access-Jwt-Assertion",
                "forged",
                "cf_access_authenticated_user_email",
                "boss@example.test",
                "Cf-Access-Jump-Destination",
                "ssh://10.0.0.5:22"));

        assertThat(pass.removed())
                .containsExactlyInAnyOrder("Cf-Access-Jwt-Assertion", "cf_access_authenticated_user_email");
    }

    @Test
    void metadata_anyRequest_isSignedBeforeAnythingElse() throws ParseException {
        EdgeResponse response =
                fixture.answer(request("HEAD", "https://db.example.test/a?b=c", "Cf-Access-Metadata-Request", "true"));

        assertThat(response.status()).isEqualTo(200);
        SignedJWT metadata = SignedJWT.parse(response.headers().get("Cf-Access-Metadata"));
        assertThat(metadata.getHeader().getAlgorithm().getName()).isEqualTo("RS256");
        assertThat(metadata.getHeader().getKeyID()).hasSize(64);
        assertThat(metadata.getPayload().toJSONObject())
                .containsAllEntriesOf(Map.of(
                        "type", "match",
                        "hostname", "db.example.test",
                        "auth_domain", "team.example.test",
                        "aud", app.audience(),
                        "app_hostname", "db.example.test",
                        "iat", fixture.time.instant().getEpochSecond()));
    }

    private EdgeRequest withToken() {
        return get(
                "https://db.example.test/",
                "Cf-Access-Client-Id",
                token.clientId(),
                "Cf-Access-Client-Secret",
                token.clientSecret());
    }

    private void assertRefused(String id, String secret) {
        assertThat(fixture.answer(get(
                                "https://db.example.test/",
                                "Cf-Access-Client-Id",
                                id,
                                "Cf-Access-Client-Secret",
                                secret))
                        .status())
                .isEqualTo(403);
    }

    private static String value(GateDecision.Pass pass, String name) {
        return pass.requestFields().stream()
                .filter(field -> field.getKey().equals(name))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow();
    }
}
