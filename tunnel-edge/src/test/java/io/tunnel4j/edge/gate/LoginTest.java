package io.tunnel4j.edge.gate;

import static io.tunnel4j.edge.gate.GateFixture.get;
import static io.tunnel4j.edge.gate.GateFixture.request;
import static io.tunnel4j.edge.gate.GateFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.AccessSettings;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.XECPublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import software.pando.crypto.nacl.CryptoBox;

/** People log in with a password or a PIN, use the application, hand tokens to programs, and log out. */
class LoginTest {
    private static final String PASSWORD = GateFixture.PASSWORD;

    private final LinkedBlockingQueue<String> mails = new LinkedBlockingQueue<>();
    private final GateFixture fixture = new GateFixture(AccessGate.builder(AccessSettings.builder(GateFixture.TEAM)
            .transferHost("login.example.test")
            .mail((to, subject, text) -> {
                mails.add(to + "\n" + text);
                return CompletableFuture.completedFuture(null);
            })
            .build()));
    private final FakeBrowser browser = new FakeBrowser(fixture);
    private Application wiki;

    @BeforeEach
    void setUp() {
        fixture.gate
                .access()
                .login(IdentityProvider.localUsers("Password").id("local").build());
        fixture.gate
                .access()
                .login(IdentityProvider.oneTimePin("E-mail PIN").id("pin").build());
        fixture.addUser("ann@example.com", "staff");
        fixture.addUser("eve@elsewhere.com");
        wiki = Application.builder("wiki.example.test")
                .name("Wiki")
                .policy(Policy.allow("staff").include(Rule.emailDomain("example.com")))
                .build();
        fixture.gate.access().protect(wiki);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void password_right_leadsToTheApplicationWithTokenAndEmail() throws ParseException {
        logIn("ann@example.com");

        GateDecision.Pass pass = browser.passed();
        assertThat(browser.url()).isEqualTo("https://wiki.example.test/page?a=b");
        assertThat(pass.requestFields()).contains(Map.entry("Cf-Access-Authenticated-User-Email", "ann@example.com"));
        SignedJWT assertion = SignedJWT.parse(pass.requestFields().stream()
                .filter(field -> field.getKey().equals("Cf-Access-Jwt-Assertion"))
                .findFirst()
                .orElseThrow()
                .getValue());
        assertThat(assertion.getPayload().toJSONObject())
                .containsEntry("type", "app")
                .containsEntry("aud", List.of(wiki.audience()))
                .containsEntry("iss", "https://team.example.test")
                .containsEntry("email", "ann@example.com")
                .containsKeys("sub", "identity_nonce", "iat", "nbf", "exp");
    }

    @Test
    void tokens_headerWrittenAnewInAlphabeticalOrder_isTheSame() {
        logIn("ann@example.com");

        for (String host : List.of("wiki.example.test", GateFixture.TEAM)) {
            String header = browser.cookie(host, "CF_Authorization").split("\\.")[0];
            String text = new String(Base64.getUrlDecoder().decode(header), StandardCharsets.UTF_8);
            Map<String, JsonElement> members =
                    new TreeMap<>(JsonParser.parseString(text).getAsJsonObject().asMap());
            assertThat(new Gson().toJson(members))
                    .as("what stock clients make of %s", host)
                    .isEqualTo(text);
        }
    }

    @Test
    void password_wrong_asksAgainAndLetsNobodyIn() {
        browser.open("https://wiki.example.test/")
                .click("Password")
                .submit("email", "ann@example.com", "password", "x");

        assertThat(browser.status()).isEqualTo(401);
        assertThat(browser.text()).contains("not the right address and password");
        assertThat(browser.cookie(GateFixture.TEAM, "CF_Authorization")).isNull();
    }

    @Test
    void password_tooManyWrong_isRefusedEvenIfRight() {
        browser.open("https://wiki.example.test/").click("Password");
        for (int i = 0; i < 10; i++) {
            browser.submit("email", "ann@example.com", "password", "guess " + i);
        }

        browser.submit("email", "ann@example.com", "password", PASSWORD);

        assertThat(browser.hasPassed()).isFalse();
        assertThat(browser.text()).contains("Too many attempts");
    }

    @Test
    void login_personWithoutPolicy_isRefusedWithAReference() {
        logIn("eve@elsewhere.com");

        assertThat(browser.status()).isEqualTo(403);
        assertThat(browser.text()).contains("You may not use this application", "eve@elsewhere.com", "ray-1");
    }

    @Test
    void secondApplication_sameTeam_opensWithoutLogin() {
        logIn("ann@example.com");
        fixture.gate
                .access()
                .protect(Application.builder("ci.example.test")
                        .policy(Policy.allow("staff").include(Rule.everyone()))
                        .build());

        browser.open("https://ci.example.test/build");

        assertThat(browser.passed()).isNotNull();
        assertThat(browser.url()).isEqualTo("https://ci.example.test/build");
    }

    @Test
    void pin_mailed_letsIn() throws InterruptedException {
        browser.open("https://wiki.example.test/x").click("E-mail PIN").submit("email", "ann@example.com");

        browser.submit("pin", pinFrom(mails.poll(5, TimeUnit.SECONDS)));

        assertThat(browser.passed()).isNotNull();
    }

    @Test
    void pin_personWhoMayNotPass_getsNoMailAndIsNotTold() {
        browser.open("https://wiki.example.test/x").click("E-mail PIN").submit("email", "eve@elsewhere.com");

        assertThat(browser.text()).contains("a PIN is on its way");
        assertThat(mails).isEmpty();
    }

    @Test
    void pin_guessed_endsAfterFiveTries() throws InterruptedException {
        browser.open("https://wiki.example.test/x").click("E-mail PIN").submit("email", "ann@example.com");
        String pin = pinFrom(mails.poll(5, TimeUnit.SECONDS));
        String wrong = pin.equals("000000") ? "000001" : "000000";
        for (int i = 0; i < 5; i++) {
            browser.submit("pin", wrong);
        }

        browser.submit("pin", pin);

        assertThat(browser.hasPassed()).isFalse();
        assertThat(browser.text()).contains("Too many wrong PINs");
    }

    @Test
    void identity_loggedIn_isShownOnBothDomains() {
        logIn("ann@example.com");

        for (String host : List.of(GateFixture.TEAM, "wiki.example.test")) {
            browser.open("https://" + host + "/cdn-cgi/access/get-identity");
            JsonObject identity = JsonParser.parseString(browser.text()).getAsJsonObject();
            assertThat(identity.get("email").getAsString()).isEqualTo("ann@example.com");
            assertThat(identity.getAsJsonObject("idp").get("type").getAsString())
                    .isEqualTo("local");
        }
    }

    @Test
    void logout_teamDomain_endsEveryTokenAtOnce() {
        logIn("ann@example.com");
        String token = browser.cookie("wiki.example.test", "CF_Authorization");

        browser.open("https://team.example.test/cdn-cgi/access/logout");

        assertThat(fixture.answer(get("https://wiki.example.test/", "Cf-Access-Token", token))
                        .status())
                .isEqualTo(302);
        browser.open("https://wiki.example.test/");
        assertThat(browser.text()).contains("Log in");
    }

    @Test
    void revocation_ofPerson_isInForceForTheNextRequest() {
        logIn("ann@example.com");
        browser.open("https://wiki.example.test/");
        assertThat(browser.hasPassed()).isTrue();

        fixture.gate.access().revokeUser("ann@example.com");
        browser.open("https://wiki.example.test/");

        assertThat(browser.hasPassed()).isFalse();
    }

    @Test
    void revocation_ofApplication_isRepairedByTheSession() {
        logIn("ann@example.com");
        String before = browser.cookie("wiki.example.test", "CF_Authorization");
        fixture.time.advance(Duration.ofSeconds(2));

        fixture.gate.access().revokeTokens(wiki);
        assertThat(fixture.answer(get("https://wiki.example.test/", "Cf-Access-Token", before))
                        .status())
                .isEqualTo(302);
        fixture.time.advance(Duration.ofSeconds(2));
        browser.open("https://wiki.example.test/");

        assertThat(browser.passed()).isNotNull();
        assertThat(browser.cookie("wiki.example.test", "CF_Authorization")).isNotEqualTo(before);
    }

    @Test
    void token_expired_isRenewedSilentlyWhileTheSessionLasts() {
        fixture.gate
                .access()
                .protect(wiki.toBuilder().sessionDuration(Duration.ofMinutes(5)).build());
        logIn("ann@example.com");
        fixture.time.advance(Duration.ofMinutes(6));

        browser.open("https://wiki.example.test/again");

        assertThat(browser.passed()).isNotNull();
    }

    @Test
    void script_withoutToken_isToldSoInsteadOfRedirected() {
        EdgeResponse response =
                fixture.answer(get("https://wiki.example.test/api", "X-Requested-With", "XMLHttpRequest"));

        assertThat(response.status()).isEqualTo(401);
    }

    @Test
    void program_confirmedInTheBrowser_getsBothTokensSealedOnce() throws Exception {
        KeyPair program = CryptoBox.keyPair();
        String key = Base64.getUrlEncoder().encodeToString(raw(program));
        CompletionStage<EdgeResponse> waiting = collect(key);

        browser.open("https://wiki.example.test/cdn-cgi/access/cli?aud=" + wiki.audience()
                + "&edge_token_transfer=true&redirect_url=https%3A%2F%2Fwiki.example.test%2Fp%3Faud%3Dx"
                + "&send_org_token=true&close_interstitial=true&token=" + key.replace("=", "%3D"));
        browser.click("Password").submit("email", "ann@example.com", "password", PASSWORD);
        assertThat(browser.text()).contains("Let a command-line program in?", "Wiki", "ann@example.com");
        assertThat(waiting.toCompletableFuture()).isNotDone();
        browser.submit();

        assertThat(browser.text()).contains("You are logged in", "window.close()");
        EdgeResponse answer = waiting.toCompletableFuture().get(5, TimeUnit.SECONDS);
        JsonObject tokens = JsonParser.parseString(opened(program, answer)).getAsJsonObject();
        assertThat(fixture.decide(get(
                        "https://wiki.example.test/",
                        "Cf-Access-Token",
                        tokens.get("app_token").getAsString())))
                .isInstanceOf(GateDecision.Pass.class);
        assertThat(SignedJWT.parse(tokens.get("org_token").getAsString())
                        .getJWTClaimsSet()
                        .getClaim("type"))
                .isEqualTo("org");
        assertThat(collect(key).toCompletableFuture()).isNotDone();
    }

    @Test
    void program_declinedInTheBrowser_isToldSoAndGetsNothing() {
        String key = Base64.getUrlEncoder().encodeToString(raw(CryptoBox.keyPair()));
        CompletionStage<EdgeResponse> waiting = collect(key);
        logIn("ann@example.com");
        browser.open("https://wiki.example.test/cdn-cgi/access/cli?token=" + key.replace("=", "%3D"));
        assertThat(browser.text()).contains("Refuse");

        browser.submit("answer", "no");

        assertThat(browser.text()).contains("The program was not let in");
        assertThat(waiting.toCompletableFuture().join().status()).isEqualTo(403);
        assertThat(collect(key).toCompletableFuture().join().status()).isEqualTo(403);
    }

    @Test
    void program_comesAfterTheBrowser_getsItsTokensAtOnce() {
        KeyPair program = CryptoBox.keyPair();
        String key = Base64.getUrlEncoder().encodeToString(raw(program));
        logIn("ann@example.com");
        browser.open("https://wiki.example.test/cdn-cgi/access/cli?aud=" + wiki.audience() + "&token="
                + key.replace("=", "%3D"));
        browser.submit();

        EdgeResponse answer = collect(key).toCompletableFuture().join();

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().get("service-public-key")).hasSize(44).endsWith("=");
        assertThat(browser.text()).doesNotContain("window.close()");
    }

