package io.tunnel4j.edge.gate.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.AccessGroup;
import io.tunnel4j.edge.AccessList;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.Policy;
import io.tunnel4j.edge.Rule;
import io.tunnel4j.edge.gate.policy.Verdict.Outcome;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Policies as tables: who passes, in which order, and what cannot be decided. */
class PolicyTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final ServiceTokenRecord TOKEN =
            new ServiceTokenRecord("t1", "ci", "c.access", "", Duration.ofDays(1), NOW, NOW.plusSeconds(60));
    private static final Identity ANN = new Identity(
            "n",
            "ann@example.com",
            "u",
            "Ann",
            "sso",
            List.of("staff", "acme", "acme/ops"),
            List.of("pwd", "mfa"),
            Map.of("department", List.of("it", "ops")),
            Map.of("https://check.example.com/ https://keys.example.com/", true),
            "PT",
            "192.0.2.7",
            NOW,
            NOW.plusSeconds(60));

    private final InMemoryAccessState state = new InMemoryAccessState();

    static Stream<Arguments> selectors() {
        return Stream.of(
                Arguments.of(Rule.email("ANN@example.com"), true),
                Arguments.of(Rule.email("bob@example.com"), false),
                Arguments.of(Rule.emailDomain("EXAMPLE.com"), true),
                Arguments.of(Rule.emailDomain("@example.com"), true),
                Arguments.of(Rule.emailDomain("ple.com"), false),
                Arguments.of(Rule.emailList("people"), true),
                Arguments.of(Rule.emailList("absent"), false),
                Arguments.of(Rule.everyone(), true),
                Arguments.of(Rule.ip("192.0.2.0/24"), true),
                Arguments.of(Rule.ip("192.0.2.7"), true),
                Arguments.of(Rule.ip("192.0.2.8/30"), false),
                Arguments.of(Rule.ip("0.0.0.0/0"), true),
                Arguments.of(Rule.ip("::/0"), false),
                Arguments.of(Rule.ip("not an address"), false),
                Arguments.of(Rule.ipList("office"), true),
                Arguments.of(Rule.country("pt"), true),
                Arguments.of(Rule.country("DE"), false),
                Arguments.of(Rule.serviceToken("t1"), true),
                Arguments.of(Rule.serviceToken("t2"), false),
                Arguments.of(Rule.anyServiceToken(), true),
                Arguments.of(Rule.certificate(), true),
                Arguments.of(Rule.commonName("laptop-7"), true),
                Arguments.of(Rule.commonName("laptop"), false),
                Arguments.of(Rule.group("team"), true),
                Arguments.of(Rule.group("absent"), false),
                Arguments.of(Rule.group("selfish"), false),
                Arguments.of(Rule.of(Rule.Selector.OKTA_GROUP, Map.of("name", "staff")), true),
                Arguments.of(
                        Rule.of(Rule.Selector.OKTA_GROUP, Map.of("name", "staff", "identity_provider_id", "other")),
                        false),
                Arguments.of(Rule.of(Rule.Selector.AZURE_GROUP, Map.of("id", "staff")), true),
                Arguments.of(Rule.of(Rule.Selector.GSUITE_GROUP, Map.of("email", "staff")), true),
                Arguments.of(Rule.of(Rule.Selector.GITHUB_ORGANIZATION, Map.of("name", "acme", "team", "ops")), true),
                Arguments.of(Rule.of(Rule.Selector.GITHUB_ORGANIZATION, Map.of("name", "acme", "team", "dev")), false),
                Arguments.of(
                        Rule.of(
                                Rule.Selector.SAML_ATTRIBUTE,
                                Map.of("attribute_name", "department", "attribute_value", "it")),
                        true),
                Arguments.of(Rule.claim("department", "ops"), true),
                Arguments.of(Rule.claim("department", "sales"), false),
                Arguments.of(Rule.loginMethod("sso"), true),
                Arguments.of(Rule.loginMethod("pin"), false),
                Arguments.of(Rule.authenticationMethod("mfa"), true),
                Arguments.of(Rule.authenticationMethod("hwk"), false),
                Arguments.of(Rule.of(Rule.Selector.DEVICE_POSTURE, Map.of("integration_uid", "disk")), true),
                Arguments.of(Rule.of(Rule.Selector.DEVICE_POSTURE, Map.of("integration_uid", "av")), false),
                Arguments.of(Rule.externalEvaluation("https://check.example.com/", "https://keys.example.com/"), true),
                Arguments.of(
                        Rule.externalEvaluation("https://other.example.com/", "https://keys.example.com/"), false));
    }

    @ParameterizedTest
    @MethodSource("selectors")
    void selector_againstOneRequest_matchesOrNot(Rule rule, boolean matches) {
        state.save(
                AccessKind.LIST,
                AccessList.of("p", List.of("x@y.z", "Ann@Example.com")).withId("people"));
        state.save(
                AccessKind.LIST,
                AccessList.of("o", List.of("10.0.0.0/8", "192.0.2.0/24")).withId("office"));
        state.save(AccessKind.GROUP, AccessGroup.named("t").withId("team").include(Rule.group("inner")));
        state.save(AccessKind.GROUP, AccessGroup.named("i").withId("inner").include(Rule.emailDomain("example.com")));
        state.save(AccessKind.GROUP, AccessGroup.named("s").withId("selfish").include(Rule.group("selfish")));

        Verdict verdict = decide(ANN, facts(), Policy.allow("p").include(rule));

        assertThat(verdict.outcome()).isEqualTo(matches ? Outcome.ALLOW : Outcome.REFUSE);
    }

    @Test
    void policy_requireAndExclude_narrowTheInclude() {
        Policy base = Policy.allow("p").include(Rule.email("nobody@x"), Rule.emailDomain("example.com"));

        assertThat(decide(ANN, facts(), base.require(Rule.country("PT"), Rule.authenticationMethod("mfa")))
                        .outcome())
                .isEqualTo(Outcome.ALLOW);
        assertThat(decide(ANN, facts(), base.require(Rule.country("PT"), Rule.country("DE")))
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
        assertThat(decide(ANN, facts(), base.exclude(Rule.email("bob@example.com")))
                        .outcome())
                .isEqualTo(Outcome.ALLOW);
        assertThat(decide(ANN, facts(), base.exclude(Rule.email("ann@example.com")))
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
    }

    @Test
    void order_servicesFirst_thenFirstAllowOrDenyThatMatches() {
        Policy allowA = Policy.allow("A").include(Rule.everyone());
        Policy denyB = Policy.deny("B").include(Rule.everyone());
        Policy serviceC = Policy.serviceAuth("C").include(Rule.anyServiceToken());
        Policy bypassD = Policy.bypass("D").include(Rule.ip("192.0.2.0/24"));

        assertThat(decidedBy(ANN, facts(), allowA, denyB, serviceC, bypassD)).isEqualTo("C");
        assertThat(decidedBy(ANN, facts(), allowA, denyB, bypassD)).isEqualTo("D");
        assertThat(decidedBy(ANN, facts(), allowA, denyB)).isEqualTo("A");
        assertThat(decidedBy(ANN, facts(), denyB, allowA)).isEqualTo("B");
    }

    @Test
    void default_nothingMatches_refuses() {
        assertThat(decide(ANN, facts()).outcome()).isEqualTo(Outcome.REFUSE);
        assertThat(decide(null, facts()).outcome()).isEqualTo(Outcome.REFUSE);
        assertThat(decide(ANN, facts(), Policy.allow("empty")).outcome()).isEqualTo(Outcome.REFUSE);
    }

    @Test
    void nobody_allowPolicy_mustLogIn() {
        assertThat(decide(null, facts(), Policy.allow("p").include(Rule.ip("0.0.0.0/0")))
                        .outcome())
                .isEqualTo(Outcome.LOGIN);
    }

    @Test
    void service_withoutCredential_doesNotPassByAddressAlone() {
        RequestFacts bare = new RequestFacts(address(), "", null, false, List.of(), null);

        assertThat(decide(null, bare, Policy.serviceAuth("p").include(Rule.everyone()))
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
    }

    @Test
    void bypass_identityRule_matchesNobody() {
        assertThat(decide(ANN, facts(), Policy.bypass("p").include(Rule.email("ann@example.com")))
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
    }

    @Test
    void unknown_countryWithoutDatabase_neverAdmits() {
        RequestFacts bare = new RequestFacts(address(), "", null, false, List.of(), null);
        Policy everyone = Policy.allow("p").include(Rule.everyone());

        assertThat(decide(ANN, bare, Policy.allow("p").include(Rule.country("PT")))
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
        assertThat(decide(ANN, bare, everyone.require(Rule.country("PT"))).outcome())
                .isEqualTo(Outcome.REFUSE);
        assertThat(decide(ANN, bare, everyone.exclude(Rule.country("DE"))).outcome())
                .isEqualTo(Outcome.REFUSE);
        assertThat(decide(ANN, bare, Policy.deny("d").include(Rule.country("DE")), everyone)
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
    }

    @Test
    void groups_nestedBeyondMeasure_endInAnAnswer() {
        Rule[] all = new Rule[40];
        for (int i = 0; i < all.length; i++) {
            all[i] = Rule.group("g" + i);
        }
        for (int i = 0; i < all.length; i++) {
            state.save(AccessKind.GROUP, AccessGroup.named("g").withId("g" + i).include(all));
        }

        assertThat(decide(ANN, facts(), Policy.allow("p").include(Rule.group("g0")))
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
    }

    @Test
    void provider_notAcceptedByTheApplication_mustLogInElsewhere() {
        Application app = Application.builder("a.example.test")
                .identityProviders("other")
                .policy(Policy.allow("p").include(Rule.everyone()))
                .build();

        assertThat(PolicyEngine.decide(app, new AccessIndex(state), facts(), ANN)
                        .outcome())
                .isEqualTo(Outcome.LOGIN);
    }

    @Test
    void sharedPolicy_changed_countsInEveryApplication() {
        Policy shared = Policy.allow("p").include(Rule.everyone());
        Application app = Application.builder("a.example.test").policy(shared).build();
        state.save(AccessKind.APPLICATION, app);
        state.save(AccessKind.POLICY, Policy.allow("p").withId(shared.id()).include(Rule.email("bob@example.com")));

        AccessIndex index = new AccessIndex(state);

        assertThat(PolicyEngine.decide(index.application(app.audience()), index, facts(), ANN)
                        .outcome())
                .isEqualTo(Outcome.REFUSE);
    }

    @Test
    void explain_refusal_saysWhichRuleFailed() {
        Application app = Application.builder("a.example.test")
                .policy(Policy.allow("staff").include(Rule.emailDomain("other.org")))
                .build();

        assertThat(PolicyEngine.explain(app, new AccessIndex(state), facts(), ANN)
                        .trace())
                .containsExactly(
                        "policy \"staff\" (allow)",
                        "  include email_domain{domain=other.org}: no",
                        "policy \"staff\": does not match",
                        "refuse: no policy matches");
    }

    private Verdict decide(Identity identity, RequestFacts facts, Policy... policies) {
        Application app = Application.builder("a.example.test").policy(policies).build();
        return PolicyEngine.decide(app, new AccessIndex(state), facts, identity);
    }

    private String decidedBy(Identity identity, RequestFacts facts, Policy... policies) {
        return decide(identity, facts, policies).policy().name();
    }

    private static RequestFacts facts() {
        return new RequestFacts(address(), "PT", TOKEN, true, List.of("laptop-7"), Set.of("disk"));
    }

    private static InetAddress address() {
        try {
            return InetAddress.getByName("192.0.2.7");
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
