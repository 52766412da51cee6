package io.tunnel4j.edge.gate.page;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.exchange.EdgeResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every page owes everybody: readable by eyes and programs, nothing from elsewhere, no scripts but its own. */
class PagesTest {
    private static final Form FORM = new Form("/cdn-cgi/access/x", Map.of("form", "token"), "https://app.example.com");

    static Stream<EdgeResponse> pages() {
        return Stream.of(
                Pages.choose("Shop", List.of(new Pages.Choice("Company sign-on", "https://team.example.com/x"))),
                Pages.choose("Shop", List.of()),
                Pages.password("Shop", FORM, "", ""),
                Pages.password("Shop", FORM, "ann@example.com", "That is not it."),
                Pages.pinAddress("Shop", FORM, ""),
                Pages.pin(FORM, "ann@example.com", "That is not the PIN."),
                Pages.consent("Shop", "shop.example.com", "ann@example.com", FORM),
                Pages.done("Shop", true),
                Pages.declined("Shop"),
                Pages.refused("Shop", "ann@example.com", "", "/out", "4c25-FRA"),
                Pages.loggedOut(),
                Pages.problem(400, "This link is too old", "Open the application again."));
    }

    @ParameterizedTest
    @MethodSource("pages")
    void page_any_isAccessibleAndSelfContained(EdgeResponse page) {
        String html = new String(page.body(), StandardCharsets.UTF_8);

        assertThat(html)
                .startsWith("<!doctype html><html lang=\"en\">")
                .contains("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">", "<main>", "<h1>")
                .containsPattern("<title>[^<]+</title>")
                .doesNotContain("<img", "<link", "src=", "@import", "url(", " style=", " onclick=");
        Matcher inputs = Pattern.compile("<input id=\"([a-z]+)\"").matcher(html);
        while (inputs.find()) {
            assertThat(html).contains("<label for=\"" + inputs.group(1) + "\">");
        }
        assertThat(page.headers().get("Content-Security-Policy"))
                .startsWith("default-src 'none'; style-src 'sha256-")
                .contains("frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'")
                .doesNotContain("unsafe", "*");
        assertThat(page.headers().get("Cache-Control")).isEqualTo("no-store");
        assertThat(page.headers().get("X-Frame-Options")).isEqualTo("DENY");
    }

    @Test
    void problem_shown_isAnnouncedToScreenReaders() {
        String html = new String(
                Pages.password("Shop", FORM, "ann@example.com", "That is not it.")
                        .body(),
                StandardCharsets.UTF_8);

        assertThat(html).contains("role=\"alert\">That is not it.<");
    }

    @Test
    void colours_lightAndDark_haveTheContrastOfWcagAa() {
        String html = new String(Pages.loggedOut().body(), StandardCharsets.UTF_8);
        int dark = html.indexOf("prefers-color-scheme:dark");
        Map<String, String> light = colours(html.substring(0, dark));
        Map<String, String> atNight = new HashMap<>(light);
        atNight.putAll(colours(html.substring(dark, html.indexOf("box-sizing"))));
        assertThat(atNight).isNotEqualTo(light);

        for (Map<String, String> scheme : List.of(light, atNight)) {
            for (String[] pair : new String[][] {
                {"text", "card"}, {"soft", "card"}, {"accent", "card"}, {"on-accent", "accent"}, {"bad", "bad-page"}
            }) {
                assertThat(contrast(scheme.get(pair[0]), scheme.get(pair[1])))
                        .describedAs("%s on %s", pair[0], pair[1])
                        .isGreaterThanOrEqualTo(4.5);
            }
        }
    }

    private static Map<String, String> colours(String css) {
        Map<String, String> colours = new HashMap<>();
        Matcher matcher = Pattern.compile("--([a-z-]+):#([0-9a-f]{3,6})").matcher(css);
        while (matcher.find()) {
            String hex = matcher.group(2);
            colours.put(matcher.group(1), hex.length() == 3 ? hex.replaceAll("(.)", "$1$1") : hex);
        }
        return colours;
    }

    private static double contrast(String one, String other) {
        double a = luminance(one);
        double b = luminance(other);
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    }

    /** Relative luminance of WCAG 2. */
    private static double luminance(String hex) {
        double[] parts = new double[3];
        for (int i = 0; i < 3; i++) {
            double value = Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16) / 255.0;
            parts[i] = value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
    }
}
