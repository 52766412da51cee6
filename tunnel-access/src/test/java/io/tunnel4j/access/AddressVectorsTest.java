package io.tunnel4j.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Host names, listener addresses and header lines, read as the reference reads them. */
class AddressVectorsTest {
    /** Where the reference makes a nonsense host of a scheme, we take the scheme off. */
    private static final Map<String, String> BETTER_HOSTS = Map.of(
            "HTTPS://app.example.com", "app.example.com",
            "wss://app.example.com", "app.example.com");

    @ParameterizedTest
    @MethodSource("hostnames")
    void application_asPeopleWriteIt_namesTheReferencesHost(JsonObject vector) {
        String input = vector.get("input").getAsString();
        String host = BETTER_HOSTS.getOrDefault(input, Vectors.text(vector, "host"));
        if (host == null || input.startsWith("tcp://")) {
            assertThatThrownBy(() -> AccessTarget.of(input))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected");
            return;
        }

        AccessTarget target = AccessTarget.of(input);

        assertThat(target.authority()).isEqualTo(host);
        if (!BETTER_HOSTS.containsKey(input)) {
            String url = vector.get("url").getAsString().replace("user:pass@", "");
            assertThat(target.uri()).hasToString(url);
        }
    }

    static Stream<JsonObject> hostnames() {
        return Vectors.list("hostname-normalisation.json");
    }

    @ParameterizedTest
    @MethodSource("listeners")
    void listener_asPeopleWriteIt_isTheReferencesAddress(JsonObject vector) {
        String input = vector.get("input").getAsString();
        String expected = Vectors.text(vector, "listen_address");
        // Without a port, or with one above 65535, the reference fails later, when it listens.
        boolean listens = expected != null && expected.matches(".*:[0-9]{4}");
        if (!listens) {
            assertThatThrownBy(() -> ListenAddress.parse(input))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("expected");
            return;
        }

        InetSocketAddress address = ListenAddress.parse(input);

        assertThat(address)
                .isEqualTo(new InetSocketAddress(
                        expected.substring(0, expected.lastIndexOf(':')).replaceAll("[\\[\\]]", ""),
                        Integer.parseInt(expected.substring(expected.lastIndexOf(':') + 1))));
    }

    static Stream<JsonObject> listeners() {
        return Vectors.list("listener-validation.json");
    }

    @ParameterizedTest
    @MethodSource("headerFlags")
    void headerLines_asTheOptionTakesThem_giveTheReferencesFields(JsonObject vector) {
        HeaderLines lines = new HeaderLines();

        vector.getAsJsonArray("flags").forEach(flag -> lines.addLine(flag.getAsString()));

        JsonObject expected = vector.getAsJsonObject("headers");
        assertThat(lines.fields()).hasSize(expected.size());
        expected.entrySet()
                .forEach(field -> assertThat(lines.fields().get(field.getKey()))
                        .containsExactlyElementsOf(texts(field.getValue().getAsJsonArray())));
    }

    static Stream<JsonObject> headerFlags() {
        return Vectors.list("header-flags.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX-Evil: 1", "a\nb", "\0", "€"})
    void header_valueThatWouldSplitTheRequest_isRefusedAndNotShown(String value) {
        assertThatThrownBy(() -> AccessTarget.builder("app.example.com").header("X-A", value))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining(value);
        assertThatThrownBy(() -> AccessTarget.builder("app.example.com").headerLine("X-A: b" + value))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "app.example.com/a\r\nX-Evil: 1",
                "app.example.com /",
                "app.example.com:0",
                "app.example.com:65536",
                "[::1",
                "a]"
            })
    void application_thatIsNone_isRefused(String application) {
        assertThatThrownBy(() -> AccessTarget.of(application)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void target_toString_holdsNoSecret() {
        AccessTarget target = AccessTarget.builder("app.example.com/x")
                .header("Cf-Access-Token", "t0ken")
                .serviceToken(ServiceToken.of("id", "s3cret"))
                .destination("10.0.0.5:22")
                .build();

        assertThat(target.toString()).isEqualTo("https://app.example.com/x to 10.0.0.5:22");
        assertThat(target.toBuilder().build().toString()).isEqualTo(target.toString());
    }

    private static Iterable<String> texts(JsonArray array) {
        return array.asList().stream().map(element -> element.getAsString()).toList();
    }
}
