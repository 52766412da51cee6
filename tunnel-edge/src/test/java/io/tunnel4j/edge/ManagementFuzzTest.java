package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.tunnel4j.TunnelException;
import io.tunnel4j.edge.api.ApiClient;
import io.tunnel4j.edge.api.ApiTokens;
import io.tunnel4j.edge.api.EdgeAccounts;
import io.tunnel4j.edge.api.ManagementApi;
import io.tunnel4j.edge.state.EdgeState;
import io.tunnel4j.edge.store.EdgeStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;

/** What operators send may be anything: the API answers 200 or a refusal, the configuration is read or refused by line. */
class ManagementFuzzTest {
    private static final String ACCOUNT = "/client/v4/accounts/acc";
    private static final List<String> PATHS = List.of(
            "/cfd_tunnel",
            "/teamnet/routes",
            "/teamnet/virtual_networks",
            "/access/apps",
            "/access/policies",
            "/access/groups",
            "/access/identity_providers",
            "/access/service_tokens",
            "/gateway/lists",
            "/tokens",
            "/zones");

    @FuzzTest
    void api_anyBody_isAnsweredWithoutAnInternalError(byte[] body) {
        EdgeStore store = EdgeStore.inMemory();
        try (EdgeState state = EdgeState.open(store)) {
            EdgeAccounts.ensure(state, "acc", "Fuzz", List.of("example.com"))
                    .toCompletableFuture()
                    .join();
            ManagementApi api = ManagementApi.builder(
                            state, ApiTokens.of(state, Clock.systemUTC(), "root-token"), "acc")
                    .build();
            ApiClient client = new ApiClient(api, "root-token");
            for (String path : PATHS) {
                assertThat(client.raw("POST", ACCOUNT + path, body).status())
                        .as(path)
                        .isLessThan(500);
            }
        } finally {
            store.close();
        }
    }

    @FuzzTest
    void configuration_anyText_isReadOrRefused(byte[] text) {
        try {
            EdgeConfiguration.parse(new String(text, StandardCharsets.UTF_8), Path.of("."));
        } catch (TunnelException refused) {
            assertThat(refused).hasMessageContaining("line");
        }
    }
}
