package io.tunnel4j.edge.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.edge.Browser;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's view in a real browser. Pictures stay in {@code target/console} to be looked at. */
class ConsoleIT extends ConsoleFixture {
    private static final Path PICTURES = Path.of("target/console");

    @TempDir
    Path profile;

    private Browser browser;
    private LoopbackServer server;

    @BeforeEach
    void start() throws Exception {
        browser = Browser.start(profile);
        server = new LoopbackServer(request -> {
            CompletionStage<EdgeResponse> answer = site.serve(request);
            if (request.path().equals("/console")) {
                root.post("/accounts/" + ACCOUNT + "/cfd_tunnel", "{\"name\":\"arrived-after-the-page\"}");
            }
            return answer;
        });
        UUID shop = tunnel("shop");
        UUID first = UUID.randomUUID();
        for (int i = 0; i < 4; i++) {
            connections.connect(shop, i < 2 ? first : UUID.randomUUID(), i);
        }
        route(shop, "shop.example.com");
        route(shop, "*.shop.example.com");
        route(tunnel("warehouse-in-a-far-away-country-with-a-long-name"), "warehouse.example.com");
        root.post(
                "/accounts/" + ACCOUNT + "/access/apps",
                "{\"name\":\"Shop back office\",\"domain\":\"shop.example.com/admin\",\"policies\":[{\"name\":\"staff\","
                        + "\"decision\":\"allow\",\"include\":[{\"email_domain\":{\"domain\":\"example.com\"}}]}]}");
        errors.record(NOW.minusSeconds(95), "warehouse.example.com", "no connector of the tunnel is connected");
    }

    @AfterEach
    void stop() throws Exception {
        if (server != null) {
            server.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    @Test
    void console_inTheBrowser_isUpdatedByTheScriptItsPolicyAllows() throws Exception {
        browser.open(server.uri("/console").toString())
                .await("document.body.innerText.includes('arrived-after-the-page')");

        assertThat(browser.text())
                .contains("warehouse-in-a-far-away-country-with-a-long-name", "shop.example.com", "Shop back office");
    }

    @Test
    void console_phoneAndDesktop_lightAndDark_fitAndAreDrawn() throws Exception {
        for (boolean isPhone : new boolean[] {true, false}) {
            for (boolean isDark : new boolean[] {false, true}) {
                String name = (isPhone ? "phone" : "desktop") + (isDark ? "-dark" : "-light");
                browser.as(isPhone ? 390 : 1280, isPhone ? 844 : 900, isPhone, isDark)
                        .open(server.uri("/console").toString())
                        .await("document.querySelector('#dot').textContent === 'live'")
                        .checkWidth()
                        .draw(PICTURES.resolve("console-" + name + ".png"));
            }
        }
    }

    @Test
    void console_withoutJavaScript_showsTheSame() throws Exception {
        browser.withoutScripts()
                .as(390, 844, true, false)
                .open(server.uri("/console").toString())
                .draw(PICTURES.resolve("console-phone-without-script.png"));

        assertThat(browser.text()).contains("shop.example.com", "as of now");
    }
}
