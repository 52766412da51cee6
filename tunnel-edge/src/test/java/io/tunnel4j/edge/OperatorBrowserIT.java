package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The operators' pages of a running edge in Chromium: signing in, the login of the stock command line, the view. Pictures stay in {@code target/operator}. */
@Timeout(300)
class OperatorBrowserIT {
    private static final String ADMIN_TOKEN = "the-token-of-this-test";
    private static final Path PICTURES = Path.of("target/operator");

    private final DevelopmentAuthority authority = DevelopmentAuthority.create();
    private final HttpClient http = HttpClient.newHttpClient();

    @TempDir
    Path profile;

    private TunnelEdge edge;
    private Browser browser;

    @BeforeEach
    void start() throws Exception {
        browser = Browser.start(profile);
        edge = TunnelEdge.builder()
                .https(EdgeFixture.any(), authority.certificates())
                .connectors(EdgeFixture.any(), authority.certificates())
                .admin(EdgeFixture.any())
                .operatorHost("edge.localhost")
                .adminToken(ADMIN_TOKEN)
                .zones(List.of("example.com", "example.net"))
                .build();
        edge.start().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    @AfterEach
    void stop() throws Exception {
        if (edge != null) {
            edge.close();
        }
        if (browser != null) {
            browser.close();
        }
    }

    private String site() {
        return "https://edge.localhost:" + edge.httpsAddress().getPort();
    }

    /**
     * The other end of the flow of config-and-api §5 as the stock command line plays it with its two URL flags: the address it opens, and its polls, up to ten, until
     * an answer with content comes.
     */
    private CompletableFuture<String> commandLineWaits(String key) {
        // Its own name would need a resolver; the listener for operators is the same site.
        URI place = URI.create("http://127.0.0.1:" + edge.adminAddress().getPort() + "/" + key);
        return CompletableFuture.supplyAsync(() -> {
            for (int poll = 0; poll < 10; poll++) {
                HttpResponse<String> answer = http.sendAsync(
                                HttpRequest.newBuilder(place)
                                        .header("User-Agent", "cloudflared/2026.8.2")
                                        .timeout(Duration.ofSeconds(60))
                                        .build(),
                                BodyHandlers.ofString())
                        .join();
                assertThat(answer.statusCode()).as("it gives up").isLessThan(500);
                if (answer.statusCode() == 200 && !answer.body().isEmpty()) {
                    return answer.body();
                }
            }
            throw new AssertionError("nothing within ten polls");
        });
    }

    @Test
    void login_ofTheStockCommandLine_throughTheBrowser_deliversCertPem() throws Exception {
        byte[] bytes = new byte[32];
        new SecureRandom().nextBytes(bytes);
        String key = Base64.getUrlEncoder().encodeToString(bytes);
        CompletableFuture<String> delivered = commandLineWaits(key);

        browser.as(390, 844, true, false)
                .open(site() + "/argotunnel?aud=&callback="
                        + URLEncoder.encode(site() + "/" + key, StandardCharsets.UTF_8))
                .checkWidth()
                .draw(PICTURES.resolve("login-1-signin-phone.png"))
                .type("input[name=token]", ADMIN_TOKEN)
                .click("main button")
                .await("document.querySelectorAll('input[name=zone]').length === 2")
                .checkWidth()
                .draw(PICTURES.resolve("login-2-zone-phone.png"));
        assertThat(browser.text()).contains("example.com", "example.net").doesNotContain(ADMIN_TOKEN);
        assertThat(delivered).as("not before it is approved").isNotDone();
        browser.as(1280, 800, false, true).draw(PICTURES.resolve("login-2-zone-desktop-dark.png"));
        browser.evaluate("[...document.querySelectorAll('label')].find(l => l.textContent.includes('example.net'))"
                + ".querySelector('input').click()");
        browser.click("main button")
                .await("document.body.innerText.includes('Done')")
                .draw(PICTURES.resolve("login-3-done-desktop-dark.png"));

        String pem = delivered.get(60, TimeUnit.SECONDS);
        JsonObject certificate = JsonParser.parseString(new String(
                        Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", "")),
                        StandardCharsets.UTF_8))
                .getAsJsonObject();
        assertThat(certificate.keySet()).contains("zoneID", "accountID", "apiToken");
        HttpResponse<String> created = http.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:"
                                + edge.adminAddress().getPort() + "/client/v4/accounts/"
                                + certificate.get("accountID").getAsString() + "/cfd_tunnel"))
                        .header(
                                "Authorization",
                                "Bearer " + certificate.get("apiToken").getAsString())
                        .POST(HttpRequest.BodyPublishers.ofString("{\"name\":\"made-with-cert-pem\"}"))
                        .build(),
                BodyHandlers.ofString());
        assertThat(created.statusCode()).isEqualTo(200);
        assertThat(edge.tunnels().list()).hasSize(1);
    }

    @Test
    void console_ofARunningEdge_followsChangesWithoutReloading() throws Exception {
        browser.as(390, 844, true, true).open(site() + "/console").checkWidth();
        assertThat(browser.text()).contains("API token");
        browser.type("input[name=token]", ADMIN_TOKEN)
                .click("main button")
                .await("document.querySelector('#live')")
                .await("document.querySelector('#dot').textContent.includes('live')");
        browser.evaluate("window.sameDocument = true");
        edge.tunnels().create("arrived-after-the-page-was-loaded");

        browser.await("document.querySelector('#live').innerText.includes('arrived-after-the-page-was-loaded')")
                .checkWidth()
                .draw(PICTURES.resolve("console-empty-phone-dark.png"));
        assertThat(browser.evaluate("window.sameDocument === true")).isEqualTo("true");
    }
}
