package io.tunnel4j.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * A person's browser: headless Chromium with one page, driven through its DevTools protocol. Certificates are not checked, so that a test's own
 * authority will do.
 */
public final class Chromium implements AutoCloseable {
    private static final Path PROGRAM = Path.of("/usr/bin/chromium");
    private static final long LIMIT_SECONDS = 60;

    private final Process process;
    private final WebSocket devTools;
    private final AtomicInteger lastId = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> calls = new ConcurrentHashMap<>();

    private Chromium(Process process, URI page) throws Exception {
        this.process = process;
        this.devTools = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(page, new Messages())
                .get(LIMIT_SECONDS, TimeUnit.SECONDS);
    }

    /**
     * Starts a browser that remembers nothing.
     *
     * @param profile empty directory of its own
     * @return the browser
     * @throws Exception if it does not start
     */
    public static Chromium start(Path profile) throws Exception {
        boolean isThere = Files.isExecutable(PROGRAM);
        if (!"true".equals(System.getenv("CI"))) {
            assumeTrue(isThere, "chromium is not installed (Debian: chromium)");
        }
        List<String> command = new ArrayList<>(List.of(
                PROGRAM.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--hide-scrollbars",
                "--ignore-certificate-errors",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank"));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            return new Chromium(process, page(process, profile.resolve("DevToolsActivePort")));
        } catch (Exception | AssertionError e) {
            end(process);
            throw e;
        }
    }

    /** Chromium writes the port it has chosen into its profile. */
    private static URI page(Process process, Path portFile) throws Exception {
        HttpClient http = HttpClient.newHttpClient();
        URI[] found = new URI[1];
        await("DevTools of the browser", () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("chromium ended with code " + process.exitValue());
            }
            try {
                List<String> lines = Files.isReadable(portFile) ? Files.readAllLines(portFile) : List.of();
                if (lines.isEmpty()) {
                    return false;
                }
                String targets = http.send(
                                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + lines.get(0) + "/json/list"))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString())
                        .body();
                for (JsonElement target : JsonParser.parseString(targets).getAsJsonArray()) {
                    JsonObject json = target.getAsJsonObject();
                    if (json.get("type").getAsString().equals("page")) {
                        found[0] = URI.create(json.get("webSocketDebuggerUrl").getAsString());
                        return true;
                    }
                }
                return false;
            } catch (IOException e) {
                return false; // not listening yet
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(e);
            }
        });
        return found[0];
    }

    /**
     * Types an address.
     *
     * @param url where to go; need not be reached when this returns
     */
    public void open(String url) {
        call("Page.navigate", "url", new JsonPrimitive(url));
    }

    /**
     * Runs a script in the page.
     *
     * @param script an expression
     * @return its value as text; empty while the page is changing
     */
    public String evaluate(String script) {
        JsonObject answer = call("Runtime.evaluate", "expression", new JsonPrimitive("String(" + script + ")"));
        JsonObject result = answer.has("result") ? answer.getAsJsonObject("result") : new JsonObject();
        return result.has("value") ? result.get("value").getAsString() : "";
    }

    /**
     * Tells where the page is.
     *
     * @return its URL
     */
    public String url() {
        return evaluate("location.href");
    }

    /**
     * Reads the page.
     *
     * @return what a person sees
     */
    public String text() {
        return evaluate("document.body ? document.body.innerText : ''");
    }

    /**
     * Waits until the page shows a text.
     *
     * @param text part of what a person sees
     */
    public void awaitText(String text) {
        try {
            await("\"" + text + "\" in the page", () -> text().contains(text));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + ", which is at " + url() + " and shows\n" + text(), e);
        }
    }

    /**
     * Fills a field in.
     *
     * @param selector finds it; waited for
     * @param value as a person would type it
     */
    public void fill(String selector, String value) {
        awaitElement(selector);
        evaluate(element(selector) + ".value = " + new JsonPrimitive(value));
    }

    /**
     * Clicks.
     *
     * @param selector finds what to click on; waited for
     */
    public void click(String selector) {
        awaitElement(selector);
        evaluate(element(selector) + ".click()");
    }

    private void awaitElement(String selector) {
        try {
            await(selector, () -> evaluate(element(selector) + " !== null").equals("true"));
        } catch (AssertionError e) {
            throw new AssertionError(e.getMessage() + " at " + url() + " in\n" + text(), e);
        }
    }

    private static String element(String selector) {
        return "document.querySelector(" + new JsonPrimitive(selector) + ")";
    }

    /**
     * Takes the size and colours of a device.
     *
     * @param width of the window, in CSS pixels
     * @param height of the window
     * @param isPhone whether it is a phone's window
     * @param isDark whether the person prefers dark pages
     */
    public void show(int width, int height, boolean isPhone, boolean isDark) {
        JsonObject size = new JsonObject();
        size.addProperty("width", width);
        size.addProperty("height", height);
        size.addProperty("deviceScaleFactor", 1);
        size.addProperty("mobile", isPhone);
        call("Emulation.setDeviceMetricsOverride", size);
        call(
                "Emulation.setEmulatedMedia",
                "features",
                JsonParser.parseString(
                        "[{\"name\":\"prefers-color-scheme\",\"value\":\"" + (isDark ? "dark" : "light") + "\"}]"));
    }

    /**
     * Takes a picture.
     *
     * @param width of the window, in CSS pixels
     * @param height of the window
     * @param isDark whether the person prefers dark pages
     * @param picture PNG to write
     * @throws IOException if it cannot be written
     */
    public void draw(int width, int height, boolean isDark, Path picture) throws IOException {
        show(width, height, width < 600, isDark);
        JsonObject answer = call("Page.captureScreenshot", "format", new JsonPrimitive("png"));
        Files.createDirectories(picture.toAbsolutePath().getParent());
        Files.write(picture, Base64.getDecoder().decode(answer.get("data").getAsString()));
    }

    private JsonObject call(String method, String name, JsonElement value) {
        JsonObject parameters = new JsonObject();
        parameters.add(name, value);
        return call(method, parameters);
    }

    /**
     * Calls DevTools.
     *
     * @param method its name
     * @param parameters its parameters
     * @return the result; empty if it failed
     */
    public JsonObject call(String method, JsonObject parameters) {
        int id = lastId.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", parameters);
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        calls.put(id, answer);
        synchronized (this) {
            devTools.sendText(message.toString(), true).join();
        }
        return answer.orTimeout(LIMIT_SECONDS, TimeUnit.SECONDS).join();
    }

    /** Waits for a condition, with a generous limit. */
    private static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no " + what + " within " + LIMIT_SECONDS + " s");
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + what, e);
            }
        }
    }

    @Override
    public void close() {
        // It takes its temporary files with it when it is asked to go.
        devTools.sendText("{\"id\":0,\"method\":\"Browser.close\"}", true);
        awaitEnd(process);
        devTools.abort();
        end(process);
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        awaitEnd(process);
    }

    private static void awaitEnd(Process process) {
        try {
            process.waitFor(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private final class Messages implements WebSocket.Listener {
        private final StringBuilder partial = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            partial.append(data);
            if (last) {
                JsonObject message = JsonParser.parseString(partial.toString()).getAsJsonObject();
                partial.setLength(0);
                if (message.has("id")) {
                    CompletableFuture<JsonObject> call =
                            calls.remove(message.get("id").getAsInt());
                    if (call != null) {
                        call.complete(message.has("result") ? message.getAsJsonObject("result") : new JsonObject());
                    }
                }
            }
            socket.request(1);
            return null;
        }

        @Override
        public void onError(WebSocket socket, Throwable error) {
            calls.values().forEach(call -> call.completeExceptionally(error));
        }
    }
}
