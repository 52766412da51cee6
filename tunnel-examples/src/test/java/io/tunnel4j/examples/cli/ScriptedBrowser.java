package io.tunnel4j.examples.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Follows redirects, keeps cookies by host, clicks links and sends forms, as a person would. Https goes to one address, plain HTTP to loopback. */
final class ScriptedBrowser {
    private static final int MAX_HOPS = 12;
    private static final Pattern INPUT =
            Pattern.compile("<input type=\"(?:hidden|radio)\" name=\"([^\"]*)\"[^>]* value=\"([^\"]*)\"");
    private static final Pattern ACTION = Pattern.compile("<form method=\"post\" action=\"([^\"]*)\">");

    private final SSLContext context;
    private final InetSocketAddress edge;
    private final Map<String, Map<String, String>> cookies = new LinkedHashMap<>();
    private URI at = URI.create("about:blank");
    private String head = "";
    private String page = "";

    ScriptedBrowser(X509Certificate root, InetSocketAddress edge) throws Exception {
        this.edge = edge;
        KeyStore roots = KeyStore.getInstance(KeyStore.getDefaultType());
        roots.load(null, null);
        roots.setCertificateEntry("root", root);
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(roots);
        context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
    }

    ScriptedBrowser open(String address) throws IOException {
        return go("GET", URI.create(address), "");
    }

    /** Fills in the page's form and sends it. */
    ScriptedBrowser submit(String... values) throws IOException {
        Matcher action = ACTION.matcher(page);
        if (!action.find()) {
            throw new AssertionError("no form at " + at.getPath() + ": " + head + page);
        }
        Map<String, String> form = new LinkedHashMap<>();
        Matcher hidden = INPUT.matcher(page);
        while (hidden.find()) {
            form.putIfAbsent(hidden.group(1), unescaped(hidden.group(2)));
        }
        for (int i = 0; i < values.length; i += 2) {
            form.put(values[i], values[i + 1]);
        }
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
                .collect(Collectors.joining("&"));
        return go("POST", at.resolve(unescaped(action.group(1))), body);
    }

    /** Follows the link whose text this is. */
    ScriptedBrowser click(String text) throws IOException {
        Matcher link = Pattern.compile("<a [^>]*href=\"([^\"]*)\"[^>]*>" + Pattern.quote(text) + "</a>")
                .matcher(page);
        if (!link.find()) {
            throw new AssertionError("no link '" + text + "' at " + at.getPath() + ": " + page);
        }
        return open(at.resolve(unescaped(link.group(1))).toString());
    }

    String page() {
        return page;
    }

    /** Logs in at an edge of ours with a password and lets the program in. */
    ScriptedBrowser logIn(String email, String password) throws IOException {
        if (page.contains(">Password</a>")) {
            click("Password");
        }
        if (page.contains("name=\"password\"")) {
            submit("email", email, "password", password);
        }
        return page.contains("Let it in") ? submit() : this;
    }

    private ScriptedBrowser go(String first, URI target, String form) throws IOException {
        String method = first;
        String body = form;
        URI next = target;
        for (int hop = 0; hop < MAX_HOPS; hop++) {
            exchange(method, next, body);
            at = next;
            Matcher location = Pattern.compile("(?im)^location: (.*)$").matcher(head);
            if (!location.find()) {
                return this;
            }
            next = at.resolve(location.group(1).strip());
            method = "GET";
            body = "";
        }
        throw new AssertionError("too many redirects, last to " + next.getHost() + next.getPath());
    }

    private void exchange(String method, URI target, String body) throws IOException {
        String path = target.getRawPath().isEmpty() ? "/" : target.getRawPath();
        String query = target.getRawQuery() == null ? "" : "?" + target.getRawQuery();
        String jar = cookies.getOrDefault(target.getHost(), Map.of()).entrySet().stream()
                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        String request = method + " " + path + query + " HTTP/1.1\r\nHost: " + target.getAuthority()
                + "\r\nConnection: close\r\nOrigin: " + target.getScheme() + "://" + target.getAuthority()
                + (jar.isEmpty() ? "" : "\r\nCookie: " + jar)
                + (method.equals("POST")
                        ? "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " + body.length()
                        : "")
                + "\r\n\r\n" + body;
        String answer;
        try (Socket socket = connect(target)) {
            socket.getOutputStream().write(request.getBytes(ISO_8859_1));
            socket.getOutputStream().flush();
            answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
        int end = answer.indexOf("\r\n\r\n");
        head = answer.substring(0, Math.max(end, 0));
        page = answer.substring(end + 4);
        Matcher set = Pattern.compile("(?im)^set-cookie: ([^=]*)=([^;\\r]*)").matcher(head);
        while (set.find()) {
            cookies.computeIfAbsent(target.getHost(), host -> new LinkedHashMap<>())
                    .put(set.group(1), set.group(2));
        }
    }

    private Socket connect(URI target) throws IOException {
        if (target.getScheme().equals("http")) {
            return new Socket("localhost", target.getPort());
        }
        Socket plain = new Socket(edge.getAddress(), edge.getPort());
        plain.setSoTimeout(60_000);
        SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, target.getHost(), edge.getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(target.getHost())));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        return socket;
    }

    private static String unescaped(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
