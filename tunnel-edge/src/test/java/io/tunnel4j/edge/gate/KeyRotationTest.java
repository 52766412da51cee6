package io.tunnel4j.edge.gate;

import static io.tunnel4j.edge.gate.GateFixture.get;
import static io.tunnel4j.edge.gate.GateFixture.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonParser;
import com.nimbusds.jwt.SignedJWT;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import java.text.ParseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Signing keys change while tokens are in use. */
class KeyRotationTest {
    private final GateFixture fixture = new GateFixture();
    private final FakeBrowser browser = new FakeBrowser(fixture);

    @BeforeEach
    void setUp() {
        fixture.gate
                .access()
                .login(IdentityProvider.localUsers("Password").id("local").build());
        fixture.addUser("ann@example.com");
        fixture.gate
                .access()
                .protect(Application.builder("wiki.example.test")
                        .policy(Policy.allow("all").include(Rule.everyone()))
                        .build());
        browser.open("https://wiki.example.test/")
                .click("Password")
                .submit("email", "ann@example.com", "password", GateFixture.PASSWORD);
    }

    @AfterEach
    void close() {
        fixture.close();
    }

    @Test
    void rotation_notDue_keepsTheKey() {
        rotateIfDue();

        assertThat(published()).containsExactly(TestKeys.CURRENT_ID);
    }

    @Test
    void rotation_due_newTokensByTheNewKeyAndOldOnesStillCount() throws ParseException {
        String old = token();
        fixture.gate.context.keys.rotate().toCompletableFuture().join();

        assertThat(published()).hasSize(2).contains(TestKeys.CURRENT_ID);
        browser.open("https://wiki.example.test/");
        assertThat(browser.hasPassed()).describedAs("by the old key").isTrue();

        browser.cookies.get("wiki.example.test").clear();
        browser.open("https://wiki.example.test/");
        assertThat(browser.hasPassed())
                .describedAs("silently, by the session's old token")
                .isTrue();
        assertThat(token()).isNotEqualTo(old);
        assertThat(SignedJWT.parse(token()).getHeader().getKeyID())
                .isEqualTo(published().get(0))
                .isNotEqualTo(TestKeys.CURRENT_ID);
    }

    @Test
    void rotation_afterSixWeeks_isMadeAndAWeekLaterTheOldKeyIsGone() {
        fixture.time.advance(Duration.ofDays(42));
        rotateIfDue();
        assertThat(published()).hasSize(2).endsWith(TestKeys.CURRENT_ID);

        fixture.time.advance(Duration.ofDays(7));
        assertThat(published()).hasSize(1).doesNotContain(TestKeys.CURRENT_ID);
        rotateIfDue();
        assertThat(published()).hasSize(1).doesNotContain(TestKeys.CURRENT_ID);
    }

    @Test
    void rotation_keyRemovedByAnOperator_itsTokensCountNoMore() {
        String old = token();
        fixture.gate.context.keys.rotate().toCompletableFuture().join();

        fixture.state.delete(io.tunnel4j.edge.gate.policy.AccessKind.SIGNING_KEY, TestKeys.CURRENT_ID);

        assertThat(fixture.decide(get("https://wiki.example.test/", "Cf-Access-Token", old)))
                .isInstanceOf(GateDecision.Answer.class);
    }

    private void rotateIfDue() {
        fixture.gate.context.keys.rotateIfDue().toCompletableFuture().join();
    }

    private String token() {
        return browser.cookie("wiki.example.test", "CF_Authorization");
    }

    private List<String> published() {
        JsonArray keys = JsonParser.parseString(
                        text(fixture.answer(get("https://" + GateFixture.TEAM + "/cdn-cgi/access/certs"))))
                .getAsJsonObject()
                .getAsJsonArray("keys");
        List<String> ids = new ArrayList<>();
        keys.forEach(key -> ids.add(key.getAsJsonObject().get("kid").getAsString()));
        return ids;
    }
}
