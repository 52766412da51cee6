package io.tunnel4j.edge.gate;

import static io.tunnel4j.edge.gate.GateFixture.get;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import io.tunnel4j.edge.gate.policy.SigningKeyRecord;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an attacker would try. Every one of these must end outside. */
class GateAttackTest {
    private static final String PASSWORD = GateFixture.PASSWORD;
    private static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private final GateFixture fixture = new GateFixture();
    private final FakeBrowser ann = new FakeBrowser(fixture);
    private Application wiki;
    private Application bank;

    @BeforeEach
    void setUp() {
        fixture.gate
                .access()
                .login(IdentityProvider.localUsers("Password").id("local").build());
        fixture.addUser("ann@example.com");
        fixture.addUser("mallory@example.com");
        Policy staff = Policy.allow("staff").include(Rule.emailDomain("example.com"));
        wiki = Application.builder("wiki.example.test").policy(staff).build();
        bank = Application.builder("bank.example.test")
                .policy(Policy.allow("ann").include(Rule.email("ann@example.com")))
                .build();
        fixture.gate.access().protect(wiki);
        fixture.gate.access().protect(bank);
        logIn(ann, "ann@example.com");
        assertThat(ann.hasPassed()).isTrue();
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void token_genuine_passes() throws JOSEException {
        assertThat(fixture.decide(withToken(signed(TestKeys.current(), JWSAlgorithm.RS256, claims -> {}))))
                .isInstanceOf(GateDecision.Pass.class);
    }

    @Test
    void token_algNone_isRefused() throws Exception {
        String genuine = annsToken();
        String payload = genuine.split("\\.")[1];
        for (String alg : List.of("none", "None", "NONE")) {
            String header = Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(("{\"alg\":\"" + alg + "\",\"kid\":\"" + TestKeys.CURRENT_ID + "\"}")
                            .getBytes(StandardCharsets.UTF_8));
            assertOutside(withToken(header + "." + payload + "."));
            assertOutside(withToken(header + "." + payload + "." + genuine.split("\\.")[2]));
        }
    }

    @Test
    void token_hs256WithThePublicKey_isRefused() throws Exception {
        byte[] publicKey = TestKeys.current().publicKey();
        SignedJWT jwt = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.HS256)
                        .keyID(TestKeys.CURRENT_ID)
                        .build(),
                claims().build());
        jwt.sign(new MACSigner(publicKey));

