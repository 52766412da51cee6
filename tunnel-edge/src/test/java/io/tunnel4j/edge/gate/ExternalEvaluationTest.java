package io.tunnel4j.edge.gate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonParser;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import okhttp3.mockwebserver.Dispatcher;
import okhttp3.mockwebserver.MockResponse;
import okhttp3.mockwebserver.MockWebServer;
import okhttp3.mockwebserver.RecordedRequest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Rules that ask a service of the operator's own. */
class ExternalEvaluationTest {
    private static final RSAKey FIRST = key("first");
    private static final RSAKey SECOND = key("second");

    private final GateFixture fixture = new GateFixture();
    private final FakeBrowser browser = new FakeBrowser(fixture);
    private final EvaluationService service = new EvaluationService();

    @BeforeEach
    void setUp() throws Exception {
        service.server.start();
        fixture.gate
                .access()
                .login(IdentityProvider.localUsers("Password").id("local").build());
        fixture.addUser("ann@example.com");
        protect("wiki", Policy.allow("asked").include(service.rule("/evaluate")));
    }

    @AfterEach
    void close() throws Exception {
        fixture.close();
        service.server.shutdown();
    }

    @Test
    void service_saysYes_letsIn() {
        logIn("wiki");

        assertThat(browser.hasPassed()).isTrue();
        browser.open("https://wiki.example.test/again");
        assertThat(browser.hasPassed()).isTrue();
        assertThat(service.questions).hasValue(1); // at login, not for every request
    }

    @Test
    void service_isAsked_aboutThePersonInASignedToken() throws Exception {
        logIn("wiki");

        SignedJWT question = SignedJWT.parse(service.question);
        RSAKey edgeKey = RSAKey.parse(JsonParser.parseString(fixture.gate.context.keys.publish())
                .getAsJsonObject()
                .getAsJsonArray("keys")
                .get(0)
                .toString());
        assertThat(question.verify(new RSASSAVerifier(edgeKey))).isTrue();
        assertThat(question.getJWTClaimsSet().getJSONObjectClaim("identity"))
                .containsEntry("email", "ann@example.com")
                .containsKeys("idp", "geo", "user_uuid");
        assertThat(question.getJWTClaimsSet().getIssuer()).isEqualTo("https://" + GateFixture.TEAM);
        assertThat(fixture.decide(GateFixture.get("https://wiki.example.test/", "Cf-Access-Token", service.question)))
                .describedAs("the question is no ticket")
                .isInstanceOf(GateDecision.Answer.class);
    }

    @Test
    void service_saysNo_refuses() {
        service.change = claims -> claims.claim("success", false);

        logIn("wiki");

        assertThat(browser.status()).isEqualTo(403);
        assertThat(browser.text()).contains("You may not use this application");
    }

    @Test
    void answer_thatDoesNotCount_refuses() {
        for (Consumer<JWTClaimsSet.Builder> wrong : List.<Consumer<JWTClaimsSet.Builder>>of(
                claims -> claims.claim("nonce", "of another question"),
                claims -> claims.claim("nonce", null),
                claims -> claims.expirationTime(Date.from(Instant.now().minusSeconds(300))),
                claims -> claims.expirationTime(null),
                claims -> claims.claim("success", "true"),
                claims -> claims.claim("success", null))) {
            service.change = wrong;
            FakeBrowser fresh = new FakeBrowser(fixture);
            logIn(fresh, "wiki");
            assertThat(fresh.status()).isEqualTo(403);
        }
    }

    @Test
    void answer_unsignedOrByAnotherKey_refuses() {
        service.signer = SECOND;
        logIn("wiki");
        assertThat(browser.status()).isEqualTo(403);

        service.signer = null;
        FakeBrowser fresh = new FakeBrowser(fixture);
        logIn(fresh, "wiki");
        assertThat(fresh.status()).isEqualTo(403);
    }

    @Test
    void service_changesItsKeys_newOnesAreFetched() {
        logIn("wiki");
        assertThat(browser.hasPassed()).isTrue();
        service.signer = SECOND;
        service.published = SECOND;

        FakeBrowser fresh = new FakeBrowser(fixture);
        logIn(fresh, "wiki");

        assertThat(fresh.hasPassed()).isTrue();
    }

