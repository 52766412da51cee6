package io.tunnel4j.examples.browser;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.examples.demo.HttpsProbe;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A person with a browser, by script: keeps cookies per host, follows redirects, clicks links and submits forms, at servers on loopback. Not thread-safe.
 */
public final class ScriptedBrowser {
    private static final int MAX_REDIRECTS = 12;
    private static final Pattern FIELD =
            Pattern.compile("<input type=\"(?:hidden|radio)\" name=\"([^\"]*)\"[^>]* ?value=\"([^\"]*)\"");
    private static final Pattern ACTION = Pattern.compile("<form method=\"post\" action=\"([^\"]*)\">");
    private static final Pattern LINK = Pattern.compile("<a [^>]*href=\"([^\"]*)\">([^<]*)</a>");

    private final X509Certificate root;
    private final Map<String, Map<String, String>> cookies = new LinkedHashMap<>();
    private final Map<String, String> entered = new LinkedHashMap<>();
    private URI url = URI.create("about:blank");
    private int status;
    private String body = "";

    /**
     * Opens the window.
     *
     * @param root the certificate that this person imported
     */
    public ScriptedBrowser(X509Certificate root) {
        this.root = root;
    }

    /** Opens an address and goes where it leads. */
    public ScriptedBrowser open(String address) {
        return go("GET", URI.create(address), "");
    }

    /** Clicks a link by its text. */
    public ScriptedBrowser click(String text) {
        Matcher matcher = LINK.matcher(body);
        while (matcher.find()) {
            if (matcher.group(2).equals(text)) {
                return open(url.resolve(unescaped(matcher.group(1))).toString());
            }
        }
        throw new AssertionError("no link " + text + " at " + url + ": " + body);
    }

    /** Fills in the page's form, names and values by turns, and sends it. */
    public ScriptedBrowser submit(String... values) {
        Map<String, String> form = new LinkedHashMap<>();
        for (Matcher field = FIELD.matcher(body); field.find(); ) {
            form.put(field.group(1), unescaped(field.group(2)));
        }
        for (int i = 0; i < values.length; i += 2) {
            form.put(values[i], values[i + 1]);
        }
        Matcher action = ACTION.matcher(body);
        if (!action.find()) {
            throw new AssertionError("no form at " + url + ": " + body);
        }
        String content = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        return go("POST", url.resolve(unescaped(action.group(1))), content);
    }

    /** Types into the field with this label; sent with the next {@link #press}. */
    public ScriptedBrowser enter(String label, String value) {
        Matcher labelled = Pattern.compile("<label for=\"([^\"]*)\">" + Pattern.quote(label) + "</label>")
                .matcher(body);
        if (!labelled.find()) {
            throw new AssertionError("no field " + label + " at " + url + ": " + body);
        }
        Matcher field = Pattern.compile("<input id=\"" + Pattern.quote(labelled.group(1)) + "\"[^>]* name=\"([^\"]*)\"")
                .matcher(body);
        assertThat(field.find()).as(label).isTrue();
        entered.put(field.group(1), value);
        return this;
    }

    /** Presses the button with this text. */
    public ScriptedBrowser press(String text) {
        Matcher button = Pattern.compile("<button([^>]*)>" + Pattern.quote(text) + "</button>")
                .matcher(body);
        if (!button.find()) {
            throw new AssertionError("no button " + text + " at " + url + ": " + body);
        }
        Matcher named = Pattern.compile("name=\"([^\"]*)\" value=\"([^\"]*)\"").matcher(button.group(1));
        if (named.find()) {
            entered.put(named.group(1), named.group(2));
        }
        String[] values = entered.entrySet().stream()
                .flatMap(field -> Stream.of(field.getKey(), field.getValue()))
                .toArray(String[]::new);
        entered.clear();
        return submit(values);
    }

