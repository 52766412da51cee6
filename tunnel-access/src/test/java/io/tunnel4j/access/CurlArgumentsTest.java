package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CurlArgumentsTest {
    static Stream<JsonObject> urls() {
        return AccessVectors.cases("curl-url.json");
    }

    @ParameterizedTest
    @MethodSource("urls")
    void parse_referenceCase_sameUrlOrError(JsonObject vector) {
        List<String> arguments = List.of(vector.get("input").getAsString());

        if (vector.has("url")) {
            assertThat(CurlArguments.parse(arguments).url())
                    .hasToString(vector.get("url").getAsString());
        } else {
            assertThatThrownBy(() -> CurlArguments.parse(arguments))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(vector.get("error").getAsString());
        }
    }

    @Test
    void command_recordedRun_argumentsAsWrittenAndTheToken() {
        CurlArguments arguments = CurlArguments.parse(
                List.of("-ar", "http://bücher.example/q?a=b", "-sS", "-H", "X-A: b", "--data", "k=v"));

        assertThat(arguments.command(AccessToken.of("a.b.c")))
                .containsExactly(
                        "curl",
                        "http://bücher.example/q?a=b",
                        "-sS",
                        "-H",
                        "X-A: b",
                        "--data",
                        "k=v",
                        "-H",
                        "Cf-Access-Token: a.b.c");
        assertThat(arguments.application()).hasToString("https://xn--bcher-kva.example/q?a=b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--allow-request", "https://", "https://a b/", "-sS"})
    void parse_noUrl_refused(String first) {
        assertThatThrownBy(() -> CurlArguments.parse(List.of(first))).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> CurlArguments.parse(List.of())).isInstanceOf(IllegalArgumentException.class);
    }
}
