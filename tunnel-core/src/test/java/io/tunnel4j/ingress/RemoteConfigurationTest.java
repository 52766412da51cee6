package io.tunnel4j.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.origin.FlowLimits;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class RemoteConfigurationTest {
    private final RemoteConfiguration configuration = new RemoteConfiguration(Ingress.of(Origin.status(404)));

    @Test
    void applyRequest_capturedExchanges_sameStatusVersionAndFailure() throws Exception {
        try (Reader reader = new InputStreamReader(
                Objects.requireNonNull(
                        getClass().getResourceAsStream("/vectors/connector-edge/remote-config/http2-exchanges.json")),
                StandardCharsets.UTF_8)) {
            for (JsonElement element : JsonParser.parseReader(reader).getAsJsonArray()) {
                JsonObject exchange = element.getAsJsonObject();
                String name = exchange.get("name").getAsString();
                RemoteConfiguration.Outcome outcome =
                        configuration.applyRequest(exchange.get("request_body").getAsString());
                assertThat(outcome.status())
                        .as(name)
                        .isEqualTo(exchange.get("status").getAsInt());
                String expected = exchange.get("response_body").getAsString();
                if (expected.endsWith("\"err\":null}") || expected.isEmpty()) {
                    assertThat(outcome.body()).as(name).isEqualTo(expected);
                } else {
                    JsonObject reply = JsonParser.parseString(outcome.body()).getAsJsonObject();
                    assertThat(reply.get("lastAppliedVersion"))
                            .as(name)
                            .isEqualTo(JsonParser.parseString(expected)
                                    .getAsJsonObject()
                                    .get("lastAppliedVersion"));
                    assertThat(reply.get("err").getAsString()).as(name).isNotEmpty();
                }
            }
        }
        assertThat(configuration.current().version()).isEqualTo(5);
        Ingress.Rule first = configuration.current().rules().ingress().rules().get(0);
        assertThat(first.origin().options().connectTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(first.origin().options().noTlsVerify()).isTrue();
    }

    @Test
    void apply_emptyIngress_everythingIs503() {
        assertThat(configuration.apply(1, "{}").result()).isEqualTo(RemoteConfiguration.Result.APPLIED);
        assertThat(configuration.current().rules().match("a", "/").index()).isEqualTo(RuleMatcher.NO_RULE);
    }

    @Test
    void apply_warpRouting_isHowPrivateAddressesAreServed() {
        assertThat(configuration.current().flows().dialling().connectTimeout()).isEqualTo(Duration.ofSeconds(5));

        configuration.apply(1, "{\"warp-routing\":{\"connectTimeout\":9,\"maxActiveFlows\":1,\"tcpKeepAlive\":11}}");

        FlowLimits flows = configuration.current().flows();
        assertThat(flows.dialling().connectTimeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(flows.dialling().tcpKeepAlive()).isEqualTo(Duration.ofSeconds(11));
        assertThat(flows.maxActive()).isEqualTo(1);

        assertThat(configuration
                        .apply(2, "{\"warp-routing\":{\"maxActiveFlows\":-1}}")
                        .error())
                .contains("maxActiveFlows");
        assertThat(configuration.current().flows()).isEqualTo(flows);
        configuration.apply(3, "{\"warp-routing\":{\"enabled\":true}}");
        assertThat(configuration.current().flows()).isEqualTo(FlowLimits.DEFAULT);
    }

    @Test
    void apply_invalid_keepsTheFormerRulesAndNamesTheRule() {
        RemoteConfiguration.Outcome outcome =
                configuration.apply(3, "{\"ingress\":[{\"hostname\":\"a.b\",\"service\":\"nonsense\"}]}");
        assertThat(outcome.result()).isEqualTo(RemoteConfiguration.Result.FAILED);
        assertThat(outcome.error()).contains("rule 1", "a.b", "nonsense");
        assertThat(configuration.current().version()).isEqualTo(RemoteConfiguration.NO_VERSION);
    }
}