    /** Logs in by address and password, and lets the program in that sent this person here. */
    public ScriptedBrowser logIn(String address, String email, String password) {
        open(address);
        if (LINK.matcher(body).find()) {
            click("Password");
        }
        submit("email", email, "password", password);
        return submit("answer", "yes");
    }

    public int status() {
        return status;
    }

    public String text() {
        return body;
    }

    public URI url() {
        return url;
    }

    private ScriptedBrowser go(String method, URI target, String content) {
        String verb = method;
        String sent = content;
        URI next = target;
        for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
            String location = request(verb, next, sent);
            if (location == null) {
                return this;
            }
            next = next.resolve(location);
            verb = "GET";
            sent = "";
        }
        throw new AssertionError("too many redirects, last to " + next);
    }

    /** Returns where it is sent on to, or null. */
    private String request(String method, URI target, String content) {
        url = target;
        String jar = cookies.getOrDefault(target.getHost(), Map.of()).entrySet().stream()
                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        String path = target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        String head = method + " " + path + (target.getRawQuery() == null ? "" : "?" + target.getRawQuery())
                + " HTTP/1.1\r\nHost: " + target.getAuthority() + "\r\nConnection: close\r\n"
                + "User-Agent: ScriptedBrowser\r\nAccept: text/html\r\n"
                + (jar.isEmpty() ? "" : "Cookie: " + jar + "\r\n");
        if (method.equals("POST")) {
            head += "Origin: " + target.getScheme() + "://" + target.getAuthority()
                    + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + content.length()
                    + "\r\n";
        }
        return read(target, exchange(target, head + "\r\n" + content));
    }

    private byte[] exchange(URI target, String message) {
        try (Socket socket = target.getScheme().equals("https")
                ? new HttpsProbe(root, port(target)).connect(target.getHost())
                : new Socket(InetAddress.getLoopbackAddress(), port(target))) {
            socket.getOutputStream().write(message.getBytes(UTF_8));
            return socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(target.toString(), e);
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static int port(URI target) {
        return target.getPort() >= 0 ? target.getPort() : target.getScheme().equals("https") ? 443 : 80;
    }

    private String read(URI target, byte[] answer) {
        String text = new String(answer, ISO_8859_1);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            throw new AssertionError("no answer from " + target + ": " + text);
        }
        status = Integer.parseInt(text.substring(9, 12));
        String location = null;
        boolean chunked = false;
        for (String line : text.substring(0, end).split("\r\n")) {
            String lower = line.toLowerCase(Locale.ROOT);
            if (lower.startsWith("location: ")) {
                location = line.substring(10);
            } else if (lower.startsWith("set-cookie: ")) {
                keep(target.getHost(), line.substring(12));
            } else if (lower.startsWith("transfer-encoding: chunked")) {
                chunked = true;
            }
        }
        byte[] content = text.substring(end + 4).getBytes(ISO_8859_1);
        body = new String(chunked ? withoutChunks(content) : content, UTF_8);
        return status >= 300 && status < 400 ? location : null;
    }

    private static byte[] withoutChunks(byte[] content) {
        String text = new String(content, ISO_8859_1);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int at = 0;
        while (at < text.length()) {
            int lineEnd = text.indexOf("\r\n", at);
            int size =
                    Integer.parseInt(text.substring(at, lineEnd).split(";")[0].strip(), 16);
            if (size == 0) {
                break;
            }
            all.write(content, lineEnd + 2, size);
            at = lineEnd + 2 + size + 2;
        }
        return all.toByteArray();
    }

    private void keep(String host, String cookie) {
        String pair = cookie.split(";")[0];
        String name = pair.substring(0, pair.indexOf('='));
        Map<String, String> jar = cookies.computeIfAbsent(host, key -> new LinkedHashMap<>());
        if (cookie.contains("1970") || cookie.contains("Max-Age=0")) {
            jar.remove(name);
        } else {
            jar.put(name, pair.substring(pair.indexOf('=') + 1));
        }
    }

    private static String unescaped(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
