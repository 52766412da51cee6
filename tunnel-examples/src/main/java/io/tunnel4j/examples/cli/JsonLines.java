package io.tunnel4j.examples.cli;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes each line of a log a JSON object with {@code level}, {@code time} and {@code message}, as the reference's {@code --output json} does. What is said without a level
 * is information; the lines of a stack trace have the level of the line before. Not thread-safe: the stream around it is.
 */
final class JsonLines extends OutputStream {
    private static final Pattern LOGGED =
            Pattern.compile("([0-9-]+T[0-9:]+\\S*) (TRACE|DEBUG|INFO|WARN|ERROR) (\\S+) - (.*)");
    private static final Pattern TRACE = Pattern.compile("\\t.*|Caused by: .*|[a-z]\\w*([.]\\w+)+(: .*)?");
    private static final Gson JSON = new GsonBuilder().disableHtmlEscaping().create();

    private final PrintStream out;
    private final InstantSource clock;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private String lastLevel = "info";

    JsonLines(PrintStream out, InstantSource clock) {
        this.out = out;
        this.clock = clock;
    }

    /** The terminal whose standard error is JSON from now on; so is the process's, where the log goes. */
    static Terminal over(Terminal terminal) {
        PrintStream json =
                new PrintStream(new JsonLines(terminal.err(), InstantSource.system()), true, StandardCharsets.UTF_8);
        System.setErr(json);
        return new Terminal(terminal.in(), terminal.out(), json, terminal.environment(), terminal.home(), false);
    }

    @Override
    public void write(int b) {
        if (b != '\n') {
            line.write(b);
            return;
        }
        String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
        line.reset();
        if (!text.isEmpty()) {
            out.println(json(text));
        }
    }

    @Override
    public void flush() throws IOException {
        out.flush();
    }

    private String json(String text) {
        Matcher logged = LOGGED.matcher(text);
        boolean isLogged = logged.matches();
        boolean isTrace = TRACE.matcher(text).matches();
        lastLevel = isLogged ? logged.group(2).toLowerCase(Locale.ROOT) : isTrace ? lastLevel : "info";
        JsonObject json = new JsonObject();
        json.addProperty("level", lastLevel);
        json.addProperty(
                "time",
                isLogged
                        ? logged.group(1)
                        : clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
        json.addProperty("message", isLogged ? logged.group(4) : text);
        return JSON.toJson(json);
    }
}
