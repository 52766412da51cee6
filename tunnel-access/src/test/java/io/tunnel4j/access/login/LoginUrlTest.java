package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tunnel4j.access.AccessVectors;
import java.net.URI;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LoginUrlTest {
    static Stream<JsonObject> loginUrls() {
        return AccessVectors.cases("login-urls.json");
    }

    @ParameterizedTest
    @MethodSource("loginUrls")
    void of_referenceCase_sameBytes(JsonObject vector) {
        URI address = LoginUrl.of(
                URI.create(vector.get("app_url").getAsString()),
                vector.get("aud").getAsString(),
                vector.get("client_public_base64url").getAsString(),
                new LoginUrl.Wish(
                        vector.get("host_only").getAsBoolean(),
                        vector.get("auto_close").getAsBoolean()));

        assertThat(address).hasToString(vector.get("login_url").getAsString());
        FormQuery query = FormQuery.parse(address.getRawQuery());
        vector.getAsJsonObject("query")
                .entrySet()
                .forEach(field -> assertThat(query.first(field.getKey()))
                        .isEqualTo(field.getValue().getAsString()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''|''",
                "b=2&a=1|a=1&b=2",
                "a=2&a=1&A=3|A=3&a=2&a=1",
                "x|x=",
                "=x|=x",
                "&&a=1&|a=1",
                "a=%C3%BC&b=%zz|a=%C3%BC",
                "a;b=1&c=2|c=2",
                "a=*~-_.%7E%2a|a=%2A~-_.~%2A",
                "a=1+2%2B3|a=1+2%2B3",
            })
    void encode_query_asTheReferenceWritesIt(String query, String expected) {
        assertThat(FormQuery.parse(query).encode()).isEqualTo(expected);
    }
}
