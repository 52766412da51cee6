package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.transport.LimitedBody;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Key sets of an Access team, from a server that means no good. */
@ExtendWith(LeakCheck.class)
class HttpKeySourceTest {
    private final WorkerPool workers = new WorkerPool("tunnel-test", 4, 16);
    private ScriptedOrigin server;

    @AfterEach
    void stop() throws Exception {
        server.close();
        workers.close();
    }

    private CompletableFuture<String> fetch(Duration timeout, ScriptedOrigin.Script script) throws Exception {
        server = new ScriptedOrigin(script);
        return new HttpKeySource(workers, timeout)
                .fetch(URI.create("http://127.0.0.1:" + server.port() + "/cdn-cgi/access/certs"))
                .toCompletableFuture();
    }

    @Test
    void keySet_answered_isReturned() throws Exception {
        CompletableFuture<String> keys = fetch(Duration.ofSeconds(10), connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"keys\":[]}");
            connection.awaitClose();
        });

        assertThat(keys.get(10, TimeUnit.SECONDS)).isEqualTo("{\"keys\":[]}");
    }

    @Test
    void keySet_above1MiB_isGivenUpBeforeItEnds() throws Exception {
        CompletableFuture<String> keys = fetch(Duration.ofSeconds(10), connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < 17; i++) {
                connection.write("10000\r\n" + "x".repeat(0x10000) + "\r\n");
            }
            connection.awaitClose();
        });

        assertThatThrownBy(() -> keys.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(LimitedBody.TooLong.class);
    }

    @Test
    void keySet_bodyNeverEnds_isGivenUpInTimeAndTheConnectionClosed() throws Exception {
        CompletableFuture<Void> closed = new CompletableFuture<>();
        CompletableFuture<String> keys = fetch(Duration.ofMillis(300), connection -> {
            connection.readHead();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
            connection.awaitClose();
            closed.complete(null);
        });

        assertThatThrownBy(() -> keys.get(10, TimeUnit.SECONDS)).hasRootCauseInstanceOf(TimeoutException.class);
        closed.get(10, TimeUnit.SECONDS);
    }
}
