package io.tunnel4j.edge.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.tunnel4j.edge.Application;
import io.tunnel4j.edge.IdentityProvider;
import io.tunnel4j.edge.api.ApiClient.Answer;
import io.tunnel4j.edge.gate.policy.AccessKind;
import io.tunnel4j.edge.gate.policy.ServiceTokenRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessCallsTest extends ApiFixture {
    private static final String ACCESS = "/accounts/" + ACCOUNT + "/access";
    private static final String ALLOW =
            "{\"name\":\"staff\",\"decision\":\"allow\",\"include\":[{\"email_domain\":{\"domain\":\"example.com\"}}]}";

    private final StoredAccessState access = new StoredAccessState(state);

    @Test
    void app_created_isWhatTheGateReads() {
        Answer made = root.post(
                ACCESS + "/apps",
                "{\"name\":\"Wiki\",\"domain\":\"wiki.example.com\",\"type\":\"self_hosted\","
                        + "\"session_duration\":\"6h\",\"policies\":[" + ALLOW + "]}");

        assertThat(made.status()).isEqualTo(200);
        String id = made.result().get("id").getAsString();
        assertThat(made.result().get("aud").getAsString()).hasSize(64);
        Application app = access.all(AccessKind.APPLICATION).get(id);
        assertThat(app.audience()).isEqualTo(made.result().get("aud").getAsString());
        assertThat(app.sessionDuration()).hasHours(6);
        assertThat(app.policies()).hasSize(1);
        assertThat(root.get(ACCESS + "/apps/" + id).result()).isEqualTo(made.result());
    }

    @Test
    void app_updated_keepsIdAudienceAndPolicies() {
        JsonObject made = root.post(
                        ACCESS + "/apps",
                        "{\"name\":\"Wiki\",\"domain\":\"wiki.example.com\",\"policies\":[" + ALLOW + "]}")
                .result();
        String path = ACCESS + "/apps/" + made.get("id").getAsString();

        JsonObject after = root.put(
                        path, "{\"name\":\"Docs\",\"domain\":\"docs.example.com\",\"aud\":\"" + "0".repeat(64) + "\"}")
                .result();

        assertThat(after.get("aud")).isEqualTo(made.get("aud"));
        assertThat(after.get("name").getAsString()).isEqualTo("Docs");
        assertThat(after.getAsJsonArray("policies")).hasSize(1);
        assertThat(after.get("created_at")).isEqualTo(made.get("created_at"));
        assertThat(root.delete(path).status()).isEqualTo(200);
        assertThat(root.get(path).status()).isEqualTo(404);
    }

    /** What would be taken and then never apply, or apply to more people than meant, is refused. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "/groups | {\"name\":\"g\",\"include\":[{\"ip\":{\"ip\":\"10.0.0.0/99\"}}]} | ip.ip",
                "/groups | {\"name\":\"g\",\"include\":[{\"github-organization\":{\"name\":\"o\",\"team\":[\"a\"]}}]} | github-organization.team",
            })
    void ruleWithoutEffect_isRefused(String path, String body, String member) {
        ApiClient.Answer answer = root.post(ACCESS + path, body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.body().toString()).contains(member);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[null]", "[[\"x\"]]", "[{}]"})
    void listItem_thatIsNoText_isRefused(String items) {
        assertThat(root.post("/accounts/" + ACCOUNT + "/gateway/lists", "{\"name\":\"l\",\"items\":" + items + "}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void app_destinationTaken_is409() {
        root.post(ACCESS + "/apps", "{\"name\":\"a\",\"domain\":\"wiki.example.com\"}");
        assertThat(root.post(ACCESS + "/apps", "{\"name\":\"b\",\"domain\":\"wiki.example.com\"}")
                        .status())
                .isEqualTo(409);
    }

    @Test
    void appPolicies_addReplaceRemove_keepOrder() {
        String app = root.post(ACCESS + "/apps", "{\"name\":\"a\",\"domain\":\"wiki.example.com\"}")
                .result()
                .get("id")
                .getAsString();
        String path = ACCESS + "/apps/" + app + "/policies";
        String first = root.post(path, ALLOW).result().get("id").getAsString();
        String deny = "{\"name\":\"nobody\",\"decision\":\"deny\",\"include\":[{\"everyone\":{}}],\"precedence\":1}";
        root.post(path, deny);

        JsonArray list = root.get(path).list();
        assertThat(list.get(0).getAsJsonObject().get("name").getAsString()).isEqualTo("nobody");
        assertThat(list.get(1).getAsJsonObject().get("id").getAsString()).isEqualTo(first);

        Answer replaced = root.put(path + "/" + first, ALLOW.replace("staff", "everybody else"));
        assertThat(replaced.result().get("id").getAsString()).isEqualTo(first);
        assertThat(root.get(path + "/" + first).result().get("name").getAsString())
                .isEqualTo("everybody else");
        assertThat(root.delete(path + "/" + first).status()).isEqualTo(200);
        assertThat(root.get(path).list()).hasSize(1);
        assertThat(root.put(path + "/" + first, ALLOW).status()).isEqualTo(404);
    }

    @Test
    void reusablePolicy_changed_changesTheAppsThatUseIt() {
        String policy =
                root.post(ACCESS + "/policies", ALLOW).result().get("id").getAsString();
        String app = root.post(
                        ACCESS + "/apps",
                        "{\"name\":\"a\",\"domain\":\"wiki.example.com\",\"policies\":[\"" + policy + "\"]}")
                .result()
                .get("id")
                .getAsString();

        root.put(ACCESS + "/policies/" + policy, ALLOW.replace("example.com", "example.org"));

        assertThat(access.all(AccessKind.APPLICATION)
                        .get(app)
                        .policies()
                        .get(0)
                        .include()
                        .get(0)
                        .value("domain"))
                .isEqualTo("example.org");
        assertThat(root.delete(ACCESS + "/policies/" + policy).error()).contains("in_use");
        assertThat(root.put(ACCESS + "/apps/" + app + "/policies/" + policy, ALLOW)
                        .status())
                .isEqualTo(400);
        root.delete(ACCESS + "/apps/" + app + "/policies/" + policy);
        assertThat(root.delete(ACCESS + "/policies/" + policy).status()).isEqualTo(200);
    }

    @Test
    void group_usedByAPolicy_cannotBeDeleted() {
        String group = root.post(
                        ACCESS + "/groups",
                        "{\"name\":\"admins\",\"include\":[{\"email\":{\"email\":\"a@example.com\"}}]}")
                .result()
                .get("id")
                .getAsString();
        String policy = root.post(
                        ACCESS + "/policies",
                        "{\"name\":\"not admins\",\"decision\":\"allow\",\"include\":[{\"everyone\":{}}],"
                                + "\"exclude\":[{\"group\":{\"id\":\"" + group + "\"}}]}")
                .result()
                .get("id")
                .getAsString();

        Answer refused = root.delete(ACCESS + "/groups/" + group);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.error()).contains("not admins");
        root.delete(ACCESS + "/policies/" + policy);
        assertThat(root.delete(ACCESS + "/groups/" + group).status()).isEqualTo(200);
    }

    @Test
    void identityProvider_secret_isKeptApartAndSurvivesAnUpdateWithoutIt() {
        String body = "{\"name\":\"SSO\",\"type\":\"oidc\",\"config\":{\"issuer\":\"https://sso.example.com\","
                + "\"client_id\":\"edge\",\"client_secret\":\"topsecret\"}}";
        Answer made = root.post(ACCESS + "/identity_providers", body);
        assertThat(made.status()).isEqualTo(200);
        assertThat(made.body().toString()).doesNotContain("topsecret");
        String id = made.result().get("id").getAsString();

        root.put(
                ACCESS + "/identity_providers/" + id,
                body.replace(",\"client_secret\":\"topsecret\"", "").replace("SSO", "Login"));

        IdentityProvider provider = access.all(AccessKind.IDENTITY_PROVIDER).get(id);
        assertThat(provider.name()).isEqualTo("Login");
        assertThat(provider.clientSecret()).isEqualTo("topsecret");
        assertThat(store.load().documents()).noneMatch(d -> d.json().contains("topsecret"));
    }

    @Test
    void serviceToken_secret_isShownOnceRotatedAndHashed() {
        String path = ACCESS + "/service_tokens";
        JsonObject made =
                root.post(path, "{\"name\":\"ci\",\"duration\":\"24h\"}").result();
        String secret = made.get("client_secret").getAsString();
        String id = made.get("id").getAsString();
        assertThat(made.get("client_id").getAsString()).matches("[0-9a-f]{32}\\.access");
        assertThat(root.get(path + "/" + id).body().toString()).doesNotContain(secret);
        assertThat(store.load().documents()).noneMatch(d -> d.json().contains(secret));
        assertThat(record(id).hasSecret(secret)).isTrue();
        assertThat(record(id).duration()).hasHours(24);

        String rotated = root.post(path + "/" + id + "/rotate", "")
                .result()
                .get("client_secret")
                .getAsString();
        assertThat(record(id).hasSecret(secret)).isFalse();
        assertThat(record(id).hasSecret(rotated)).isTrue();

        root.put(path + "/" + id, "{\"name\":\"build\",\"duration\":\"48h\"}");
        assertThat(record(id).name()).isEqualTo("build");
        assertThat(record(id).hasSecret(rotated)).isTrue();
        assertThat(root.post(path + "/" + id + "/refresh", "").status()).isEqualTo(200);
        assertThat(root.delete(path + "/" + id).status()).isEqualTo(200);
        assertThat(access.all(AccessKind.SERVICE_TOKEN)).isEmpty();
    }

    private ServiceTokenRecord record(String id) {
        return access.all(AccessKind.SERVICE_TOKEN).get(id);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "apps               | {}                                                      | domain",
                "apps               | {\"domain\":\"a b\"}                                    | a b",
                "apps               | {\"domain\":\"a.example.com\",\"policies\":[7.5]}       | policy",
                "apps               | {\"domain\":\"a.example.com\",\"policies\":[null]}      | policies",
                "apps               | {\"domain\":\"a.example.com\",\"session_duration\":\"x\"} | session_duration",
                "apps               | {\"domain\":{\"a\":1}}                                  | domain",
                "policies           | {\"name\":\"a\",\"decision\":\"allow\"}                 | include",
                "policies           | {\"name\":\"a\",\"decision\":\"maybe\",\"include\":[{\"everyone\":{}}]} | maybe",
                "policies           | {\"name\":\"a\",\"decision\":\"allow\",\"include\":[{\"moon\":{}}]} | moon",
                "groups             | {\"name\":\"a\",\"include\":[{}]}                       | rule",
                "identity_providers | {\"name\":\"a\",\"type\":\"saml\"}                      | saml",
                "service_tokens     | {\"name\":\"a\",\"duration\":\"-1h\"}                   | duration",
                "service_tokens     | {\"duration\":\"1h\"}                                   | name",
            })
    void create_wrongBody_is400AndNamesTheField(String path, String body, String named) {
        Answer answer = root.post(ACCESS + "/" + path, body);
        assertThat(answer.status()).as(answer.body().toString()).isBetween(400, 404);
        assertThat(answer.error()).contains(named);
    }

    @Test
    void access_fromAnotherAccount_isRefused() {
        assertThat(root.get("/accounts/acc1/access/apps").status()).isEqualTo(403);
    }
}
