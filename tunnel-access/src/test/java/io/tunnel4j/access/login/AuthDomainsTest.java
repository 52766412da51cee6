package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessVectors;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthDomainsTest {
    static Stream<JsonObject> authDomains() {
        return AccessVectors.cases("auth-domain-vectors.json");
    }

    @ParameterizedTest
    @MethodSource("authDomains")
    void accept_referenceCase_sameHostOrError(JsonObject vector) {
        String claimed = vector.get("auth_domain").getAsString();
        if (!vector.has("error")) {
            assertThat(AuthDomains.CLOUDFLARE.accept(claimed))
                    .isEqualTo(new AuthDomain(vector.get("canonical_host").getAsString(), 443));
            return;
        }
        // What follows the second colon are the words of Go's URL parser.
        String expected = vector.get("error").getAsString().split(": parse ")[0];
        assertThatThrownBy(() -> AuthDomains.CLOUDFLARE.accept(claimed))
                .hasMessage(expected)
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.EDGE_UNTRUSTED));
    }

    @ParameterizedTest
    @CsvSource({
        "auth.example.com, auth.example.com, https://auth.example.com",
        "AUTH.example.com:8443, auth.example.com, https://auth.example.com:8443",
        ".example.com, a.b.example.com, https://a.b.example.com",
        ".example.com:8443, auth.example.com:443, https://auth.example.com:8443",
    })
    void accept_configuredDomain_itsOrigin(String rule, String claimed, String origin) {
        assertThat(new AuthDomains(List.of(rule)).accept(claimed).origin()).isEqualTo(origin);
    }

    @Test
    void accept_oneHostConfigured_nothingBelowOrBeside() {
        AuthDomains domains = new AuthDomains(List.of("auth.example.com", ".corp.test"));

        assertThat(domains.accept("team.corp.test").host()).isEqualTo("team.corp.test");
        for (String other : List.of(
                "x.auth.example.com", "xauth.example.com", "example.com", "corp.test", "team.cloudflareaccess.com")) {
            assertThatThrownBy(() -> domains.accept(other))
                    .hasMessage(
                            "auth_domain \"" + other + "\" does not end with \"auth.example.com\" or \".corp.test\"");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "https://auth.example.com",
                "auth.example.com/",
                "auth.example.com:0",
                "auth.example.com:70000",
                "a b"
            })
    void constructor_noDomain_illegalArgument(String rule) {
        assertThatThrownBy(() -> new AuthDomains(List.of(rule)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(expected: .example.com or auth.example.com[:port])");
    }
}
