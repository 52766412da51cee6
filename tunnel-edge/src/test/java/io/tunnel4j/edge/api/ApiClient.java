package io.tunnel4j.edge.api;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Speaks to a service without a server. */
public final class ApiClient {
    private final EdgeService service;
    private final String token;

    public ApiClient(EdgeService service, String token) {
        this.service = service;
        this.token = token;
    }

    /** An answer and its body. */
    public record Answer(int status, HttpHeaders headers, JsonObject body) {
        public JsonObject result() {
            return body.getAsJsonObject("result");
        }

        public JsonArray list() {
            return body.getAsJsonArray("result");
        }

        public int errorCode() {
            return body.getAsJsonArray("errors")
                    .get(0)
                    .getAsJsonObject()
                    .get("code")
                    .getAsInt();
        }

        public String error() {
            return body.getAsJsonArray("errors")
                    .get(0)
                    .getAsJsonObject()
                    .get("message")
                    .getAsString();
        }
    }

    public Answer get(String path) {
        return send("GET", path, "");
    }

    public Answer post(String path, String body) {
        return send("POST", path, body);
    }

    public Answer put(String path, String body) {
        return send("PUT", path, body);
    }

    public Answer patch(String path, String body) {
        return send("PATCH", path, body);
    }

    public Answer delete(String path) {
        return send("DELETE", path, "");
    }

    public Answer send(String method, String path, String body) {
        EdgeResponse response = raw(method, ManagementApi.PREFIX + path, body.getBytes(StandardCharsets.UTF_8));
        return new Answer(
                response.status(),
                response.headers(),
                JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8))
                        .getAsJsonObject());
    }

    public EdgeResponse raw(String method, String target, byte[] body) {
        HttpHeaders headers = new DefaultHttpHeaders();
        if (!token.isEmpty()) {
            headers.add("Authorization", "Bearer " + token);
        }
        return service.serve(request(method, target, headers, body))
                .toCompletableFuture()
                .join();
    }

    public static EdgeRequest request(String method, String target, HttpHeaders headers, byte[] body) {
        return new EdgeRequest(
                "ray",
                method,
                "https",
                "edge.test",
                443,
                target,
                headers,
                false,
                new InetSocketAddress("192.0.2.7", 40000),
                List.of(),
                body);
    }
}
