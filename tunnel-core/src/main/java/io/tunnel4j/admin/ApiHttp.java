package io.tunnel4j.admin;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.LimitedBody;
import io.tunnel4j.transport.TrustRoots;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * HTTP exchanges with a time limit from the first byte to the last, and a body in memory up to a limit.
 *
 * <p>No redirect is followed: the token is for one server. Threads are those of the JDK's HTTP client, daemons that end when it is no
 * longer used. Thread-safe.
 */
public final class ApiHttp {
    private final HttpClient client;
    private final Duration timeout;
    private final int maxBodyBytes;

    /**
     * Creates a client.
     *
     * @param trust whose certificates are trusted
     * @param timeout limit for one exchange
     * @param maxBodyBytes limit for one body
     */
    public ApiHttp(TrustRoots trust, Duration timeout, int maxBodyBytes) {
        this.timeout = timeout;
        this.maxBodyBytes = maxBodyBytes;
        try {
            SSLContext tls = SSLContext.getInstance("TLS");
            tls.init(null, new TrustManager[] {trust.trustManager()}, null);
            client = HttpClient.newBuilder()
                    .sslContext(tls)
                    .connectTimeout(timeout)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("TLS of this JVM", e);
        }
    }

    /**
     * Sends a request.
     *
     * @param request the request; its address names the failure
     * @return the response of whatever status; failures are {@link TunnelException}s
     */
    CompletableFuture<HttpResponse<byte[]>> send(HttpRequest request) {
        CompletableFuture<HttpResponse<byte[]>> exchange =
                client.sendAsync(request, head -> new LimitedBody(maxBodyBytes));
        CompletableFuture<HttpResponse<byte[]>> result = new CompletableFuture<>();
        exchange.copy().orTimeout(timeout.toNanos(), TimeUnit.NANOSECONDS).whenComplete((response, failure) -> {
            if (failure == null) {
                result.complete(response);
            } else {
                exchange.cancel(true);
                result.completeExceptionally(exception(request.uri(), failure));
            }
        });
        return result;
    }

    private TunnelException exception(URI uri, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        String server = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        if (cause instanceof TimeoutException || cause instanceof java.net.http.HttpTimeoutException) {
            return new TunnelException(
                    TunnelErrorCode.TIMEOUT,
                    server + ": no complete answer within " + timeout.toMillis() + " ms",
                    cause);
        }
        if (cause instanceof LimitedBody.TooLong) {
            return new TunnelException(TunnelErrorCode.API, server + ": " + cause.getMessage(), cause);
        }
        if (cause instanceof SSLException) {
            return new TunnelException(
                    TunnelErrorCode.EDGE_UNTRUSTED, server + ": TLS failed: " + reason(cause), cause);
        }
        return new TunnelException(TunnelErrorCode.API_UNREACHABLE, server + ": " + unreached(cause), cause);
    }

    /** The client's own exceptions carry no message for the two commonest reasons. */
    private static String unreached(Throwable cause) {
        for (Throwable at = cause; at != null; at = at.getCause()) {
            if (at instanceof UnresolvedAddressException) {
                return "no address for this name in DNS";
            }
        }
        return cause instanceof ConnectException && cause.getMessage() == null
                ? "nothing accepts connections there"
                : reason(cause);
    }

    private static String reason(Throwable cause) {
        @Nullable String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
