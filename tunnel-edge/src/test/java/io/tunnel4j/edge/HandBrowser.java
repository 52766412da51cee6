package io.tunnel4j.edge;

import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Logs a person in at a running edge: cookies by host, redirects, the forms of the login pages. */
final class HandBrowser {
    private static final int MAX_HOPS = 10;
    private static final Pattern HIDDEN =
            Pattern.compile("<input type=\"hidden\" name=\"([^\"]*)\" value=\"([^\"]*)\">");
    private static final Pattern ACTION = Pattern.compile("<form method=\"post\" action=\"([^\"]*)\">");
    private static final Pattern LINK = Pattern.compile("<a class=\"go plain\" href=\"([^\"]*)\">");

    private final EdgeFixture fixture;
    private final Map<String, Map<String, String>> cookies = new HashMap<>();
    private URI at = URI.create("https://nowhere.localhost/");
    private RawHttp.Response page;

    HandBrowser(EdgeFixture fixture) {
        this.fixture = fixture;
    }

    /** Returns the status of the page at the end. */
    int logIn(String url, String email, String password) throws Exception {
        go("GET", URI.create(url), "");
        Matcher provider = LINK.matcher(text());
        if (provider.find()) {
            go("GET", at.resolve(unescaped(provider.group(1))), "");
        }
        Matcher action = ACTION.matcher(text());
        if (!action.find()) {
            return page.status();
        }
        Map<String, String> form = new LinkedHashMap<>();
        Matcher hidden = HIDDEN.matcher(text());
        while (hidden.find()) {
            form.put(hidden.group(1), unescaped(hidden.group(2)));
        }
        form.put("email", email);
        form.put("password", password);
        go(
                "POST",
                at.resolve(unescaped(action.group(1))),
                form.entrySet().stream()
                        .map(field ->
                                field.getKey() + "=" + URLEncoder.encode(field.getValue(), StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&")));
        return page.status();
    }

    String text() {
        return page.text();
    }

    private void go(String method, URI target, String body) throws Exception {
        URI next = target;
        String with = method;
        String content = body;
        for (int hop = 0; hop < MAX_HOPS; hop++) {
            at = next;
            try (RawHttp client =
                    RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), at.getHost())) {
                page = client.send(request(with, content)).response();
            }
            page.head().fields("set-cookie").forEach(this::keep);
            String location = page.head().field("location").orElse(null);
            if (location == null) {
                return;
            }
            next = at.resolve(location);
            with = "GET";
            content = "";
        }
        throw new AssertionError("too many redirects, last to " + at);
    }

    private String request(String method, String body) {
        String target = at.getRawPath() + (at.getRawQuery() == null ? "" : "?" + at.getRawQuery());
        String jar = cookies.getOrDefault(at.getHost(), Map.of()).entrySet().stream()
                .map(cookie -> cookie.getKey() + "=" + cookie.getValue())
                .collect(Collectors.joining("; "));
        return method + " " + (target.isEmpty() ? "/" : target) + " HTTP/1.1\r\nHost: " + at.getAuthority()
                + "\r\nAccept: text/html\r\n"
                + (jar.isEmpty() ? "" : "Cookie: " + jar + "\r\n")
                + (method.equals("POST")
                        ? "Origin: https://" + at.getAuthority()
                                + "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: "
                                + body.length() + "\r\n"
                        : "")
                + "\r\n" + body;
    }

    private void keep(String line) {
        String pair = line.split(";", 2)[0];
        int equals = pair.indexOf('=');
        cookies.computeIfAbsent(at.getHost(), host -> new LinkedHashMap<>())
                .put(pair.substring(0, equals), pair.substring(equals + 1));
    }

    private static String unescaped(String html) {
        return html.replace("&quot;", "\"")
                .replace("&#39;", "'")
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&amp;", "&");
    }
}
