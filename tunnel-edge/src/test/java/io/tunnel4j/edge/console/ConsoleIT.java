package io.tunnel4j.edge.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tunnel4j.edge.exchange.EdgeResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's view in a real browser. Pictures stay in {@code target/console} to be looked at. */
class ConsoleIT extends ConsoleFixture {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Path PICTURES = Path.of("target/console");

    @TempDir
    Path profile;

    private LoopbackServer server;

    @BeforeEach
    void start() throws IOException {
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(Files.isExecutable(CHROMIUM), "chromium is not installed (Debian: chromium)");
        }
        Files.createDirectories(PICTURES);
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
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void console_inTheBrowser_isUpdatedByTheScriptItsPolicyAllows() throws Exception {
        String dom = chromium("/console", "--virtual-time-budget=2000", "--dump-dom");
        assertThat(dom)
                .contains("warehouse-in-a-far-away-country-with-a-long-name", "shop.example.com")
                .contains("arrived-after-the-page");
    }

    @Test
    void console_phoneAndDesktop_lightAndDark_areDrawn() throws Exception {
        for (String size : List.of("500,1200", "1280,1000")) {
            for (String mode : List.of("light", "dark")) {
                Path picture = PICTURES.resolve("console-" + size.replace(',', 'x') + "-" + mode + ".png");
                draw("/console", size, mode, picture);
                assertThat(Files.size(picture)).isGreaterThan(10_000);
            }
        }
        draw("/signin", "500,700", "light", PICTURES.resolve("signin.png"));
    }

    private void draw(String path, String size, String mode, Path picture) throws Exception {
        List<String> options = new ArrayList<>(List.of(
                "--window-size=" + size, "--screenshot=" + picture.toAbsolutePath(), "--virtual-time-budget=1000"));
        if (mode.equals("dark")) {
            options.add("--blink-settings=preferredColorScheme=0");
        } else {
            options.add("--blink-settings=preferredColorScheme=1");
        }
        chromium(path, options.toArray(new String[0]));
    }

    private String chromium(String path, String... options) throws Exception {
        Path out = Files.createTempFile(profile, "dom", ".html");
        List<String> command = Stream.of(
                        Stream.of(
                                CHROMIUM.toString(),
                                "--headless",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--hide-scrollbars",
                                "--user-data-dir=" + Files.createTempDirectory(profile, "profile")),
                        Stream.of(options),
                        Stream.of(server.uri(path).toString()))
                .flatMap(part -> part)
                .toList();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .redirectOutput(out.toFile())
                .start();
        try {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        return Files.readString(out, StandardCharsets.UTF_8);
    }
}