    @Test
    void service_down_letsNobodyInAndRefusesWhereItMightRefuse() {
        service.status = 500;
        logIn("wiki");
        assertThat(browser.status()).isEqualTo(403);

        protect(
                "shop",
                Policy.deny("bad").include(service.rule("/bad")),
                Policy.allow("all").include(Rule.everyone()));
        browser.open("https://shop.example.test/");
        assertThat(browser.status()).isEqualTo(403);

        service.status = 200;
        service.change = claims -> claims.claim("success", false);
        browser.open("https://shop.example.test/");
        assertThat(browser.hasPassed()).isTrue();
    }

    @Test
    void secondApplication_ruleInAGroup_isAskedWithoutAnotherLogin() {
        fixture.gate
                .access()
                .define(AccessGroup.named("checked").withId("checked").include(service.rule("/other")));
        protect("shop", Policy.allow("checked").include(Rule.group("checked")));
        logIn("wiki");

        browser.open("https://shop.example.test/");

        assertThat(browser.hasPassed()).isTrue();
        assertThat(service.questions).hasValue(2);
    }

    @Test
    void answer_aboutAPerson_isForgottenWithANewLogin() {
        logIn("wiki");
        service.change = claims -> claims.claim("success", false);
        FakeBrowser fresh = new FakeBrowser(fixture);

        logIn(fresh, "wiki");

        assertThat(fresh.status()).isEqualTo(403);
    }

    @Test
    void rule_withAnUnsafeUrl_isRefusedWhenItIsWritten() {
        assertThatThrownBy(() -> Rule.externalEvaluation("http://check.example.com/", "https://keys.example.com/"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("evaluate_url: http://check.example.com/ (expected: an https URL)");
        assertThatThrownBy(() -> Rule.externalEvaluation("https://check.example.com/", "keys"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("keys_url: keys (expected: an https URL)");
    }

    private void logIn(String app) {
        logIn(browser, app);
    }

    private static void logIn(FakeBrowser who, String app) {
        who.open("https://" + app + ".example.test/")
                .click("Password")
                .submit("email", "ann@example.com", "password", GateFixture.PASSWORD);
    }

    private void protect(String app, Policy... policies) {
        Application.Builder builder = Application.builder(app + ".example.test");
        for (Policy policy : policies) {
            builder.policy(policy);
        }
        fixture.gate.access().protect(builder.build());
    }

    private static RSAKey key(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new AssertionError(e);
        }
    }

    /** A service that says yes unless told otherwise. */
    private static final class EvaluationService extends Dispatcher {
        final MockWebServer server = new MockWebServer();
        final AtomicInteger questions = new AtomicInteger();
        volatile String question = "";
        volatile RSAKey signer = FIRST;
        volatile RSAKey published = FIRST;
        volatile int status = 200;
        volatile Consumer<JWTClaimsSet.Builder> change = claims -> {};

        EvaluationService() {
            server.setDispatcher(this);
        }

        Rule rule(String path) {
            String base = "http://localhost:" + server.getPort();
            return Rule.externalEvaluation(base + path, base + "/keys");
        }

        @Override
        public MockResponse dispatch(RecordedRequest request) {
            if ("/keys".equals(request.getPath())) {
                return new MockResponse()
                        .setBody("{\"keys\":[" + published.toPublicJWK().toJSONString() + "]}");
            }
            questions.incrementAndGet();
            question = JsonParser.parseString(request.getBody().readUtf8())
                    .getAsJsonObject()
                    .get("token")
                    .getAsString();
            return new MockResponse().setResponseCode(status).setBody("{\"token\":\"" + answer() + "\"}");
        }

        private String answer() {
            try {
                JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                        .claim(
                                "nonce",
                                SignedJWT.parse(question).getJWTClaimsSet().getClaim("nonce"))
                        .claim("success", true)
                        .expirationTime(Date.from(Instant.now().plusSeconds(60)));
                change.accept(claims);
                if (signer == null) {
                    return new PlainJWT(claims.build()).serialize();
                }
                SignedJWT jwt = new SignedJWT(
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .keyID(signer.getKeyID())
                                .build(),
                        claims.build());
                jwt.sign(new RSASSASigner(signer));
                return jwt.serialize();
            } catch (ParseException | JOSEException e) {
                throw new AssertionError(e);
            }
        }
    }
}
