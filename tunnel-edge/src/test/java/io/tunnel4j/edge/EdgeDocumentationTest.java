package io.tunnel4j.edge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the documentation says about the edge's tests is so. */
class EdgeDocumentationTest {
    private static final List<String> PACKAGES =
            List.of("", "api.", "console.", "gate.", "gate.policy.", "frontend.", "state.", "store.");

    @Test
    void testingPage_everyTestNamed_exists() throws IOException {
        String page = Files.readString(Path.of("../docs/testing.md"), UTF_8);
        String section = page.substring(page.indexOf("## The edge against the captured protocol"));
        Matcher named = Pattern.compile("`([A-Za-z0-9]+(?:Test|IT))(?:\\.([A-Za-z0-9_]+))?`")
                .matcher(section);
        int count = 0;
        while (named.find()) {
            Class<?> test = find(named.group(1));
            assertThat(test).as(named.group(1)).isNotNull();
            String method = named.group(2);
            if (method != null) {
                assertThat(Arrays.stream(test.getDeclaredMethods()).map(m -> m.getName()))
                        .as(named.group(1))
                        .contains(method);
            }
            count++;
        }
        assertThat(count).isGreaterThan(60);
    }

    private static Class<?> find(String name) {
        for (String part : PACKAGES) {
            try {
                return Class.forName("io.tunnel4j.edge." + part + name);
            } catch (ClassNotFoundException e) {
                // Perhaps in the next one.
            }
        }
        return null;
    }
}
