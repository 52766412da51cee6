package io.tunnel4j.access.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tunnel4j.access.AccessVectors;
import java.net.URI;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TokenNamesTest {
    static Stream<JsonObject> fileNames() {
        return AccessVectors.cases("file-names.json");
    }

    @ParameterizedTest
    @MethodSource("fileNames")
    void name_referenceCase_sameFile(JsonObject vector) {
        assertThat(name(vector)).isEqualTo(vector.get("file").getAsString());
    }

    private static String name(JsonObject vector) {
        return switch (vector.get("kind").getAsString()) {
            case "app-token" ->
                TokenNames.appToken(
                        vector.get("app_hostname").getAsString(),
                        vector.get("aud").getAsString());
            case "org-token" -> TokenNames.orgToken(vector.get("auth_domain").getAsString());
            case "jwks-cache" ->
                TokenNames.signingKeys(vector.get("auth_domain").getAsString());
            case "ssh-key" -> {
                URI url = URI.create(vector.get("url").getAsString());
                yield TokenNames.sshKey(url.getHost(), url.getRawPath());
            }
            default -> throw new IllegalArgumentException(vector.toString());
        };
    }
}
