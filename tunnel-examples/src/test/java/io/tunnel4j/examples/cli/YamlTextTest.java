package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonParser;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

class YamlTextTest {
    @Test
    void json_isYamlWithTheReferencesNames() {
        String yaml = YamlText.of(
                JsonParser.parseString(
                        "{\"created_at\":\"2026-01-31T12:00:00Z\",\"conns\":[{\"colo_name\":\"FRA\",\"is_pending\":false,\"of\":[]},{\"n\":[1,\"a b\"]}],\"o\":{}}"));

        assertThat(yaml).isEqualTo("""
                        createdat: 2026-01-31T12:00:00Z
                        conns:
                          - coloname: FRA
                            ispending: false
                            of: []
                          - n:
                              - 1
                              - "a b"
                        o: {}
                        """);
    }

    @Test
    void strings_thatLookLikeSomethingElse_stayStrings() {
        for (String text : new String[] {
            "yes", "NULL", "1", "1e3", "0x1f", "1.5", "a: b", "- a", "#a", "", " a", "a\n", "\u00e9", "a:", "~", "*a"
        }) {
            com.google.gson.JsonObject object = new com.google.gson.JsonObject();
            object.addProperty("k", text);

            Object read = new Load(LoadSettings.builder().build()).loadFromString(YamlText.of(object));

            assertThat(read).as(text).isEqualTo(Map.of("k", text));
        }
    }
}
