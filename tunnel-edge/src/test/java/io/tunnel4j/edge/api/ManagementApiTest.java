package io.tunnel4j.edge.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tunnel4j.edge.api.ApiClient.Answer;
import io.tunnel4j.edge.state.HostnameRoute.Target;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManagementApiTest extends ApiFixture {
    private static final String NETWORKS = "/accounts/" + ACCOUNT + "/teamnet/routes";
    private static final String VIRTUAL = "/accounts/" + ACCOUNT + "/teamnet/virtual_networks";

    @Test
    void serve_withoutOrWithWrongToken_is401() {
        assertThat(new ApiClient(api, "").get(TUNNELS).status()).isEqualTo(401);
        Answer wrong = new ApiClient(api, "wrong").get(TUNNELS);
        assertThat(wrong.status()).isEqualTo(401);
        assertThat(wrong.errorCode()).isEqualTo(1000);
        assertThat(wrong.headers().get("WWW-Authenticate")).isEqualTo("Bearer");
    }

    @Test
    void serve_manyWrongTokens_are429_andDoNotSlowARightOne() {
        ApiClient wrong = new ApiClient(api, "wrong");
        Answer last = wrong.get(TUNNELS);
        for (int i = 0; i < 30; i++) {
            last = wrong.get(TUNNELS);
        }
        assertThat(last.status()).isEqualTo(429);
        assertThat(root.get(TUNNELS).status()).isEqualTo(200);
    }

    @Test
    void serve_tooManyRequests_is429WithRetryAfter_untilTimePasses() {
        ManagementApi slow = ManagementApi.builder(state, tokens, ACCOUNT)
                .rate(0.5, 2)
                .ticker(nanos::get)
                .build();
        ApiClient client = new ApiClient(slow, "root-token");
        client.get(TUNNELS);
        client.get(TUNNELS);

        Answer refused = client.get(TUNNELS);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.headers().get("Retry-After")).isEqualTo("2");

        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        assertThat(client.get(TUNNELS).status()).isEqualTo(200);
    }

    @Test
    void scopes_eachArea_isClosedToTheOthers() {
        ApiClient reader = with(Scope.TUNNELS_READ);
        assertThat(reader.get(TUNNELS).status()).isEqualTo(200);
        assertThat(reader.post(TUNNELS, "{\"name\":\"x\"}").status()).isEqualTo(403);
        assertThat(reader.get("/zones").status()).isEqualTo(403);
        assertThat(reader.get("/accounts/" + ACCOUNT + "/access/apps").errorCode())
                .isEqualTo(10000);
        assertThat(reader.get("/accounts/" + ACCOUNT + "/audit_logs").status()).isEqualTo(403);
        assertThat(reader.post("/accounts/" + ACCOUNT + "/tokens", "{}").status())
                .isEqualTo(403);
        assertThat(with(Scope.TUNNELS_EDIT).get(TUNNELS).status()).isEqualTo(200);
        assertThat(with(Scope.TUNNELS_EDIT).get("/accounts/acc1/cfd_tunnel").status())
                .isEqualTo(403);
    }

    @Test
    void token_createdThenDeleted_worksAndStops_andIsKeptHashed() {
        String path = "/accounts/" + ACCOUNT + "/tokens";
        Answer made = root.post(path, "{\"name\":\"ci\",\"scopes\":[\"tunnels:read\"]}");
        String text = made.result().get("value").getAsString();
        ApiClient client = new ApiClient(api, text);
        assertThat(client.get(TUNNELS).status()).isEqualTo(200);
        assertThat(client.get("/user/tokens/verify").result().get("status").getAsString())
                .isEqualTo("active");
        assertThat(store.load().documents()).noneMatch(d -> d.json().contains(text));
        assertThat(root.get(path).body().toString()).contains("ci").doesNotContain(text, "hash");

        root.delete(path + "/" + made.result().get("id").getAsString());

        assertThat(client.get(TUNNELS).status()).isEqualTo(401);
        assertThat(root.post(path, "{\"name\":\"ci\",\"scopes\":[\"moon\"]}").error())
                .contains("moon", "tunnels:read");
    }

    @Test
    void token_expired_is401() {
        String text = tokens.create("old", ACCOUNT, Set.of(Scope.TUNNELS_READ), Instant.EPOCH)
                .toCompletableFuture()
                .join();
        assertThat(new ApiClient(api, text).get(TUNNELS).status()).isEqualTo(401);
    }

    @Test
    void routes_unknownPathOrMethod_is404Or405() {
        assertThat(root.get("/moon").errorCode()).isEqualTo(7000);
        assertThat(root.send("PUT", TUNNELS, "{}").status()).isEqualTo(405);
        assertThat(root.get(TUNNELS + "/not-a-uuid").status()).isEqualTo(404);
        assertThat(root.get("/" + "a/".repeat(500)).status()).isEqualTo(404);
        assertThat(root.get(TUNNELS + "/%zz").status()).isEqualTo(400);
    }

    @Test
    void management_token_is501AndSaysWhereLogsAre() {
        UUID id = tunnel("web");

        ApiClient.Answer answer = root.post(TUNNELS + "/" + id + "/management/logs", "");

        assertThat(answer.status()).isEqualTo(501);
        assertThat(answer.errorCode()).isEqualTo(10501);
        assertThat(root.post(TUNNELS + "/" + UUID.randomUUID() + "/management/logs", "")
                        .status())
                .isEqualTo(404);
    }

    @Test
    void audit_changes_nameActorActionAndSubject() {
        UUID id = tunnel("web");
        Answer log = root.get("/accounts/" + ACCOUNT + "/audit_logs?per_page=1");
        JsonObject entry = log.list().get(0).getAsJsonObject();
        assertThat(entry.get("actor").getAsString()).startsWith("token root");
        assertThat(entry.get("action").getAsString()).isEqualTo("tunnel.create");
        assertThat(entry.get("resource").getAsString()).isEqualTo(id + " web");
    }

    @Test
    void store_lost_changesAre503_readsGoOn() {
        tunnel("web");
        store.close();
        Answer refused = root.post(TUNNELS, "{\"name\":\"other\"}");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.headers().get("Retry-After")).isNotNull();
        assertThat(root.get(TUNNELS).list()).hasSize(1);
    }

    @Test
    void configuration_put_growsVersionAndMakesTunnelRemote() {
        UUID id = tunnel("web");
        String path = TUNNELS + "/" + id + "/configurations";
        assertThat(root.get(path).result().get("source").getAsString()).isEqualTo("local");
        String config = "{\"config\":{\"ingress\":[{\"hostname\":\"a.example.com\",\"service\":\"http://localhost:1\"},"
                + "{\"service\":\"http_status:404\"}]}}";

        assertThat(root.put(path, config).result().get("version").getAsInt()).isZero();
        JsonObject second = root.put(path, config).result();

        assertThat(second.get("version").getAsInt()).isEqualTo(1);
        assertThat(second.get("source").getAsString()).isEqualTo("cloudflare");
        assertThat(root.get(path).result().getAsJsonObject("config").getAsJsonArray("ingress"))
                .hasSize(2);
        assertThat(state.current().configuration(id).orElseThrow().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                              | config",
                "{\"config\":{\"ingress\":[{\"service\":\"nonsense\"}]}}         | service",
                "{\"config\":{\"ingress\":[{\"hostname\":\"a\",\"service\":\"http://x\"}]}} | last rule",
            })
    void configuration_invalid_is400AndNothingChanges(String body, String named) {
        UUID id = tunnel("web");
        Answer answer = root.put(TUNNELS + "/" + id + "/configurations", body);
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(named);
        assertThat(state.current().configuration(id)).isEmpty();
    }

    @Test
    void routeDns_newSameOther_answersAsHosted() {
        UUID one = tunnel("one");
        UUID two = tunnel("two");
        String body = "{\"type\":\"dns\",\"user_hostname\":\"App.example.com\",\"overwrite_existing\":false}";
        Answer made = root.put(zone + "/tunnels/" + one + "/routes", body);
        assertThat(made.result().get("cname").getAsString()).isEqualTo("new");
        assertThat(made.result().get("name").getAsString()).isEqualTo("app.example.com");
        assertThat(root.put(zone + "/tunnels/" + one + "/routes", body)
                        .result()
                        .get("cname")
                        .getAsString())
                .isEqualTo("unchanged");
        Answer taken = root.put(zone + "/tunnels/" + two + "/routes", body);
        assertThat(taken.status()).isEqualTo(400);
        assertThat(taken.errorCode()).isEqualTo(1003);
        assertThat(root.put(zone + "/tunnels/" + two + "/routes", body.replace("false", "true"))
                        .result()
                        .get("cname")
                        .getAsString())
                .isEqualTo("updated");
        assertThat(state.current().route("app.example.com").orElseThrow().leadsTo(two))
                .isTrue();
    }

    @Test
    void routeDns_nameOutsideTheZone_isRefused_labelIsCompleted() {
        UUID one = tunnel("one");
        String path = zone + "/tunnels/" + one + "/routes";
        Answer outside = root.put(path, "{\"type\":\"dns\",\"user_hostname\":\"app.other.org\"}");
        assertThat(outside.status()).isEqualTo(400);
        assertThat(outside.error()).contains("user_hostname", "example.com");
        assertThat(root.put(path, "{\"type\":\"dns\",\"user_hostname\":\"evil-example.com\"}")
                        .status())
                .isEqualTo(400);
        assertThat(root.put(path, "{\"type\":\"dns\",\"user_hostname\":\"app\"}")
                        .result()
                        .get("name")
                        .getAsString())
                .isEqualTo("app.example.com");
        assertThat(root.put(path, "{\"type\":\"dns\",\"user_hostname\":\"*.b.example.com\"}")
                        .status())
                .isEqualTo(200);
    }

    @Test
    void routeLb_secondTunnel_joinsTheName() {
        UUID one = tunnel("one");
        UUID two = tunnel("two");
        String body = "{\"type\":\"lb\",\"lb_name\":\"lb.example.com\",\"lb_pool\":\"pool\"}";
        assertThat(root.put(zone + "/tunnels/" + one + "/routes", body)
                        .result()
                        .get("load_balancer")
                        .getAsString())
                .isEqualTo("new");
        assertThat(root.put(zone + "/tunnels/" + two + "/routes", body)
                        .result()
                        .get("pool")
                        .getAsString())
                .isEqualTo("updated");
        assertThat(state.current().route("lb.example.com").orElseThrow().targets())
                .containsExactly(new Target(one, 1), new Target(two, 1));
    }

    @Test
    void hostnameRoutes_weights_areSetListedAndDeleted() {
        UUID one = tunnel("one");
        UUID two = tunnel("two");
        String path = "/accounts/" + ACCOUNT + "/hostname_routes/";
        String body = "{\"targets\":[{\"tunnel_id\":\"" + one + "\",\"weight\":9},{\"tunnel_id\":\"" + two + "\"}]}";
        assertThat(root.put(path + "w.example.com", body).status()).isEqualTo(200);
        assertThat(root.get(path + "w.example.com").result().getAsJsonArray("targets"))
                .hasSize(2);
        assertThat(root.put(path + "w.example.org", body).status()).isEqualTo(400);
        assertThat(root.put(path + "w.example.com", body.replace(":9", ":-1")).error())
                .contains("weight");
        assertThat(root.put(path + "w.example.com", "{\"targets\":[]}").status())
                .isEqualTo(400);
        assertThat(root.delete(path + "w.example.com").status()).isEqualTo(200);
        assertThat(state.current().route("w.example.com")).isEmpty();
    }

    @Test
    void dnsRecords_ofARoute_areListedAndDeletable() {
        UUID one = tunnel("one");
        root.put(zone + "/tunnels/" + one + "/routes", "{\"type\":\"dns\",\"user_hostname\":\"a.example.com\"}");

        JsonObject dns =
                root.get(zone + "/dns_records?name=a.example.com").list().get(0).getAsJsonObject();
        assertThat(dns.get("content").getAsString()).isEqualTo(one + ".cfargotunnel.com");
        assertThat(root.delete(zone + "/dns_records/" + dns.get("id").getAsString())
                        .status())
                .isEqualTo(200);
        assertThat(state.current().route("a.example.com")).isEmpty();
    }

    @Test
    void networks_createListLookUpDelete_asTheCommandLine() {
        UUID one = tunnel("one");
        String wide = "{\"network\":\"10.0.0.0/8\",\"tunnel_id\":\"" + one + "\",\"comment\":\"wide\"}";
        String narrow = "{\"network\":\"10.1.0.0/16\",\"tunnel_id\":\"" + one + "\"}";
        Answer made = root.post(NETWORKS, wide);
        assertThat(made.status()).isEqualTo(200);
        assertThat(made.result().get("served").getAsBoolean()).isFalse();
        assertThat(root.post(NETWORKS, wide).status()).isEqualTo(409);
        root.post(NETWORKS, narrow);

        assertThat(root.get(NETWORKS + "?is_deleted=false&tun_types=cfd_tunnel&page=1")
                        .list())
                .hasSize(2);
        assertThat(root.get(NETWORKS + "?network_subset=10.1.0.0/16&network_superset=10.1.0.0/16")
                        .list())
                .hasSize(1);
        assertThat(root.get(NETWORKS + "/ip/10.1.2.3").result().get("network").getAsString())
                .isEqualTo("10.1.0.0/16");
        assertThat(root.get(NETWORKS + "/ip/10.2.2.3")
                        .result()
                        .get("tunnel_name")
                        .getAsString())
                .isEqualTo("one");
        assertThat(root.get(NETWORKS + "/ip/192.0.2.1").body().get("result").isJsonNull())
                .isTrue();
        assertThat(root.delete(TUNNELS + "/" + one).errorCode()).isEqualTo(1023);
        assertThat(root.delete(NETWORKS + "/" + made.result().get("id").getAsString())
                        .status())
                .isEqualTo(200);
        assertThat(root.delete(TUNNELS + "/" + one + "?cascade=true").status()).isEqualTo(200);
        assertThat(root.get(NETWORKS).list()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1/8", "10.0.0.0/33", "ten", "localhost", "10.0.0.0/-1", "fd00::1/8", "999.0.0.0/8"})
    void networks_notANetwork_is400(String network) {
        UUID one = tunnel("one");
        Answer answer = root.post(NETWORKS, "{\"network\":\"" + network + "\",\"tunnel_id\":\"" + one + "\"}");
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains("network");
    }

    @Test
    void virtualNetworks_defaultMovesAndRoutesProtect() {
        UUID one = tunnel("one");
        JsonObject first =
                root.post(VIRTUAL, "{\"name\":\"a\",\"is_default\":false}").result();
        assertThat(first.get("is_default_network").getAsBoolean()).isTrue();
        JsonObject second =
                root.post(VIRTUAL, "{\"name\":\"b\",\"is_default\":true}").result();
        String b = second.get("id").getAsString();
        assertThat(root.get(VIRTUAL + "?is_default=true&is_deleted=false").list())
                .hasSize(1);
        assertThat(root.post(VIRTUAL, "{\"name\":\"b\"}").status()).isEqualTo(409);
        root.post(
                NETWORKS,
                "{\"network\":\"fd00::/8\",\"tunnel_id\":\"" + one + "\",\"virtual_network_id\":\"" + b + "\"}");
        assertThat(root.delete(VIRTUAL + "/" + b).status()).isEqualTo(400);
        assertThat(root.patch(VIRTUAL + "/" + first.get("id").getAsString(), "{\"is_default_network\":true}")
                        .status())
                .isEqualTo(200);
        assertThat(root.delete(VIRTUAL + "/" + b + "?force=true").status()).isEqualTo(200);
        assertThat(root.get(NETWORKS).list()).isEmpty();
    }
}
