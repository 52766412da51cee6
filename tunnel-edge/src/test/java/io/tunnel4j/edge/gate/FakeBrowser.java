package io.tunnel4j.edge.gate;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.testing.HtmlPage;
import java.net.URI;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/** A person at the gate alone, without sockets and with its clock: keeps cookies per host until they expire, follows redirects and submits forms. */
final class FakeBrowser {
    private static final int MAX_REDIRECTS = 10;

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

    /** Clicks a link. */
    FakeBrowser click(String label) {
        String target = shown().link(label).orElseThrow(() -> new AssertionError("no link " + label + " in " + text()));
        return open(URI.create(url).resolve(target).toString());
    }

    /** Fills the page's form in and sends it. */
    FakeBrowser submit(String... values) {
        return submitFrom(origin(url), values);
    }

    FakeBrowser submitFrom(String origin, String... values) {
        String target = URI.create(url).resolve(action()).toString();
        return go(GateFixture.post(target, shown().filledIn(values), "Origin", origin), target);
    }

    Map<String, String> form() {
        return shown().form();
    }

    String action() {
        return shown().action();
    }

    private HtmlPage shown() {
        return new HtmlPage(text());
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
}
