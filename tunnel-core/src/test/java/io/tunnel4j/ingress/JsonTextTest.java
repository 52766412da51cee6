package io.tunnel4j.ingress;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTextTest {
    @Test
    void document_nestedValues_hasCommasBetweenThemOnly() {
        JsonText json = new JsonText().object();
        json.name("empty").object().endObject();
        json.name("list").array().value(1).value("two").array().endArray().endArray();
        json.name("flag").value(true).endObject();

        assertThat(json).hasToString("{\"empty\":{},\"list\":[1,\"two\",[]],\"flag\":true}");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "plain", "\"quoted\" \\", "\b\t\n\f\r\0\u001f\u007f", "</script>&", "\u2028\u2029", "ü😀"})
    void value_anyText_isReadBackUnchanged(String text) {
        String json = new JsonText().object().name(text).value(text).endObject().toString();

        JsonObject read = JsonParser.parseString(json).getAsJsonObject();
        assertThat(read.get(text).getAsString()).isEqualTo(text);
    }

    @Test
    void value_charactersOfMarkup_areEscaped() {
        assertThat(new JsonText().value("<a&b>\u2028\u0001")).hasToString("\"\\u003ca\\u0026b\\u003e\\u2028\\u0001\"");
    }
}
