package io.tunnel4j.testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.HttpCookie;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * A person with a browser, by script: keeps cookies per host, follows redirects, clicks links and submits forms, at servers on loopback. Not thread-safe.
 */
public final class ScriptedBrowser {
    private static final int MAX_REDIRECTS = 12;
    private static final int READ_MILLIS = 60_000;

    private final SSLSocketFactory tls;
    private final @Nullable InetSocketAddress edge;
    private final Map<String, Map<String, String>> cookies = new LinkedHashMap<>();
    private final Map<String, String> entered = new LinkedHashMap<>();
    private URI url = URI.create("about:blank");
    private int status;
    private HtmlPage page = new HtmlPage("");

    /**
     * Opens the window. Every name leads to loopback.
     *
     * @param root the certificate that this person imported
     */
    public ScriptedBrowser(X509Certificate root) {
        this(root, null);
    }

    /**
     * Opens the window.
     *
     * @param root the certificate that this person imported
     * @param edge where every https page comes from, whatever its name and port; null for loopback and the port of its address
     */
    public ScriptedBrowser(X509Certificate root, @Nullable InetSocketAddress edge) {
        this.edge = edge;
        try {
            KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
            roots.load(null, null);
            roots.setCertificateEntry("root", root);
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(roots);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            tls = context.getSocketFactory();
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Opens an address and goes where it leads. */
    public ScriptedBrowser open(String address) {
        return go("GET", URI.create(address), "");
    }

    /** Clicks a link by its text. */
    public ScriptedBrowser click(String text) {
        return open(url.resolve(page.link(text)
                        .orElseThrow(() -> new AssertionError("no link " + text + " at " + url + ": " + page.text())))
                .toString());
    }

    /** Fills in the page's form, names and values by turns, and sends it. */
    public ScriptedBrowser submit(String... values) {
        return go("POST", url.resolve(page.action()), page.filledIn(values));
    }

    /** Types into the field with this label; sent with the next {@link #press}. */
    public ScriptedBrowser enter(String label, String value) {
        entered.put(page.field(label), value);
        return this;
    }

    /** Presses the button with this text. */
    public ScriptedBrowser press(String text) {
        String[] values = Stream.concat(
                        entered.entrySet().stream().flatMap(field -> Stream.of(field.getKey(), field.getValue())),
                        Arrays.stream(page.button(text)))
                .toArray(String[]::new);
        entered.clear();
        return submit(values);
    }

    /** Logs in by password at an edge of ours, if it asks for that, and lets in the program that sent this person here, if there is one. */
    public ScriptedBrowser logIn(String email, String password) {
        if (page.link("Password").isPresent()) {
            click("Password");
        }
        if (page.text().contains("name=\"password\"")) {
            submit("email", email, "password", password);
        }
        return page.text().contains(">Let it in<") ? press("Let it in") : this;
    }

    public int status() {
        return status;
    }

    public String text() {
        return page.text();
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
        try (Socket socket = connect(target)) {
            socket.getOutputStream().write(message.getBytes(UTF_8));
            return socket.getInputStream().readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(target.toString(), e);
        }
    }

    private Socket connect(URI target) throws IOException {
        boolean isSecure = target.getScheme().equals("https");
        int port = target.getPort() >= 0 ? target.getPort() : isSecure ? 443 : 80;
        InetSocketAddress address =
                isSecure && edge != null ? edge : new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        Socket plain = new Socket(address.getAddress(), address.getPort());
        plain.setSoTimeout(READ_MILLIS);
        if (!isSecure) {
            return plain;
        }
        SSLSocket socket = (SSLSocket) tls.createSocket(plain, target.getHost(), port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(target.getHost())));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        return socket;
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
        page = new HtmlPage(new String(chunked ? withoutChunks(content) : content, UTF_8));
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
        HttpCookie parsed = HttpCookie.parse("Set-Cookie: " + cookie).get(0);
        Map<String, String> jar = cookies.computeIfAbsent(host, key -> new LinkedHashMap<>());
        if (parsed.hasExpired()) {
            jar.remove(parsed.getName());
        } else {
            jar.put(parsed.getName(), parsed.getValue());
        }
    }
}