    @Test
    void program_tooLate_findsNothing() {
        KeyPair program = CryptoBox.keyPair();
        String key = Base64.getUrlEncoder().encodeToString(raw(program));
        logIn("ann@example.com");
        browser.open("https://wiki.example.test/cdn-cgi/access/cli?token=" + key.replace("=", "%3D"));
        browser.submit();
        fixture.time.advance(Duration.ofMinutes(5));

        assertThat(collect(key).toCompletableFuture()).isNotDone();
    }

    @Test
    void explain_personRefused_namesTheRules() {
        logIn("eve@elsewhere.com");
        String org = browser.cookie(GateFixture.TEAM, "CF_Authorization");

        List<String> lines = fixture.gate.explain(get("https://wiki.example.test/", "Cf-Access-Token", org));

        assertThat(lines).last().asString().startsWith("login");
    }

    @Test
    void sshCertificate_tokenOfThePerson_isSignedForTheirAccount() {
        logIn("ann@example.com");
        String token = browser.cookie("wiki.example.test", "CF_Authorization");

        EdgeResponse response = fixture.answer(GateFixture.post(
                "https://team.example.test/cdn-cgi/access/cert_sign",
                "{\"public_key\":\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\\n\","
                        + "\"jwt\":\"" + token + "\",\"issuer\":\"https://team.example.test\"}"));

        assertThat(response.status()).isEqualTo(200);
        JsonObject json = JsonParser.parseString(text(response)).getAsJsonObject();
        assertThat(json.get("certificate").getAsString())
                .startsWith("ssh-ed25519-cert-v01@openssh.com ")
                .endsWith("\n");
        assertThat(json.get("expires_at").getAsString()).isEqualTo("2026-11-25T12:04:00Z");
    }

