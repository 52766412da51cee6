package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Keeps cookies per host, follows redirects and submits forms, as far as the gate's pages need it. */
final class FakeBrowser {
    private static final int MAX_REDIRECTS = 10;
    private static final Pattern HIDDEN =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");
    private static final Pattern ACTION = Pattern.compile("<form method=\"post\" action=\"([^\"]*)\">");
    private static final Pattern LINK = Pattern.compile("<a class=\"go plain\" href=\"([^\"]*)\">([^<]*)</a>");

    final Map<String, Map<String, String>> cookies = new LinkedHashMap<>();
    private final GateFixture fixture;
    private String url = "";
    private EdgeResponse page;
    private GateDecision.Pass passed;

    FakeBrowser(GateFixture fixture) {
        this.fixture = fixture;
    }

    /** Opens a URL and goes where it leads. */
    FakeBrowser open(String target, String... fields) {
        return go(GateFixture.request("GET", target, fields), target);
    }

    /** Clicks a button-like link. */
    FakeBrowser click(String text) {
        Matcher matcher = LINK.matcher(text());
        while (matcher.find()) {
            if (matcher.group(2).equals(text)) {
                return open(URI.create(url).resolve(unescaped(matcher.group(1))).toString());
            }
        }
        throw new AssertionError("no link " + text + " in " + text());
    }

    /** Fills the page's form in and sends it. */
    FakeBrowser submit(String... values) {
        return submitFrom(origin(url), values);
    }

    FakeBrowser submitFrom(String origin, String... values) {
        Map<String, String> form = form();
        for (int i = 0; i < values.length; i += 2) {
            form.put(values[i], values[i + 1]);
        }
        String target = URI.create(url).resolve(action()).toString();
        String body = form.entrySet().stream()
                .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                .collect(Collectors.joining("&"));
        return go(GateFixture.post(target, body, "Origin", origin), target);
    }

    Map<String, String> form() {
        Map<String, String> form = new LinkedHashMap<>();
        Matcher matcher = HIDDEN.matcher(text());
        while (matcher.find()) {
            form.put(matcher.group(1), unescaped(matcher.group(2)));
        }
        return form;
    }

    String action() {
        Matcher matcher = ACTION.matcher(text());
        if (!matcher.find()) {
            throw new AssertionError("no form in " + text());
        }
        return unescaped(matcher.group(1));
    }

    String url() {
        return url;
    }

    int status() {
        return page.status();
    }

    String text() {
        return GateFixture.text(page);
    }

    EdgeResponse page() {
        return page;
    }

    /** Set once the gate has let the browser through to the origin. */
    GateDecision.Pass passed() {
        if (passed == null) {
            throw new AssertionError("not passed: " + page.status() + " at " + url + "\n" + text());
        }
        return passed;
    }

    boolean hasPassed() {
        return passed != null;
    }

    String cookie(String host, String name) {
        return cookies.getOrDefault(host, Map.of()).get(name);
    }

    private FakeBrowser go(EdgeRequest first, String target) {
        EdgeRequest request = withCookies(first);
        url = target;
        passed = null;
        for (int hops = 0; hops <= MAX_REDIRECTS; hops++) {
            GateDecision decision = fixture.decide(request);
            if (decision instanceof GateDecision.Pass pass) {
                passed = pass;
                page = EdgeResponse.of(200);
                return this;
            }
            page = decision instanceof GateDecision.Answer answer
                    ? answer.response()
                    : ((GateDecision.Serve) decision)
                            .service()
                            .serve(request)
                            .toCompletableFuture()
                            .join();
            page.headers()
                    .getAll("Set-Cookie")
                    .forEach(cookie -> keep(URI.create(url).getHost(), cookie));
            String location = page.headers().get("Location");
            if (location == null
                    || !location.startsWith("https://")
                    || !fixture.knows(URI.create(location).getHost())) {
                return this;
            }
            url = location;
            request = withCookies(GateFixture.request("GET", location));
        }
        throw new AssertionError("too many redirects, last to " + url);
    }

    private EdgeRequest withCookies(EdgeRequest request) {
        Map<String, String> jar = cookies.getOrDefault(request.host(), Map.of());
        if (jar.isEmpty()) {
            return request;
        }
        HttpHeaders headers = new DefaultHttpHeaders().add(request.headers());
        headers.add(
                "Cookie",
                jar.entrySet().stream()
                        .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                        .collect(Collectors.joining("; ")));
        return new EdgeRequest(
                request.id(),
                request.method(),
                request.scheme(),
                request.host(),
                request.port(),
                request.target(),
                headers,
                request.isUpgrade(),
                request.client(),
                request.clientCertificates(),
                request.body());
    }

    private void keep(String host, String line) {
        String[] parts = line.split("; ");
        int equals = parts[0].indexOf('=');
        String name = parts[0].substring(0, equals);
        Map<String, String> jar = cookies.computeIfAbsent(host, key -> new LinkedHashMap<>());
        for (String part : parts) {
            if (part.startsWith("Expires=")
                    && !ZonedDateTime.parse(part.substring("Expires=".length()), DateTimeFormatter.RFC_1123_DATE_TIME)
                            .toInstant()
                            .isAfter(fixture.time.instant())) {
                jar.remove(name);
                return;
            }
        }
        jar.put(name, parts[0].substring(equals + 1));
    }

    private static String origin(String url) {
        URI uri = URI.create(url);
        return uri.getScheme() + "://" + uri.getAuthority();
    }

    private static String unescaped(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
