package io.tunnel4j.supervisor;

import com.sun.net.httpserver.HttpServer;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** An HTTP origin that answers {@code /held} only when it is released, everything else at once. */
final class HeldOrigin implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch released = new CountDownLatch(1);
    private final Semaphore arrived = new Semaphore(0);
    private final HttpServer server;

    HeldOrigin() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            try (exchange) {
                String answer = "at once";
                if (exchange.getRequestURI().getPath().equals("/held")) {
                    arrived.release();
                    released.await();
                    answer = "released";
                }
                byte[] body = answer.getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, body.length);
                exchange.getResponseBody().write(body);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        server.start();
    }

    Ingress ingress() {
        return Ingress.of(
                Origin.http(URI.create("http://127.0.0.1:" + server.getAddress().getPort())));
    }

    void awaitRequest() throws InterruptedException {
        if (!arrived.tryAcquire(20, TimeUnit.SECONDS)) {
            throw new AssertionError("no request reached the origin within 20 s");
        }
    }

    void release() {
        released.countDown();
    }

    @Override
    public void close() {
        released.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
