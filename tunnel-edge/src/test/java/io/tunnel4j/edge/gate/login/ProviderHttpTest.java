package io.tunnel4j.edge.gate.login;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.tunnel4j.transport.LimitedBody;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Answers of an identity provider that means no good. */
class ProviderHttpTest {
    private final CountDownLatch over = new CountDownLatch(1);
    private HttpServer provider;

    @AfterEach
    void stop() {
        over.countDown();
        provider.stop(0);
    }

    private interface Answer {
        void write(HttpExchange exchange) throws IOException, InterruptedException;
    }

    private CompletableFuture<JsonObject> ask(Duration timeout, Answer answer) throws IOException {
        provider = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        provider.createContext("/", exchange -> {
            try {
                answer.write(exchange);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
        });
        provider.start();
        return new ProviderHttp(HttpClient.newHttpClient(), timeout)
                .get(URI.create("http://127.0.0.1:" + provider.getAddress().getPort() + "/keys"));
    }

    @Test
    void answer_above1MiB_isGivenUp() throws Exception {
        CompletableFuture<JsonObject> answer = ask(Duration.ofSeconds(10), exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(new byte[(1 << 20) + 1]);
        });

        assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(LimitedBody.TooLong.class);
    }

    @Test
    void answer_thatNeverEnds_isGivenUpInTime() throws Exception {
        CompletableFuture<JsonObject> answer = ask(Duration.ofMillis(300), exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write('{');
            exchange.getResponseBody().flush();
            over.await(10, TimeUnit.SECONDS);
        });

        assertThatThrownBy(() -> answer.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(TimeoutException.class);
    }

    @Test
    void answer_whole_isRead() throws Exception {
        CompletableFuture<JsonObject> answer = ask(Duration.ofSeconds(10), exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write(new byte[] {'{', '}'});
        });

        assertThat(answer.get(10, TimeUnit.SECONDS).size()).isZero();
    }
}