        assertOutside(withToken(jwt.serialize()));
    }

    @Test
    void token_unpublishedKey_isRefusedUnderAnyKeyId() throws JOSEException {
        SigningKeyRecord rogue = TestKeys.unpublished();

        assertOutside(withToken(signed(rogue, rogue.id(), JWSAlgorithm.RS256, claims -> {})));
        assertOutside(withToken(signed(rogue, TestKeys.CURRENT_ID, JWSAlgorithm.RS256, claims -> {})));
        assertOutside(withToken(signed(rogue, null, JWSAlgorithm.RS256, claims -> {})));
    }

    @Test
    void token_rightKeyWithoutOrWithWrongKeyIdOrAlgorithm_isRefused() throws JOSEException {
        SigningKeyRecord key = TestKeys.current();

        assertOutside(withToken(signed(key, null, JWSAlgorithm.RS256, claims -> {})));
        assertOutside(withToken(signed(key, "ff".repeat(32), JWSAlgorithm.RS256, claims -> {})));
        assertOutside(withToken(signed(key, key.id(), JWSAlgorithm.RS512, claims -> {})));
        assertOutside(withToken(signed(key, key.id(), JWSAlgorithm.PS256, claims -> {})));
    }

    @Test
    void token_wrongAudience_isRefused() throws JOSEException {
        assertOutside(
                withToken(signed(TestKeys.current(), JWSAlgorithm.RS256, claims -> claims.audience(bank.audience()))));
    }

    @Test
    void token_wrongIssuer_isRefused() throws JOSEException {
        assertOutside(withToken(
                signed(TestKeys.current(), JWSAlgorithm.RS256, claims -> claims.issuer("https://team.evil.test"))));
    }

    @Test
    void token_notYetValid_isRefused() throws JOSEException {
        Date later = Date.from(fixture.time.instant().plusSeconds(1));
        assertOutside(withToken(signed(TestKeys.current(), JWSAlgorithm.RS256, claims -> claims.notBeforeTime(later))));
        assertOutside(withToken(signed(TestKeys.current(), JWSAlgorithm.RS256, claims -> claims.issueTime(later))));
    }

    @Test
    void token_wrongClaims_isRefused() throws JOSEException {
        Instant now = fixture.time.instant();
        for (Consumer<JWTClaimsSet.Builder> wrong : List.<Consumer<JWTClaimsSet.Builder>>of(
                claims -> claims.audience(bank.audience()),
                claims -> claims.audience((String) null),
                claims -> claims.issuer("https://team.evil.test"),
                claims -> claims.issuer(null),
                claims -> claims.expirationTime(Date.from(now)),
                claims -> claims.expirationTime(null),
                claims -> claims.notBeforeTime(Date.from(now.plusSeconds(1))),
                claims -> claims.issueTime(Date.from(now.plusSeconds(1))),
                claims -> claims.claim("type", "org"),
                claims -> claims.claim("type", "match"),
                claims -> claims.claim("type", null),
                claims -> claims.claim("identity_nonce", "invented"),
                claims -> claims.claim("identity_nonce", null))) {
            assertOutside(withToken(signed(TestKeys.current(), JWSAlgorithm.RS256, wrong)));
        }
    }

    @Test
    void token_expired_isRefusedEverywhereItIsRead() {
        String token = annsToken();
        fixture.time.advance(Duration.ofHours(24));

        assertOutside(withToken(token));
        assertOutside(get("https://wiki.example.test/", "Cookie", "CF_Authorization=" + token));
        assertOutside(get("https://wiki.example.test/", "Cf-Access-Jwt-Assertion", token));
    }

    @Test
    void token_ofTheSession_isNotTakenForTheApplications() {
        assertOutside(withToken(ann.cookie(GateFixture.TEAM, "CF_Authorization")));
    }

    @Test
    void token_ofTheApplication_isNotTakenForTheSessions() {
        String location =
                fixture.answer(get("https://bank.example.test/")).headers().get("Location");

        EdgeResponse page = fixture.answer(get(location, "Cookie", "CF_Authorization=" + annsToken()));

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.headers().contains("Location")).isFalse();
    }

    @Test
    void cookie_stolenForAnotherApplication_isRefused() {
        assertThat(fixture.answer(get("https://bank.example.test/", "Cookie", "CF_Authorization=" + annsToken()))
                        .status())
                .isEqualTo(302);
    }

    @Test
    void fields_ofTheGate_sentByTheClient_areRemoved() {
        GateDecision.Pass pass = fixture.pass(get(
                "https://wiki.example.test/",
                "Cf-Access-Token",
                annsToken(),
                "Cf-Access-Authenticated-User-Email",
                "boss@example.com",
                "CF_ACCESS_JWT_ASSERTION",
                "forged",
                "cf-access-client-secret",
                "x"));

        assertThat(pass.removed())
                .contains(
                        "Cf-Access-Authenticated-User-Email",
                        "CF_ACCESS_JWT_ASSERTION",
                        "cf-access-client-secret",
                        "Cf-Access-Token");
        assertThat(pass.requestFields()).contains(Map.entry("Cf-Access-Authenticated-User-Email", "ann@example.com"));
    }

    @Test
    void cookie_forgedBesideAGoodToken_isReplacedTowardsTheOrigin() {
        String token = annsToken();

        GateDecision.Pass pass = fixture.pass(get(
                "https://wiki.example.test/", "Cf-Access-Token", token, "Cookie", "a=b; CF_Authorization=forged; c=d"));

        assertThat(pass.removed()).contains("Cookie");
        assertThat(pass.requestFields()).contains(Map.entry("Cookie", "a=b; c=d; CF_Authorization=" + token));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.test/",
                "//evil.test/",
                "https://wiki.example.test@evil.test/",
                "https://wiki.example.test.evil.test/",
                "javascript:alert(1)",
                "/\\evil.test"
            })
    void redirect_toAnotherSite_neverHappens(String target) {
        String encoded = Query.encode(target);
        ann.open(
                "https://wiki.example.test/cdn-cgi/access/cli?token=" + Query.encode(KEY) + "&redirect_url=" + encoded);
        assertThat(ann.text()).doesNotContain("evil.test").doesNotContain("javascript:");

        String location =
                fixture.answer(get("https://wiki.example.test/")).headers().get("Location");
        String changed = location.replaceAll("redirect_url=.*", "redirect_url=" + encoded);
        ann.open(changed);

        assertThat(ann.url()).startsWith("https://wiki.example.test/cdn-cgi/access/authorized");
        assertThat(ann.page().headers().get("Location", "")).doesNotContain("evil.test");
    }

    @Test
    void redirect_doubleSlashPath_staysOnTheHost() {
        FakeBrowser fresh = new FakeBrowser(fixture);
        fresh.open("https://wiki.example.test//evil.test/x").click("Password");
        fresh.submit("email", "ann@example.com", "password", PASSWORD);

        assertThat(fresh.url()).isEqualTo("https://wiki.example.test//evil.test/x");
    }

    @Test
    void meta_changed_isRefused() {
        String location =
                fixture.answer(get("https://wiki.example.test/")).headers().get("Location");
        String meta = location.replaceAll(".*meta=([^&]*).*", "$1");
        String payload = new String(Base64.getUrlDecoder().decode(meta.split("\\.")[0]), StandardCharsets.UTF_8);
        String forged = Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(payload.replace("wiki.example.test", "evil.example.test")
                                .getBytes(StandardCharsets.UTF_8))
                + "." + meta.split("\\.")[1];

        ann.open(location.replace(meta, forged));

        assertThat(ann.status()).isEqualTo(400);
    }

    @Test
    void loginCsrf_formFromAnotherBrowserOrSite_isRefused() {
        FakeBrowser mallory = new FakeBrowser(fixture);
        mallory.open("https://wiki.example.test/").click("Password");
        Map<String, String> prepared = mallory.form();
        FakeBrowser victim = new FakeBrowser(fixture);
        victim.open("https://wiki.example.test/").click("Password");

        victim.submit(
                "form",
                prepared.get("form"),
                "meta",
                prepared.get("meta"),
                "email",
                "mallory@example.com",
                "password",
                PASSWORD);
        assertThat(victim.status()).isEqualTo(403);

        victim.open("https://wiki.example.test/").click("Password");
        victim.submitFrom("https://evil.test", "email", "mallory@example.com", "password", PASSWORD);
        assertThat(victim.status()).isEqualTo(403);
        assertThat(victim.cookie(GateFixture.TEAM, "CF_Authorization")).isNull();
    }

    @Test
    void loginCsrf_codeOfAnotherBrowser_isRefused() {
        FakeBrowser mallory = new FakeBrowser(fixture);
        String link = codeFor(mallory, "mallory@example.com");
        FakeBrowser victim = new FakeBrowser(fixture);
        victim.open("https://wiki.example.test/");

        victim.open(link);

        assertThat(victim.status()).isEqualTo(403);
        assertThat(victim.cookie("wiki.example.test", "CF_Authorization")).isNull();
    }

    @Test
    void code_usedTwice_isRefused() {
        FakeBrowser fresh = new FakeBrowser(fixture);
        String link = codeFor(fresh, "ann@example.com");
        fresh.open(link);
        assertThat(fresh.hasPassed()).isTrue();

        fresh.open(link);

        assertThat(fresh.hasPassed()).isFalse();
        assertThat(fresh.status()).isEqualTo(403);
    }

    @Test
    void code_onAnotherApplicationsHost_isRefused() {
        FakeBrowser fresh = new FakeBrowser(fixture);
        String link = codeFor(fresh, "ann@example.com");

        fresh.open(link.replace("wiki.example.test", "bank.example.test"));

        assertThat(fresh.hasPassed()).isFalse();
    }

    @Test
    void fixation_sessionsPlantedBeforeLogin_areNotUsedAfterwards() {
        FakeBrowser victim = new FakeBrowser(fixture);
        victim.cookies.put("wiki.example.test", new LinkedHashMap<>(Map.of("CF_AppSession", "planted")));
        victim.cookies.put(
                GateFixture.TEAM, new LinkedHashMap<>(Map.of("CF_Session", "planted-planted-planted-planted-")));
        victim.open("https://wiki.example.test/");
        assertThat(victim.cookie("wiki.example.test", "CF_AppSession")).isNotEqualTo("planted");

        victim.click("Password").submit("email", "ann@example.com", "password", PASSWORD);

        assertThat(victim.hasPassed()).isTrue();
        assertThat(victim.cookie(GateFixture.TEAM, "CF_Session")).doesNotContain("planted");
        assertThat(victim.cookie("wiki.example.test", "CF_AppSession")).isNull();
    }

    @Test
    void consent_withoutAClick_handsNothingOut() {
        ann.open("https://wiki.example.test/cdn-cgi/access/cli?token=" + Query.encode(KEY));
        assertThat(ann.text()).contains("Let a command-line program in?");
        assertThat(ann.page().headers().get("Content-Security-Policy"))
                .contains("default-src 'none'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");

        ann.submitFrom("https://wiki.example.test");

        assertThat(ann.status()).isEqualTo(403);
        assertThat(transfer(KEY).isDone()).isFalse();
    }

    @Test
    void transfer_replayedOrGuessed_findsNothing() {
        ann.open("https://wiki.example.test/cdn-cgi/access/cli?token=" + Query.encode(KEY))
                .submit();
        assertThat(transfer(KEY.replace("AAEC", "AAED")).isDone()).isFalse();
        assertThat(transfer(KEY).join().status()).isEqualTo(200);

        assertThat(transfer(KEY).isDone()).isFalse();
        assertThat(transfer("short").join().status()).isEqualTo(404);
    }

    @Test
    void host_trailingDotOrLetterCase_isTheSameProtectedHost() {
        for (String host : List.of("wiki.example.test.", "WIKI.example.test", "Wiki.Example.Test.")) {
            assertOutside(get("https://" + host + "/"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/open/%2e%2e/admin",
                "/open/..%2fadmin",
                "//admin",
                "/open//../admin",
                "/open/..;/admin",
                "/admin;x=y",
                "/ADMIN",
                "/%61dmin",
                "/admin/.",
                "/open\\..\\admin"
            })
    void path_trick_reachesNothingBehindAProtectedPath(String path) {
        fixture.gate
                .access()
                .protect(Application.builder("files.example.test/admin")
                        .policy(Policy.allow("ann").include(Rule.email("ann@example.com")))
                        .build());
        assertThat(fixture.decide(get("https://files.example.test/open/")))
                .describedAs("the rest of the host is public")
                .isInstanceOf(GateDecision.Pass.class);

        assertThat(fixture.decide(get("https://files.example.test" + path)))
                .isInstanceOfSatisfying(
                        GateDecision.Answer.class,
                        answer -> assertThat(answer.response().status()).isIn(302, 400));
    }

    @Test
    void timing_unknownPerson_takesAsLongAsAWrongPassword() {
        List<Long> known = new ArrayList<>();
        List<Long> unknown = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            known.add(timeOfLogin("mallory@example.com"));
            unknown.add(timeOfLogin("nobody" + i + "@example.com"));
        }

        // Hashing takes tens of milliseconds, a look-up alone a few microseconds: no noise makes one look like the
        // other.
        assertThat(Collections.min(unknown)).isGreaterThan(Collections.min(known) / 4);
        assertThat(Collections.min(known)).isGreaterThan(Collections.min(unknown) / 4);
    }

    private long timeOfLogin(String email) {
        FakeBrowser browser = new FakeBrowser(fixture);
        browser.open("https://wiki.example.test/").click("Password");
        long start = System.nanoTime();
        browser.submit("email", email, "password", "wrong");
        long taken = System.nanoTime() - start;
        assertThat(browser.status()).isEqualTo(401);
        return taken;
    }

    @Test
    void timing_serviceSecret_doesNotTellHowMuchOfItIsRight() {
        var token = fixture.gate.access().createServiceToken("ci");
        String secret = token.clientSecret();
        char wrong = secret.charAt(0) == '0' ? '1' : '0';
        String wrongAtOnce = wrong + secret.substring(1);
        String wrongAtTheEnd =
                secret.substring(0, secret.length() - 1) + (secret.charAt(secret.length() - 1) == '0' ? '1' : '0');

        // What is compared are hashes, which share nothing with the secret's beginning, and in constant time.
        String kept = ServiceTokenRecord.hash(secret);
        assertThat(ServiceTokenRecord.hash(wrongAtTheEnd).substring(0, 8)).isNotEqualTo(kept.substring(0, 8));
        long[] medians = medians(
                () -> fixture.decide(withSecret(token.clientId(), wrongAtOnce)),
                () -> fixture.decide(withSecret(token.clientId(), wrongAtTheEnd)),
                () -> fixture.decide(withSecret("ff".repeat(16) + ".access", wrongAtOnce)));
        assertThat((double) medians[1] / medians[0]).isBetween(0.5, 2.0);
        assertThat((double) medians[2] / medians[0]).isBetween(0.5, 2.0);
    }

    private static EdgeRequest withSecret(String id, String secret) {
        return get("https://wiki.example.test/", "Cf-Access-Client-Id", id, "Cf-Access-Client-Secret", secret);
    }

    /** Interleaved, so that whatever else the machine does hits all alike. */
    private static long[] medians(Runnable... tasks) {
        int rounds = 600;
        long[][] times = new long[tasks.length][rounds];
        for (int round = -200; round < rounds; round++) {
            for (int task = 0; task < tasks.length; task++) {
                long start = System.nanoTime();
                tasks[task].run();
                if (round >= 0) {
                    times[task][round] = System.nanoTime() - start;
                }
            }
        }
        return Arrays.stream(times)
                .mapToLong(each -> Arrays.stream(each).sorted().toArray()[rounds / 2])
                .toArray();
    }

    @Test
    void logout_byAnImageOnAnotherSite_isRefused() {
        ann.open(
                "https://team.example.test/cdn-cgi/access/logout",
                "Sec-Fetch-Site",
                "cross-site",
                "Sec-Fetch-Mode",
                "no-cors");

        assertThat(ann.status()).isEqualTo(403);
        assertThat(fixture.decide(withToken(annsToken()))).isInstanceOf(GateDecision.Pass.class);
    }

    @Test
    void pages_namesFromOutside_areEscaped() {
        fixture.gate
                .access()
                .protect(wiki.toBuilder().name("<script>alert(1)</script>").build());
        FakeBrowser fresh = new FakeBrowser(fixture);
        fresh.open("https://wiki.example.test/");

        assertThat(fresh.text()).doesNotContain("<script>").contains("&lt;script&gt;");
    }

    @Test
    void secrets_values_areInNoText() {
        var token = fixture.gate.access().createServiceToken("x");

        assertThat(token.toString()).doesNotContain(token.clientSecret());
        assertThat(IdentityProvider.openIdConnect("x", URI.create("https://idp"), "id")
                        .clientSecret("hush")
                        .build()
                        .toString())
                .doesNotContain("hush");
    }

    private String annsToken() {
        return ann.cookie("wiki.example.test", "CF_Authorization");
    }

    private static void logIn(FakeBrowser browser, String email) {
        browser.open("https://wiki.example.test/").click("Password").submit("email", email, "password", PASSWORD);
    }

    /** The link with a one-time code that the browser would follow, not followed. */
    private String codeFor(FakeBrowser browser, String email) {
        logIn(browser, email);
        browser.cookies.get("wiki.example.test").clear();
        EdgeResponse again = fixture.answer(get("https://wiki.example.test/"));
        browser.cookies
                .get("wiki.example.test")
                .put("CF_AppSession", again.headers().get("Set-Cookie").replaceAll("CF_AppSession=([^;]*);.*", "$1"));
        String location = again.headers().get("Location");
        EdgeResponse login = fixture.answer(
                get(location, "Cookie", "CF_Authorization=" + browser.cookie(GateFixture.TEAM, "CF_Authorization")));
        return login.headers().get("Location");
    }

    private CompletableFuture<EdgeResponse> transfer(String key) {
        EdgeRequest request = get("https://team.example.test/transfer/" + key);
        return ((GateDecision.Serve) fixture.decide(request))
                .service()
                .serve(request)
                .toCompletableFuture();
    }

    private void assertOutside(EdgeRequest request) {
        assertThat(fixture.decide(request))
                .isInstanceOfSatisfying(
                        GateDecision.Answer.class,
                        answer -> assertThat(answer.response().status()).isEqualTo(302));
    }

    private static EdgeRequest withToken(String token) {
        return get("https://wiki.example.test/", "Cf-Access-Token", token);
    }

    private JWTClaimsSet.Builder claims() throws ParseException {
        return new JWTClaimsSet.Builder(SignedJWT.parse(annsToken()).getJWTClaimsSet());
    }

    private String signed(SigningKeyRecord key, JWSAlgorithm algorithm, Consumer<JWTClaimsSet.Builder> change)
            throws JOSEException {
        return signed(key, key.id(), algorithm, change);
    }

    private String signed(
            SigningKeyRecord key, String keyId, JWSAlgorithm algorithm, Consumer<JWTClaimsSet.Builder> change)
            throws JOSEException {
        try {
            JWTClaimsSet.Builder claims = claims();
            change.accept(claims);
            SignedJWT jwt =
                    new SignedJWT(new JWSHeader.Builder(algorithm).keyID(keyId).build(), claims.build());
            PrivateKey privateKey =
                    KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key.privateKey()));
            JWSSigner signer = new RSASSASigner(privateKey);
            jwt.sign(signer);
            return jwt.serialize();
        } catch (GeneralSecurityException | ParseException e) {
            throw new AssertionError(e);
        }
    }
}
