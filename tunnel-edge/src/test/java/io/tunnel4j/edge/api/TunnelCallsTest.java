package io.tunnel4j.edge.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.edge.api.ApiClient.Answer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TunnelCallsTest extends ApiFixture {
    private static final String SECRET = Base64.getEncoder().encodeToString(new byte[32]);

    @Test
    void create_asTheStockCommandLine_givesTunnelAndToken() {
        Answer answer = root.post(TUNNELS, "{\"name\":\"web\",\"tunnel_secret\":\"" + SECRET + "\"}");

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.headers().get("Content-Type")).isEqualTo("application/json");
        assertThat(answer.body().get("success").getAsBoolean()).isTrue();
        JsonObject result = answer.result();
        assertThat(result.keySet()).contains("id", "name", "created_at", "deleted_at", "connections", "token");
        TunnelCredentials credentials =
                TunnelCredentials.fromToken(result.get("token").getAsString());
        assertThat(credentials.accountTag()).isEqualTo(ACCOUNT);
        assertThat(credentials.tunnelId()).hasToString(result.get("id").getAsString());
        assertThat(credentials.secret()).isEqualTo(new byte[32]);
        assertThat(state.current().tunnel(credentials.tunnelId()).orElseThrow().hasSecret(new byte[32]))
                .isTrue();
    }

    @Test
    void create_nameTaken_is409() {
        tunnel("web");

        Answer answer = root.post(TUNNELS, "{\"name\":\"web\"}");

        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.errorCode()).isEqualTo(1013);
    }

    @Test
    void create_nameOfDeletedTunnel_isFreeAgain() {
        root.delete(TUNNELS + "/" + tunnel("web"));

        assertThat(root.post(TUNNELS, "{\"name\":\"web\"}").status()).isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                                       | name",
                "{\"name\":7}                                             | name",
                "{\"name\":\"\"}                                          | name",
                "{\"name\":\"a\\u0000b\"}                                 | name",
                "{\"name\":\"11111111-2222-3333-4444-555555555555\"}      | UUID",
                "{\"name\":\"a\",\"tunnel_secret\":\"c2hvcnQ=\"}          | tunnel_secret",
                "{\"name\":\"a\",\"tunnel_secret\":\"!\"}                 | tunnel_secret",
                "{\"name\":\"a\",\"config_src\":\"moon\"}                 | config_src",
                "{\"name\":\"a\",\"metadata\":[]}                         | metadata",
                "{\"name\":\"a\",\"name\":\"b\"}                          | second member $.name",
                "[]                                                       | no object",
                "{\"name\":\"a\"} x                                       | request body",
                "{\"name\":                                               | unfinished",
                "{name:\"a\"}                                             | syntax",
            })
    void create_wrongBody_is400AndNamesTheField(String body, String named) {
        Answer answer = root.post(TUNNELS, body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.error()).contains(named);
        assertThat(state.current().tunnels()).isEmpty();
    }

    @Test
    void create_hostileBodies_areRefusedQuickly() {
        assertThat(root.post(TUNNELS, "[".repeat(500_000)).status()).isEqualTo(400);
        assertThat(root.post(TUNNELS, "{\"name\":" + "9".repeat(500_000) + "}").status())
                .isEqualTo(400);
        assertThat(root.post(TUNNELS, "{\"name\":1e999999999}").error()).contains("$.name");
        assertThat(root.post(TUNNELS, "[" + "1,".repeat(200_000) + "1]").error())
                .contains("more than");
        assertThat(root.raw("POST", "/client/v4" + TUNNELS, new byte[] {(byte) 0xc3, 0x28})
                        .status())
                .isEqualTo(400);
        assertThat(root.raw("POST", "/client/v4" + TUNNELS, new byte[(1 << 20) + 1])
                        .status())
                .isEqualTo(413);
    }

    @Test
    void list_filters_asTheCommandLineSendsThem() {
        UUID one = tunnel("app-one");
        tunnel("app-two");
        UUID gone = tunnel("old");
        root.delete(TUNNELS + "/" + gone);

        assertThat(names("?is_deleted=false&page=1")).containsExactlyInAnyOrder("app-one", "app-two");
        assertThat(names("")).containsExactlyInAnyOrder("app-one", "app-two", "old");
        assertThat(names("?is_deleted=true")).containsExactly("old");
        assertThat(names("?is_deleted=false&name=app-one&page=1")).containsExactly("app-one");
        assertThat(names("?name_prefix=app-")).containsExactlyInAnyOrder("app-one", "app-two");
        assertThat(names("?exclude_prefix=app-")).containsExactly("old");
        assertThat(names("?page=1&uuid=" + one)).containsExactly("app-one");
        assertThat(names("?existed_at=2000-01-01T00:00:00Z")).isEmpty();
        assertThat(root.get(TUNNELS + "?existed_at=yesterday").status()).isEqualTo(400);
        assertThat(root.get(TUNNELS + "?uuid=1").error()).contains("uuid");
        assertThat(root.get(TUNNELS + "?page=0").error()).contains("page");
    }

    @Test
    void list_manyTunnels_isPagedUntilTheEnd() {
        for (int i = 0; i < 7; i++) {
            tunnel("t" + i);
        }
        List<String> seen = new ArrayList<>();
        int total;
        int page = 0;
        do {
            Answer answer = root.get(TUNNELS + "?per_page=3&page=" + ++page);
            answer.list().forEach(t -> seen.add(t.getAsJsonObject().get("name").getAsString()));
            JsonObject info = answer.body().getAsJsonObject("result_info");
            assertThat(info.get("per_page").getAsInt()).isEqualTo(3);
            assertThat(info.get("page").getAsInt()).isEqualTo(page);
            assertThat(info.get("count").getAsInt()).isEqualTo(answer.list().size());
            total = info.get("total_count").getAsInt();
        } while (seen.size() < total);
        assertThat(page).isEqualTo(3);
        assertThat(seen).hasSize(7).doesNotHaveDuplicates();
    }

    @Test
    void delete_withConnections_needsCascade_thenDisconnects() {
        UUID id = tunnel("web");
        connections.connect(id, UUID.randomUUID(), 0);

        Answer refused = root.delete(TUNNELS + "/" + id);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.errorCode()).isEqualTo(1022);

        Answer done = root.delete(TUNNELS + "/" + id + "?cascade=true");
        assertThat(done.status()).isEqualTo(200);
        assertThat(connections.connections()).isEmpty();
        assertThat(state.current().tunnel(id)).isEmpty();
        assertThat(root.get(TUNNELS + "/" + id).result().get("deleted_at").isJsonNull())
                .isFalse();
        assertThat(root.delete(TUNNELS + "/" + id).status()).isEqualTo(404);
    }

    @Test
    void connections_twoConnectors_areGroupedByClient_andCleanedUpAlone() {
        UUID id = tunnel("web");
        UUID first = UUID.randomUUID();
        UUID second = UUID.randomUUID();
        connections.connect(id, first, 0);
        connections.connect(id, first, 1);
        connections.connect(id, second, 0);

        Answer answer = root.get(TUNNELS + "/" + id + "/connections");
        assertThat(answer.list()).hasSize(2);
        JsonObject client = answer.list().get(0).getAsJsonObject();
        assertThat(client.keySet()).contains("id", "features", "version", "arch", "run_at", "conns");
        assertThat(client.getAsJsonArray("conns").get(0).getAsJsonObject().keySet())
                .contains("colo_name", "id", "is_pending_reconnect", "origin_ip", "opened_at");

        assertThat(root.delete(TUNNELS + "/" + id + "/connections?client_id=" + first)
                        .status())
                .isEqualTo(200);
        assertThat(connections.connections())
                .singleElement()
                .satisfies(c -> assertThat(c.clientId()).isEqualTo(second));
        root.delete(TUNNELS + "/" + id + "/connections");
        assertThat(connections.connections()).isEmpty();
    }

    @Test
    void token_ofTunnel_isTheTokenText_forEditorsOnly() {
        UUID id = tunnel("web");

        Answer answer = root.get(TUNNELS + "/" + id + "/token");
        assertThat(TunnelCredentials.fromToken(answer.body().get("result").getAsString())
                        .tunnelId())
                .isEqualTo(id);
        assertThat(with(Scope.TUNNELS_READ).get(TUNNELS + "/" + id + "/token").status())
                .isEqualTo(403);
    }

    @Test
    void tunnel_ofOtherAccount_doesNotExist() {
        UUID id = tunnel("web");

        assertThat(root.get("/accounts/acc1/cfd_tunnel/" + id).status()).isEqualTo(404);
        assertThat(root.delete("/accounts/acc1/cfd_tunnel/" + id).status()).isEqualTo(404);
        assertThat(root.get("/accounts/nobody/cfd_tunnel").errorCode()).isEqualTo(7003);
    }

    @Test
    void update_nameAndSecret_changesBoth() {
        UUID id = tunnel("web");
        assertThat(root.patch(TUNNELS + "/" + id, "{\"name\":\"shop\",\"tunnel_secret\":\"" + SECRET + "\"}")
                        .status())
                .isEqualTo(200);
        assertThat(state.current().tunnel(ACCOUNT, "shop").orElseThrow().hasSecret(new byte[32]))
                .isTrue();
    }

    private List<String> names(String query) {
        List<String> names = new ArrayList<>();
        for (JsonElement tunnel : root.get(TUNNELS + query).list()) {
            names.add(tunnel.getAsJsonObject().get("name").getAsString());
        }
        return names;
    }
}
