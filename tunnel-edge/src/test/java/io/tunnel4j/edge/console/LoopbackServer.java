package io.tunnel4j.edge.console;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.tunnel4j.edge.exchange.EdgeRequest;
import io.tunnel4j.edge.exchange.EdgeResponse;
import io.tunnel4j.edge.exchange.EdgeService;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;

/** Puts a service behind a real port, for browsers and for {@code curl}. */
final class LoopbackServer implements AutoCloseable {
    private final HttpServer server;

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final EdgeService service;

    LoopbackServer(EdgeService service) throws IOException {
        this.service = service;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    private void handle(HttpExchange exchange) throws IOException {
        HttpHeaders headers = new DefaultHttpHeaders();
        exchange.getRequestHeaders().forEach((name, values) -> headers.add(name, values));
        EdgeRequest request = new EdgeRequest(
                "ray",
                exchange.getRequestMethod(),
                "http",
                "127.0.0.1",
                server.getAddress().getPort(),
                exchange.getRequestURI().toString(),
                headers,
                false,
                exchange.getRemoteAddress(),
                List.of(),
                exchange.getRequestBody().readAllBytes());
        EdgeResponse response = service.serve(request).toCompletableFuture().join();
        response.headers()
                .forEach(field ->
                        exchange.getResponseHeaders().add(field.getKey().toLowerCase(Locale.ROOT), field.getValue()));
        Flow.Publisher<byte[]> events = response.events();
        if (events == null) {
            byte[] body = response.body();
            exchange.sendResponseHeaders(response.status(), body.length == 0 ? -1 : body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                if (body.length > 0) {
                    out.write(body);
                }
            }
            return;
        }
        exchange.sendResponseHeaders(200, 0);
        stream(events, exchange.getResponseBody());
    }

    private static void stream(Flow.Publisher<byte[]> events, OutputStream out) {
        CountDownLatch done = new CountDownLatch(1);
        events.subscribe(new Flow.Subscriber<>() {
            private Flow.Subscription subscription;

            @Override
            public void onSubscribe(Flow.Subscription newSubscription) {
                subscription = newSubscription;
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(byte[] event) {
                try {
                    out.write(event);
                    out.flush();
                } catch (IOException e) {
                    end();
                }
            }

            private void end() {
                subscription.cancel();
                done.countDown();
            }

            @Override
            public void onError(Throwable failure) {
                done.countDown();
            }

            @Override
            public void onComplete() {
                done.countDown();
            }
        });
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
