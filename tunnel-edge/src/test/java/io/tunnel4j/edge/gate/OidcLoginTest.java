package io.tunnel4j.edge.gate;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.gate.policy.SigningKeyRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import okhttp3.mockwebserver.Dispatcher;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Login at an OpenID Connect provider, and what a bad provider or browser gets out of it. */
class OidcLoginTest {
    private final GateFixture fixture = new GateFixture();
    private final FakeBrowser browser = new FakeBrowser(fixture);
    private final ScriptedProvider provider = new ScriptedProvider();

    @BeforeEach
    void setUp() throws Exception {
        provider.server.start();
        fixture.gate.access().login(provider("sso", "Company sign-on"));
        fixture.gate.access().login(provider("other", "Partner sign-on"));
        fixture.gate
                .access()
                .protect(Application.builder("wiki.example.test")
                        .policy(Policy.allow("ops")
                                .include(Rule.claim("groups", "ops"))
                                .require(Rule.loginMethod("sso")))
                        .build());
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
        provider.server.shutdown();
    }

    @Test
    void login_codeFlow_leadsToTheApplication() {
        come(goTo("Company sign-on"));

        assertThat(browser.passed().requestFields())
                .contains(Map.entry("Cf-Access-Authenticated-User-Email", "ann@example.com"));
        assertThat(provider.tokenRequest)
                .contains("grant_type=authorization_code", "code=the-code", "code_verifier=")
                .contains("redirect_uri=https%3A%2F%2Fteam.example.test%2Fcdn-cgi%2Faccess%2Fcallback");
        assertThat(provider.authorization).startsWith("Basic ");
    }

    @Test
    void login_pkce_provesTheStart() throws GeneralSecurityException {
        Query start = goTo("Company sign-on");
        come(start);

        String verifier = Query.parse("?" + provider.tokenRequest).get("code_verifier");
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(verifier.getBytes(StandardCharsets.US_ASCII));
        assertThat(start.get("code_challenge_method")).isEqualTo("S256");
        assertThat(start.get("code_challenge"))
                .isEqualTo(Base64.getUrlEncoder().withoutPadding().encodeToString(digest));
    }

    @Test
    void login_atAnotherProvider_isNotTakenForThisOne() {
        come(goTo("Partner sign-on"));

        assertThat(browser.hasPassed()).isFalse();
        assertThat(browser.status()).isEqualTo(403);
    }

    @Test
    void idToken_notAcceptable_logsNobodyIn() {
        for (Consumer<JWTClaimsSet.Builder> wrong : List.<Consumer<JWTClaimsSet.Builder>>of(
                claims -> claims.claim("nonce", "another"),
                claims -> claims.claim("nonce", null),
                claims -> claims.audience("another-client"),
                claims -> claims.audience(List.of("the-client", "another-client")),
                claims -> claims.issuer("https://evil.test"),
                claims -> claims.expirationTime(new Date(0)),
                claims -> claims.subject(null),
                claims -> claims.claim("email", "not an address"),
                claims -> claims.claim("email_verified", false))) {
            provider.change = wrong;

            come(goTo("Company sign-on"));

            assertThat(browser.hasPassed()).isFalse();
            assertThat(browser.status()).isEqualTo(502);
            assertThat(browser.cookie(GateFixture.TEAM, "CF_Authorization")).isNull();
        }
    }

    @Test
    void idToken_signedByAnotherKey_logsNobodyIn() {
        provider.signer = TestKeys.unpublished();

        come(goTo("Company sign-on"));

        assertThat(browser.status()).isEqualTo(502);
    }

    @Test
    void state_ofAnotherBrowser_isRefused() {
        Query start = goTo("Company sign-on");
        FakeBrowser victim = new FakeBrowser(fixture);
        victim.open("https://wiki.example.test/");

        victim.open(GateFixture.callback(start.get("state")));

        assertThat(victim.status()).isEqualTo(400);
        assertThat(victim.cookie(GateFixture.TEAM, "CF_Authorization")).isNull();
    }

