package io.tunnel4j.access.login;

import com.google.gson.JsonObject;
import io.tunnel4j.access.AccessVectors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A team with two applications, whose person logs in when the test says so. */
final class FakeTeam implements AutoCloseable {
    static final String AUTH = "team.cloudflareaccess.com";
    static final List<String> APPS = List.of("app.example.test", "app2.example.test");

    final Set<String> transfers = ConcurrentHashMap.newKeySet();
    final AtomicInteger exchanges = new AtomicInteger();
    private final CountDownLatch loggedIn = new CountDownLatch(1);
    private final LoopbackEdge edge;

    FakeTeam() throws Exception {
        edge = new LoopbackEdge(List.of(APPS.get(0), APPS.get(1), AUTH, "login.cloudflareaccess.org"), this::answer);
    }

    int port() {
        return edge.port();
    }

    Path writeAuthority(Path directory) throws IOException {
        return Files.writeString(directory.resolve("ca.pem"), edge.authorityPem());
    }

    /** The person finishes the login, now and in every browser window to come. */
    void logIn() {
        loggedIn.countDown();
    }

    static String audience(String app) {
        return "aud" + APPS.indexOf(app);
    }

    private String answer(String request) {
        String line = request.split("\r\n")[0];
        String host = request.split("(?i)host: ")[1].split("\r\n")[0];
        if (request.toLowerCase(Locale.ROOT).contains("cf-access-metadata-request")) {
            return "HTTP/1.1 200 OK\r\nCf-Access-Metadata: " + metadata(host) + "\r\nContent-Length: 0\r\n\r\n";
        }
        if (line.contains("/cdn-cgi/access/certs")) {
            String keys = AccessVectors.text("jwks.json");
            return "HTTP/1.1 200 OK\r\nContent-Length: " + keys.length() + "\r\n\r\n" + keys;
        }
        if (line.startsWith("GET /transfer/")) {
            return transfer(request);
        }
        if (line.contains("/cdn-cgi/access/login/")) {
            String app = line.split("/cdn-cgi/access/login/")[1].split("[? ]")[0];
            boolean known = request.toLowerCase(Locale.ROOT).contains("cookie: cf_authorization=eyj");
            return known ? redirect("https://" + app + "/cdn-cgi/access/authorized?code=1", "") : ok("");
        }
        if (line.contains("/cdn-cgi/access/authorized")) {
            exchanges.incrementAndGet();
            return redirect(
                    "https://" + host + "/",
                    "Set-Cookie: CF_Authorization=" + appToken(host)
                            + "; Path=/; Expires=Fri, 31 Dec 2100 00:00:00 GMT\r\n");
        }
        return redirect("https://" + AUTH + "/cdn-cgi/access/login/" + host + "?kid=" + audience(host), "");
    }

    private String transfer(String request) {
        transfers.add(request.split(" ")[1]);
        try {
            if (!loggedIn.await(20, TimeUnit.SECONDS)) {
                return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
        JsonObject tokens = new JsonObject();
        tokens.addProperty("app_token", appToken(APPS.get(0)));
        tokens.addProperty("org_token", token("org", "team"));
        return SealedTransfer.answer(request, tokens.toString());
    }

    private static String metadata(String host) {
        return TestTokens.sign(Map.of(
                "type",
                "match",
                "hostname",
                host,
                "auth_domain",
                AUTH,
                "aud",
                audience(host),
                "iat",
                Instant.now().getEpochSecond()));
    }

    private static String appToken(String host) {
        return token("app", audience(host));
    }

    private static String token(String type, String audience) {
        long now = Instant.now().getEpochSecond();
        return TestTokens.sign(Map.of(
                "type", type, "aud", List.of(audience), "iss", "https://" + AUTH, "iat", now, "exp", now + 3600));
    }

    private static String redirect(String to, String fields) {
        return "HTTP/1.1 302 Found\r\nLocation: " + to + "\r\n" + fields + "Content-Length: 0\r\n\r\n";
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Override
    public void close() throws IOException {
        edge.close();
    }
}
