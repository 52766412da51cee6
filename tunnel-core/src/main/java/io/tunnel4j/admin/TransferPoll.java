package io.tunnel4j.admin;

import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.transport.Ticker;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Asks a transfer store for something that a browser will leave there, until it does.
 *
 * <p>The store may hold each request back until there is an answer. Requests follow one another with a pause; a request that fails on the
 * way is followed by another; a store that says it is broken ends the wait. Thread-safe.
 */
public final class TransferPoll {
    private static final int OK = 200;
    private static final int FIRST_SERVER_ERROR = 500;

    private final ApiHttp http;
    private final Delay delay;
    private final Ticker ticker;
    private final Duration pause;
    private final Duration limit;

    /**
     * Creates a poll.
     *
     * @param http sends requests; its time limit must be longer than the store holds a request back
     * @param delay waits between requests
     * @param ticker tells the time
     * @param pause time between a request's end and the next
     * @param limit time for everything
     */
    public TransferPoll(ApiHttp http, Delay delay, Ticker ticker, Duration pause, Duration limit) {
        this.http = http;
        this.delay = delay;
        this.ticker = ticker;
        this.pause = pause;
        this.limit = limit;
    }

    /**
     * Waits for what is left at an address.
     *
     * @param address where it will be
     * @param userAgent who asks
     * @return its bytes; completing it from outside ends the polling
     */
    public CompletableFuture<byte[]> await(URI address, String userAgent) {
        HttpRequest request =
                HttpRequest.newBuilder(address).header("User-Agent", userAgent).build();
        CompletableFuture<byte[]> left = new CompletableFuture<>();
        poll(request, ticker.nanos(), left);
        return left;
    }

    private void poll(HttpRequest request, long started, CompletableFuture<byte[]> left) {
        if (left.isDone()) {
            return;
        }
        if (ticker.nanos() - started >= limit.toNanos()) {
            left.completeExceptionally(new TunnelException(
                    TunnelErrorCode.LOGIN_TIMED_OUT, "login: nobody finished it within " + limit.toSeconds() + " s"));
            return;
        }
        http.send(request).whenComplete((response, failure) -> polled(request, started, response, left));
    }

    private void polled(
            HttpRequest request,
            long started,
            @Nullable HttpResponse<byte[]> response,
            CompletableFuture<byte[]> left) {
        int status = response == null ? 0 : response.statusCode();
        if (response != null && status == OK && response.body().length > 0) {
            left.complete(response.body());
        } else if (status >= FIRST_SERVER_ERROR) {
            left.completeExceptionally(new TunnelException(
                    TunnelErrorCode.API,
                    "login: the transfer store at " + request.uri().getHost() + " answered " + status));
        } else {
            delay.after(pause, () -> poll(request, started, left));
        }
    }
}