    @Test
    void state_usedTwice_isRefused() {
        Query start = goTo("Company sign-on");
        come(start);
        browser.cookies.remove(GateFixture.TEAM);

        browser.open(GateFixture.callback(start.get("state")));

        assertThat(browser.status()).isEqualTo(400);
    }

    @Test
    void provider_down_isSaidWithAReference() throws Exception {
        provider.server.shutdown();

        browser.open("https://wiki.example.test/").click("Company sign-on");

        assertThat(browser.status()).isEqualTo(502);
        assertThat(browser.text()).contains("The login did not work", "ray-1");
    }

    private IdentityProvider provider(String id, String name) {
        return IdentityProvider.openIdConnect(name, provider.issuer(), "the-client")
                .id(id)
                .clientSecret("hush")
                .build();
    }

    /** Clicks a provider; returns what the browser is sent there with. */
    private Query goTo(String name) {
        browser.open("https://wiki.example.test/").click(name);
        assertThat(browser.status()).isEqualTo(302);
        String location = browser.page().headers().get("Location");
        assertThat(location).startsWith(provider.issuer() + "/authorize?");
        Query query = Query.parse(location.substring(location.indexOf('?')));
        provider.nonce = query.get("nonce");
        return query;
    }

    private void come(Query start) {
        browser.open(GateFixture.callback(start.get("state")));
    }

    /** A provider that signs what it is told to. */
    private static final class ScriptedProvider extends Dispatcher {
        final MockWebServer server = new MockWebServer();
        volatile SigningKeyRecord signer = TestKeys.current();
        volatile Consumer<JWTClaimsSet.Builder> change = claims -> {};
        volatile String nonce = "";
        volatile String tokenRequest = "";
        volatile String authorization = "";

        ScriptedProvider() {
            server.setDispatcher(this);
        }

        URI issuer() {
            return URI.create("http://localhost:" + server.getPort());
        }

        @Override
        public MockResponse dispatch(RecordedRequest request) {
            String body = switch (request.getPath()) {
                case "/.well-known/openid-configuration" ->
                    "{\"issuer\":\"" + issuer()
                            + "\",\"authorization_endpoint\":\"" + issuer() + "/authorize\",\"token_endpoint\":\""
                            + issuer() + "/token\",\"jwks_uri\":\"" + issuer() + "/jwks\"}";
                case "/jwks" -> "{\"keys\":[" + publicJwk() + "]}";
                case "/token" -> {
                    tokenRequest = request.getBody().readUtf8();
                    authorization = request.getHeader("Authorization");
                    yield "{\"access_token\":\"at\",\"token_type\":\"Bearer\",\"id_token\":\"" + idToken() + "\"}";
                }
                default -> "";
            };
            return body.isEmpty() ? new MockResponse().setResponseCode(404) : new MockResponse().setBody(body);
        }

        private static String publicJwk() {
            try {
                RSAPublicKey key = (RSAPublicKey) KeyFactory.getInstance("RSA")
                        .generatePublic(
                                new X509EncodedKeySpec(TestKeys.current().publicKey()));
                return new RSAKey.Builder(key).keyID("idp-key").build().toJSONString();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        private String idToken() {
            Instant now = Instant.now(); // the library behind the flow reads the system's clock
            JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                    .issuer(issuer().toString())
                    .subject("u1")
                    .audience("the-client")
                    .issueTime(Date.from(now))
                    .expirationTime(Date.from(now.plusSeconds(60)))
                    .claim("nonce", nonce)
                    .claim("email", "Ann@Example.com")
                    .claim("email_verified", true)
                    .claim("groups", List.of("staff", "ops"));
            change.accept(claims);
            try {
                SignedJWT jwt = new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .keyID("idp-key")
                                .build(),
                        claims.build());
                PrivateKey key =
                        KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(signer.privateKey()));
                jwt.sign(new RSASSASigner(key));
                return jwt.serialize();
            } catch (GeneralSecurityException | JOSEException e) {
                throw new AssertionError(e);
            }
        }
    }
}