    @Test
    void sshCertificate_moreThanThirtyInAMinute_isTooMany() {
        logIn("ann@example.com");
        String body =
                "{\"public_key\":\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\\n\","
                        + "\"jwt\":\"" + browser.cookie("wiki.example.test", "CF_Authorization") + "\"}";
        var request = GateFixture.post("https://team.example.test/cdn-cgi/access/cert_sign", body);
        for (int i = 0; i < 30; i++) {
            assertThat(fixture.answer(request).status()).isEqualTo(200);
        }

        EdgeResponse refused = fixture.answer(request);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(text(refused)).contains("\"status\":429", "more than 30 certificates in a minute");

        fixture.time.advance(Duration.ofMinutes(1));
        assertThat(fixture.answer(request).status()).isEqualTo(200);
    }

    @Test
    void loginPage_head_hasNoFormButNamesTheApplication() {
        String location =
                fixture.answer(get("https://wiki.example.test/")).headers().get("Location");

        EdgeResponse response = fixture.answer(request("HEAD", location));

        assertThat(response.headers().get("CF-Access-Domain")).isEqualTo("wiki.example.test");
        assertThat(response.headers().get("CF-Access-Aud")).isEqualTo(wiki.audience());
    }

    private void logIn(String email) {
        browser.open("https://wiki.example.test/page?a=b")
                .click("Password")
                .submit("email", email, "password", PASSWORD);
    }

    private CompletionStage<EdgeResponse> collect(String key) {
        var request = get("https://login.example.test/transfer/" + key);
        return ((GateDecision.Serve) fixture.decide(request)).service().serve(request);
    }

    private static String pinFrom(String mail) {
        return mail.replaceAll("(?s).*Your PIN is (\\d{6}).*", "$1");
    }

    static byte[] raw(KeyPair pair) {
        byte[] big = ((XECPublicKey) pair.getPublic()).getU().toByteArray();
        byte[] raw = new byte[32];
        for (int i = 0; i < Math.min(32, big.length); i++) {
            raw[i] = big[big.length - 1 - i];
        }
        return raw;
    }

    private static String opened(KeyPair program, EdgeResponse answer) {
        byte[] envelope = Base64.getDecoder().decode(text(answer));
        byte[] nonce = Arrays.copyOf(envelope, 24);
        byte[] sealed = Arrays.copyOfRange(envelope, 24, envelope.length);
        byte[] service = Base64.getUrlDecoder().decode(answer.headers().get("service-public-key"));
        return new String(
                CryptoBox.fromCombined(nonce, sealed).decrypt(program.getPrivate(), CryptoBox.publicKey(service)),
                StandardCharsets.UTF_8);
    }
}
