package io.tunnel4j.origin;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.LimitedBody;
import io.tunnel4j.transport.TrustRoots;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Fetches key sets over HTTPS, each within a limit of time and of size. Thread-safe: the lock guards the client, made when first needed.
 */
final class HttpKeySource implements AccessKeySource {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final int MAX_BYTES = 1 << 20;

    private final Executor executor;
    private final Duration timeout;
    private @Nullable HttpClient client;

    HttpKeySource(Executor executor) {
        this(executor, TIMEOUT);
    }

    HttpKeySource(Executor executor, Duration timeout) {
        this.executor = executor;
        this.timeout = timeout;
    }

    private synchronized HttpClient client() {
        HttpClient made = client;
        if (made == null) {
            made = HttpClient.newBuilder()
                    .sslContext(trustingTheSystem())
                    .executor(executor)
                    .connectTimeout(timeout)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
            client = made;
        }
        return made;
    }

    private static SSLContext trustingTheSystem() {
        try {
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, new TrustManager[] {TrustRoots.system().trustManager()}, null);
            return tls;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS of this JVM", e);
        }
    }

    @Override
    public CompletionStage<String> fetch(URI address) {
        try {
            // Not on the caller's thread, an event loop's: roots are read from files.
            return CompletableFuture.supplyAsync(this::client, executor)
                    .thenCompose(ready ->
                            fetch(ready, HttpRequest.newBuilder(address).build()));
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletableFuture<String> fetch(HttpClient ready, HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> exchange = ready.sendAsync(request, head -> new LimitedBody(MAX_BYTES));
        // The client's own timeout ends with the response's head.
        return exchange.copy()
                .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((response, failure) -> exchange.cancel(true))
                .thenApply(response -> document(request.uri(), response));
    }

    private static String document(URI address, HttpResponse<byte[]> response) {
        if (response.statusCode() != 200) {
            throw new TunnelException(
                    TunnelErrorCode.API,
                    address + ": status " + response.statusCode() + " (expected: 200 and a key set)");
        }
        return new String(response.body(), StandardCharsets.UTF_8);
    }
}
