package io.tunnel4j.origin;

import static io.tunnel4j.origin.ScriptedEdge.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.testing.LeakCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a connector holds at most: per stream, per connection, in all. */
@ExtendWith(LeakCheck.class)
class OriginBoundsTest {
    private ScriptedOrigin origin;
    private ScriptedEdge edge;

    @AfterEach
    void stop() throws Exception {
        edge.close();
        origin.close();
    }

    @Test
    void requests_aboveTheProcessBound_are503AndTheOthersGoOn() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        origin = new ScriptedOrigin(connection -> {
            connection.readHead();
            go.await(20, TimeUnit.SECONDS);
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port())), config -> config.maxProcessBytes(1 << 20));

        List<Call> calls = new ArrayList<>();
        int room = (1 << 20) / MemoryBudget.EXCHANGE_BYTES;
        for (int i = 0; i < room; i++) {
            calls.add(edge.open(head("GET", "/held", "x-n", "" + i), false));
        }
        Call over = edge.get("/over");
        assertThat(over.status()).isEqualTo(503);
        assertThat(over.meta()).isEqualTo("{\"src\":\"origin\"}");

        calls.remove(0).reset(8);
        edge.outcomes.clear();
        go.countDown();
        Awaitility.await().until(() -> edge.get("/next").status() == 200);
        for (Call call : calls) {
            call.reset(8);
        }
    }

    @Test
    void body_collectedAboveTheProcessBound_is503() throws Exception {
        origin = new ScriptedOrigin(connection -> {});
        edge = new ScriptedEdge(
                Ingress.of(Origin.http("127.0.0.1", origin.port())
                        .options(OriginOptions.builder()
                                .disableChunkedEncoding(true)
                                .build())),
                config -> config.maxProcessBytes(1 << 20).maxBufferedRequestBytes(2 << 20));

        Call call = edge.open(head("POST", "/"), false);
        for (int i = 0; i < 11; i++) {
            call.sendBytes(new byte[100_000], false);
        }

        assertThat(call.status()).isEqualTo(503);
        assertThat(call.end()).isEqualTo("end");
        assertThat(edge.get("/").status()).isEqualTo(502);
    }
}
