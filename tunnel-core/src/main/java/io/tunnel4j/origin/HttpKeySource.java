package io.tunnel4j.origin;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/** Fetches key sets over HTTPS. Thread-safe: the lock guards the client, made when first needed. */
final class HttpKeySource implements AccessKeySource {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_CHARS = 1 << 20;

    private final Executor executor;
    private @Nullable HttpClient client;

    HttpKeySource(Executor executor) {
        this.executor = executor;
    }

    private synchronized HttpClient client() {
        HttpClient made = client;
        if (made == null) {
            made = HttpClient.newBuilder()
                    .executor(executor)
                    .connectTimeout(TIMEOUT)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
            client = made;
        }
        return made;
    }

    @Override
    public CompletionStage<String> fetch(URI address) {
        HttpRequest request = HttpRequest.newBuilder(address).timeout(TIMEOUT).build();
        return client().sendAsync(request, HttpResponse.BodyHandlers.ofString()).thenApply(response -> {
            if (response.statusCode() != 200 || response.body().length() > MAX_CHARS) {
                throw new TunnelException(
                        TunnelErrorCode.API,
                        address + ": status " + response.statusCode() + ", "
                                + response.body().length() + " characters (expected: 200 and a key set)");
            }
            return response.body();
        });
    }
}
