package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;

/** A headless Chromium with one page, driven through its DevTools. Trusts every certificate; finds {@code *.localhost} on this machine. */
public final class Browser implements AutoCloseable {
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Process process;
    private final WebSocket socket;
    private final Map<Integer, CompletableFuture<JsonObject>> answers = new ConcurrentHashMap<>();
    private final AtomicInteger ids = new AtomicInteger();

    private Browser(Process process, URI page, HttpClient client) {
        this.process = process;
        this.socket =
                client.newWebSocketBuilder().buildAsync(page, new Answers()).join();
    }

    /** Starts one; skips the test where there is no Chromium, except in CI. */
    public static Browser start(Path profile) throws Exception {
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(Files.isExecutable(CHROMIUM), "chromium is not installed (Debian: chromium)");
        }
        Process process = new ProcessBuilder(
                        CHROMIUM.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--hide-scrollbars",
                        "--ignore-certificate-errors",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            Path port = profile.resolve("DevToolsActivePort");
            Awaitility.await()
                    .atMost(PATIENCE)
                    .until(() -> Files.exists(port) && Files.readAllLines(port).size() > 1);
            HttpClient client = HttpClient.newHttpClient();
            URI targets =
                    URI.create("http://127.0.0.1:" + Files.readAllLines(port).get(0) + "/json/list");
            JsonArray pages = JsonParser.parseString(
                            client.send(HttpRequest.newBuilder(targets).build(), HttpResponse.BodyHandlers.ofString())
                                    .body())
                    .getAsJsonArray();
            for (JsonElement page : pages) {
                if (page.getAsJsonObject().get("type").getAsString().equals("page")) {
                    String address =
                            page.getAsJsonObject().get("webSocketDebuggerUrl").getAsString();
                    return new Browser(process, URI.create(address), client);
                }
            }
            throw new IOException("no page among " + pages);
        } catch (Exception e) {
            end(process);
            throw e;
        }
    }

    /** Takes the size and colours of a device. */
    public Browser as(int width, int height, boolean isPhone, boolean isDark) {
        call(
                "Emulation.setDeviceMetricsOverride",
                "{\"width\":" + width + ",\"height\":" + height + ",\"deviceScaleFactor\":1,\"mobile\":" + isPhone
                        + "}");
        call(
                "Emulation.setEmulatedMedia",
                "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":\"" + (isDark ? "dark" : "light")
                        + "\"}]}");
        return this;
    }

    /** As people who switch scripts off see it. */
    public Browser withoutScripts() {
        call("Emulation.setScriptExecutionDisabled", "{\"value\":true}");
        return this;
    }

    /** Opens an address and waits until it is loaded. */
    public Browser open(String address) {
        JsonObject params = new JsonObject();
        params.addProperty("url", address);
        call("Page.navigate", params.toString());
        return await("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /** Waits until an expression is true, whatever page is shown by then. */
    public Browser await(String expression) {
        Awaitility.await(expression).atMost(PATIENCE).until(() -> "true".equals(evaluate("!!(" + expression + ")")));
        return this;
    }

    /** Evaluates an expression to a text; empty while the page changes. */
    public String evaluate(String expression) {
        JsonObject params = new JsonObject();
        params.addProperty("expression", expression);
        params.addProperty("returnByValue", true);
        JsonObject result = call("Runtime.evaluate", params.toString());
        JsonObject value = result.has("result") ? result.getAsJsonObject("result") : new JsonObject();
        return value.has("value") ? value.get("value").getAsString() : "";
    }

    public String text() {
        return evaluate("document.body.innerText");
    }

    /** Types into the field that a selector finds, as a person would. */
    public Browser type(String selector, String text) {
        await("document.querySelector(" + quoted(selector) + ")");
        evaluate("document.querySelector(" + quoted(selector) + ").focus()");
        JsonObject params = new JsonObject();
        params.addProperty("text", text);
        call("Input.insertText", params.toString());
        return this;
    }

    public Browser click(String selector) {
        await("document.querySelector(" + quoted(selector) + ")");
        evaluate("document.querySelector(" + quoted(selector) + ").click()");
        return this;
    }

    /** Nothing is wider than the window. */
    public Browser checkWidth() {
        assertThat(evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
                .as("width " + evaluate("document.documentElement.scrollWidth") + " in a window of "
                        + evaluate("window.innerWidth"))
                .isEqualTo("true");
        return this;
    }

    /** Draws the whole page into a file that is kept to be looked at. */
    public Browser draw(Path picture) throws IOException {
        String data = call("Page.captureScreenshot", "{\"format\":\"png\",\"captureBeyondViewport\":true}")
                .get("data")
                .getAsString();
        Files.createDirectories(picture.toAbsolutePath().getParent());
        Files.write(picture, Base64.getDecoder().decode(data));
        assertThat(Files.size(picture)).isGreaterThan(3_000);
        return this;
    }

    private static String quoted(String text) {
        return new com.google.gson.JsonPrimitive(text).toString();
    }

    private JsonObject call(String method, String params) {
        int id = ids.incrementAndGet();
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        answers.put(id, answer);
        synchronized (this) {
            socket.sendText("{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + params + "}", true)
                    .join();
        }
        return answer.orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    @Override
    public void close() throws Exception {
        // It takes its temporary files with it when it is asked to go.
        socket.sendText("{\"id\":0,\"method\":\"Browser.close\"}", true);
        process.waitFor(10, TimeUnit.SECONDS);
        socket.abort();
        end(process);
        process.waitFor(30, TimeUnit.SECONDS);
    }

    private final class Answers implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                JsonObject json = JsonParser.parseString(message.toString()).getAsJsonObject();
                message.setLength(0);
                CompletableFuture<JsonObject> answer =
                        json.has("id") ? answers.remove(json.get("id").getAsInt()) : null;
                if (answer != null) {
                    answer.complete(json.has("result") ? json.getAsJsonObject("result") : new JsonObject());
                }
            }
            from.request(1);
            return null;
        }
    }
}
