package io.tunnel4j.edge.gate.login;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Asks identity providers for JSON, within limits. Thread-safe, does not block; redirects are not followed. */
public final class ProviderHttp {
    private static final int MAX_BYTES = 1 << 20;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpClient client;

    /**
     * Creates the asker.
     *
     * @param client owned by the caller
     */
    public ProviderHttp(HttpClient client) {
        this.client = client;
    }

    CompletableFuture<JsonObject> get(URI uri) {
        return send(HttpRequest.newBuilder(uri).GET());
    }

    CompletableFuture<JsonObject> send(HttpRequest.Builder request) {
        HttpRequest built = request.timeout(TIMEOUT)
                .header("Accept", "application/json")
                .header("User-Agent", "tunnel4j")
                .build();
        String what = built.method() + " " + built.uri().getHost() + built.uri().getPath();
        return client.sendAsync(built, info -> limited()).thenApply(response -> {
            if (response.statusCode() != 200) {
                throw new LoginFailure(what + ": status " + response.statusCode() + " (expected: 200)");
            }
            try {
                return JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8))
                        .getAsJsonObject();
            } catch (JsonParseException | IllegalStateException e) {
                throw new LoginFailure(what + ": not a JSON object", e);
            }
        });
    }

    private static HttpResponse.BodySubscriber<byte[]> limited() {
        ByteArrayOutputStream collected = new ByteArrayOutputStream();
        return HttpResponse.BodySubscribers.mapping(
                HttpResponse.BodySubscribers.ofByteArrayConsumer(part -> part.ifPresent(bytes -> {
                    if (collected.size() + bytes.length > MAX_BYTES) {
                        throw new LoginFailure(
                                "answer of the identity provider is larger than " + MAX_BYTES + " bytes");
                    }
                    collected.writeBytes(bytes);
                })),
                done -> collected.toByteArray());
    }
}
