package io.tunnel4j.edge.gate.login;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import io.tunnel4j.transport.LimitedBody;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Asks identity providers for JSON, within limits. Thread-safe, does not block; redirects are not followed. */
public final class ProviderHttp {
    private static final int MAX_BYTES = 1 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;
    private final Duration timeout;

    /**
     * Creates the asker.
     *
     * @param client owned by the caller
     */
    public ProviderHttp(HttpClient client) {
        this(client, TIMEOUT);
    }

    ProviderHttp(HttpClient client, Duration timeout) {
        this.client = client;
        this.timeout = timeout;
    }

    CompletableFuture<JsonObject> get(URI uri) {
        return send(HttpRequest.newBuilder(uri).GET());
    }

    CompletableFuture<JsonObject> send(HttpRequest.Builder request) {
        HttpRequest built = request.header("Accept", "application/json")
                .header("User-Agent", "tunnel4j")
                .build();
        String what = built.method() + " " + built.uri().getHost() + built.uri().getPath();
        CompletableFuture<HttpResponse<byte[]>> exchange = client.sendAsync(built, head -> new LimitedBody(MAX_BYTES));
        // The client's own timeout ends with the answer's head.
        return exchange.copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((response, failure) -> exchange.cancel(true))
                .thenApply(response -> json(what, response));
    }

    private static JsonObject json(String what, HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            throw new LoginFailure(what + ": status " + response.statusCode() + " (expected: 200)");
        }
        try {
            return JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8))
                    .getAsJsonObject();
        } catch (JsonParseException | IllegalStateException e) {
            throw new LoginFailure(what + ": not a JSON object", e);
        }
    }
}
