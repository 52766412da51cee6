package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import io.tunnel4j.testing.Chromium;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import org.awaitility.Awaitility;

/** What the operator's pages are asked in a {@link Chromium}. */
public final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Chromium chromium;

    private Browser(Chromium chromium) {
        this.chromium = chromium;
    }

    /** Starts one; skips the test where there is no Chromium, except in CI. */
    public static Browser start(Path profile) throws Exception {
        return new Browser(Chromium.start(profile));
    }

    /** Takes the size and colours of a device. */
    public Browser as(int width, int height, boolean isPhone, boolean isDark) {
        chromium.show(width, height, isPhone, isDark);
        return this;
    }

    /** As people who switch scripts off see it. */
    public Browser withoutScripts() {
        call("Emulation.setScriptExecutionDisabled", "value", new JsonPrimitive(true));
        return this;
    }

    /** Opens an address and waits until it is loaded. */
    public Browser open(String address) {
        chromium.open(address);
        return await("document.readyState === 'complete' && location.href !== 'about:blank'");
    }

    /** Waits until an expression is true, whatever page is shown by then. */
    public Browser await(String expression) {
        Awaitility.await(expression).atMost(PATIENCE).until(() -> "true".equals(evaluate("!!(" + expression + ")")));
        return this;
    }

    /** Evaluates an expression to a text; empty while the page changes. */
    public String evaluate(String expression) {
        return chromium.evaluate(expression);
    }

    public String text() {
        return chromium.text();
    }

    /** Types into the field that a selector finds, as a person would. */
    public Browser type(String selector, String text) {
        await("document.querySelector(" + quoted(selector) + ")");
        evaluate("document.querySelector(" + quoted(selector) + ").focus()");
        call("Input.insertText", "text", new JsonPrimitive(text));
        return this;
    }

    public Browser click(String selector) {
        chromium.click(selector);
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
        JsonObject parameters = new JsonObject();
        parameters.addProperty("format", "png");
        parameters.addProperty("captureBeyondViewport", true);
        String data =
                chromium.call("Page.captureScreenshot", parameters).get("data").getAsString();
        Files.createDirectories(picture.toAbsolutePath().getParent());
        Files.write(picture, Base64.getDecoder().decode(data));
        assertThat(Files.size(picture)).isGreaterThan(3_000);
        return this;
    }

    private void call(String method, String name, JsonPrimitive value) {
        JsonObject parameters = new JsonObject();
        parameters.add(name, value);
        chromium.call(method, parameters);
    }

    private static String quoted(String text) {
        return new JsonPrimitive(text).toString();
    }

    @Override
    public void close() {
        chromium.close();
    }
}
