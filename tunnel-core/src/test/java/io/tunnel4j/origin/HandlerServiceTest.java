package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import io.tunnel4j.Origin;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Handlers in this process, seen from an edge. */
@ExtendWith(LeakCheck.class)
class HandlerServiceTest {
    private ScriptedEdge edge;

    private void start(HttpHandler handler) throws Exception {
        edge = new ScriptedEdge(Origin.handler(handler));
    }

    @AfterEach
    void stop() throws Exception {
        edge.close();
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    @Test
    void get_fixedLength_headAndBodyArrive() throws Exception {
        start(exchange -> {
            exchange.getResponseHeaders().set("X-Seen", exchange.getRequestURI() + " " + exchange.getRequestMethod());
            answer(exchange, 201, "hello");
        });

        Call call = edge.get("/a%2Fb?q=1");

        assertThat(call.status()).isEqualTo(201);
        assertThat(call.body()).isEqualTo("hello");
        assertThat(call.head().get("content-length").toString()).isEqualTo("5");
        assertThat(call.originFields())
                .contains("X-Seen: /a%2Fb?q=1 GET", "Content-Length: 5")
                .anyMatch(field -> field.startsWith("Date: "));
        assertThat(call.meta()).isEqualTo("{\"src\":\"origin\"}");
    }

    @Test
    void request_fieldsHostCookiesAndClient_areWhatTheEdgeSent() throws Exception {
        CompletableFuture<String> seen = new CompletableFuture<>();
        start(exchange -> {
            seen.complete(exchange.getRequestHeaders().getFirst("Host") + " | "
                    + exchange.getRequestHeaders().get("Cookie") + " | "
                    + exchange.getRemoteAddress().getAddress().getHostAddress() + " | "
                    + exchange.getRequestHeaders().containsKey("Cf-cloudflared-proxy-connection-upgrade"));
            answer(exchange, 200, "");
        });

        edge.get("/", "cookie", "a=1", "cookie", "b=2", "cf-connecting-ip", "192.0.2.7")
                .body();

        assertThat(seen.get(5, TimeUnit.SECONDS)).isEqualTo("app.example.com | [a=1; b=2] | 192.0.2.7 | false");
    }

    @Test
    void head_largerThanEdgesTake_isSaidToTheHandlerWhoMayAnswerOtherwise() throws Exception {
        CompletableFuture<String> said = new CompletableFuture<>();
        start(exchange -> {
            exchange.getResponseHeaders().set("X-Large", "v".repeat(5 << 20));
            try {
                exchange.sendResponseHeaders(200, -1);
            } catch (IOException e) {
                said.complete(e.getMessage());
                exchange.getResponseHeaders().remove("X-Large");
                answer(exchange, 500, "too large");
            }
        });

        Call call = edge.get("/");

        assertThat(call.status()).isEqualTo(500);
        assertThat(call.body()).isEqualTo("too large");
        assertThat(said.get(5, TimeUnit.SECONDS)).contains("bytes when serialised (expected: at most 4194304)");
    }

    @Test
    void post_bodyStreams_whileTheResponseRuns() throws Exception {
        start(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] buffer = new byte[100];
            for (int n = exchange.getRequestBody().read(buffer);
                    n >= 0;
                    n = exchange.getRequestBody().read(buffer)) {
                exchange.getResponseBody().write(buffer, 0, n);
                exchange.getResponseBody().flush();
            }
            exchange.close();
        });

        Call call = edge.open(head("POST", "/"), false);
        assertThat(call.nextEvent()).isEqualTo("200");
        call.send("ping", false);
        assertThat(call.nextEvent()).isEqualTo("data 4");
        call.send("pong", true);

        assertThat(call.body()).isEqualTo("pingpong");
        assertThat(call.end()).isEqualTo("end");
    }

    @Test
    void response_notRead_handlerWaitsAndMemoryStaysBounded() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        int total = 32 << 20;
        start(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            byte[] block = new byte[64 << 10];
            for (int sent = 0; sent < total; sent += block.length) {
                if (sent == 8 << 20) {
                    stuck.countDown();
                }
                exchange.getResponseBody().write(block);
            }
            exchange.close();
        });

        Call call = edge.open(head("GET", "/"), true);
        call.holdCredit();
        assertThat(stuck.await(500, TimeUnit.MILLISECONDS)).isFalse();
        call.giveHeldCredit();

        assertThat(call.end()).isEqualTo("end");
        assertThat(call.bytes()).isEqualTo(total);
    }

    @Test
    void expectContinue_interimComesWhenTheBodyIsRead() throws Exception {
        CountDownLatch mayRead = new CountDownLatch(1);
        start(exchange -> {
            try {
                mayRead.await();
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
            answer(exchange, 200, new String(exchange.getRequestBody().readAllBytes(), UTF_8));
        });

        Call call = edge.open(head("POST", "/", "expect", "100-continue"), false);
        assertThat(call.hasHead()).isFalse();
        mayRead.countDown();
        assertThat(call.nextEvent()).isEqualTo("100");
        call.send("now", true);

        assertThat(call.body()).isEqualTo("now");
    }

    @Test
    void head_andNoContent_haveNoBody() throws Exception {
        start(exchange -> {
            if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(200, 1234);
            } else {
                exchange.sendResponseHeaders(204, -1);
            }
            exchange.close();
        });

        Call headCall = edge.open(head("HEAD", "/"), true);
        Call noContent = edge.get("/");

        assertThat(headCall.head().get("content-length").toString()).isEqualTo("1234");
        assertThat(headCall.body()).isEmpty();
        assertThat(noContent.status()).isEqualTo(204);
        assertThat(noContent.body()).isEmpty();
    }

    @Test
    void handler_throws_edgeGets502AndTheNextRequestWorks() throws Exception {
        start(exchange -> {
            if (exchange.getRequestURI().getPath().equals("/bad")) {
                throw new IllegalStateException("boom");
            }
            answer(exchange, 200, "fine");
        });

        assertThat(edge.get("/bad").status()).isEqualTo(502);
        assertThat(edge.get("/good").body()).isEqualTo("fine");
    }

    @Test
    void handler_stopsShortOfItsLength_responseIsResetNotEnded() throws Exception {
        start(exchange -> {
            exchange.sendResponseHeaders(200, 10);
            exchange.getResponseBody().write("half".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            exchange.close();
        });

        Call call = edge.get("/");

        assertThat(call.status()).isEqualTo(200);
        assertThat(call.end()).isEqualTo("reset 2");
    }

    @Test
    void client_goesAway_handlerSeesItInWriteAndRead() throws Exception {
        CompletableFuture<String> failure = new CompletableFuture<>();
        CountDownLatch started = new CountDownLatch(1);
        start(exchange -> {
            exchange.sendResponseHeaders(200, 0);
            started.countDown();
            try {
                exchange.getRequestBody().read();
                failure.complete("read returned");
            } catch (IOException e) {
                failure.complete(e.getMessage());
            }
        });

        Call call = edge.open(head("POST", "/"), false);
        assertThat(started.await(5, TimeUnit.SECONDS)).isTrue();
        call.reset(8);

        assertThat(failure.get(5, TimeUnit.SECONDS)).contains("reset");
    }

    @Test
    void blockingOnTheEventLoop_isRefusedInsteadOfHanging() throws Exception {
        edge = new ScriptedEdge(
                Origin.handler(exchange -> exchange.getRequestBody().read(), Runnable::run));

        Call call = edge.open(head("POST", "/"), false);

        assertThat(call.status()).isEqualTo(502);
    }
}
