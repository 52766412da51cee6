package io.tunnel4j.access.login;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.tunnel4j.access.AccessVectors;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * The recorded server side of a transcript: all its hosts behind one CONNECT proxy on loopback, with real TLS. Requests must come in the
 * recorded order; what differs is remembered and answered with 599. Sealed answers are sealed anew, to the key that asks.
 */
final class ReplayingEdge implements AutoCloseable {
    private static final List<String> HOSTS = List.of(
            "app.example.test",
            "app2.example.test",
            "deny.example.test",
            "auth.example.test",
            "a.wild.example.test",
            "b.wild.example.test",
            "team.cloudflareaccess.com",
            "login.cloudflareaccess.org",
            "login.fed.cloudflareaccess.org");
    private static final Set<String> INCIDENTAL = Set.of("accept-encoding", "connection", "content-length");

    final List<String> differences = Collections.synchronizedList(new ArrayList<>());
    final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final Deque<JsonObject> expected = new ArrayDeque<>();
    private final String sealed;
    private final LoopbackEdge edge;

    /** Replays the exchanges that {@code kept} lets through; {@code sealed} is what transfers hold. */
    ReplayingEdge(JsonObject transcript, Predicate<String> kept, String sealed) throws Exception {
        this.sealed = sealed;
        for (JsonElement element : transcript.getAsJsonArray("exchanges")) {
            JsonObject exchange = element.getAsJsonObject();
            boolean login = exchange.has("request")
                    && !exchange.get("websocket").getAsBoolean()
                    && !exchange.get("request").getAsString().contains("User-Agent: mock-browser")
                    && !exchange.get("request").getAsString().contains("Accept: */*");
            if (login && kept.test(exchange.get("request").getAsString())) {
                expected.add(exchange);
            }
        }
        edge = new LoopbackEdge(HOSTS, this::answer);
    }

    /** Returns how the recorded client called itself. */
    String userAgent() {
        return normalised(expected.element().get("request").getAsString()).get("user-agent");
    }

    X509Certificate authority() {
        return edge.authority();
    }

    int port() {
        return edge.port();
    }

    /** Returns the request lines that have not come. */
    synchronized List<String> missing() {
        return expected.stream().map(e -> line(e.get("request").getAsString())).toList();
    }

    private synchronized String answer(String request) {
        requests.add(line(request));
        JsonObject next = expected.peek();
        String wanted = next == null ? "" : next.get("request").getAsString();
        if (line(request).startsWith("GET /cdn-cgi/access/certs ")
                && !line(wanted).equals(line(request))) {
            String keys = AccessVectors.text("jwks.json");
            return "HTTP/1.1 200 OK\r\nContent-Length: " + keys.length() + "\r\n\r\n" + keys;
        }
        if (next == null && request.startsWith("GET /transfer/")) {
            return SealedTransfer.answer(request, sealed);
        }
        Map<String, String> actual = normalised(request);
        Map<String, String> recorded = normalised(wanted);
        if (!recorded.containsKey("cf-access-metadata-request")
                && recorded.get("user-agent").contains("2026.7")) {
            actual.remove("cf-access-metadata-request");
        }
        if (!actual.equals(recorded)) {
            differences.add("recorded " + recorded + "\nbut was  " + actual);
            return "HTTP/1.1 599 Different\r\nContent-Length: 0\r\n\r\n";
        }
        expected.poll();
        if (next.get("response").isJsonNull()) {
            return null;
        }
        String response = next.get("response").getAsString();
        return response.contains("service-public-key:") ? SealedTransfer.answer(request, sealed) : response;
    }

    private static Map<String, String> normalised(String request) {
        Map<String, String> fields = new TreeMap<>();
        String[] parts = request.split("\r\n\r\n", 2);
        String[] lines = parts[0].split("\r\n");
        fields.put("", lines[0].replaceAll("/transfer/[A-Za-z0-9_=-]{44} ", "/transfer/KEY "));
        for (int i = 1; i < lines.length; i++) {
            String[] field = lines[i].split(": ", 2);
            String name = field[0].toLowerCase(Locale.ROOT);
            if (!INCIDENTAL.contains(name)) {
                fields.put(name, field[1].startsWith("Go-http-client") ? "cloudflared/2026.8.2" : field[1]);
            }
        }
        fields.put(
                "body",
                parts.length < 2 ? "" : parts[1].replaceAll("\"ecdsa-sha2-nistp256 [A-Za-z0-9+/=]{140}\\\\n\"", "KEY"));
        fields.putIfAbsent("user-agent", "");
        return fields;
    }

    private static String line(String request) {
        return request.split("\r\n", 2)[0];
    }

    @Override
    public void close() throws IOException {
        edge.close();
    }
}
