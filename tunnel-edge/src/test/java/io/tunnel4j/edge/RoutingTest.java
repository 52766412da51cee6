package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.LeakCheck;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Which connection takes a request, and what becomes of it when that connection fails. The edge has several event loops here. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class RoutingTest {
    private EventLoopGroup loops;
    private EdgeFixture fixture;

    @BeforeEach
    void start() throws Exception {
        loops = new MultiThreadIoEventLoopGroup(3, NioIoHandler.newFactory());
        fixture = new EdgeFixture(builder -> builder.eventLoops(loops));
    }

    @AfterEach
    void stop() throws Exception {
        fixture.close();
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private RawHttp client() throws Exception {
        return RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST);
    }

    @Test
    void request_oneConnectionRefusesTheStream_otherServesIt() throws Exception {
        try (ScriptedConnector refusing = fixture.connector("success-locally-managed");
                ScriptedConnector serving = fixture.connector("success-index-1");
                RawHttp client = client()) {
            refusing.responding(seen -> seen.reset(Http2Error.REFUSED_STREAM));
            serving.responding(seen -> seen.respond(200, "served"));

            for (int i = 0; i < 20; i++) {
                assertThat(client.get("/" + i).response().text()).isEqualTo("served");
            }
        }
    }

    @Test
    void requests_readTogether_goOutSixteenByConnection() throws Exception {
        try (ScriptedConnector one = fixture.connector("success-locally-managed");
                ScriptedConnector other = fixture.connector("success-index-1");
                RawHttp2 client = RawHttp2.open(fixture)) {
            ByteArrayOutputStream together = new ByteArrayOutputStream();
            for (int i = 0; i < 64; i++) {
                byte[] block = client.block(RawHttp2.get("/" + i));
                together.writeBytes(RawHttp2.bytes(block.length, RawHttp2.HEADERS, 5, 2 * i + 1, block));
            }

            client.raw(together.toByteArray());

            for (ScriptedConnector connector : List.of(one, other)) {
                Map<Integer, Integer> bySixteen = new TreeMap<>();
                for (int i = 0; i < 32; i++) {
                    ScriptedConnector.Seen seen = connector.requests.poll(30, TimeUnit.SECONDS);
                    assertThat(seen).as("request %d of 32", i).isNotNull();
                    bySixteen.merge(Integer.parseInt(seen.path().substring(1)) / 16, 1, Integer::sum);
                }
                assertThat(bySixteen)
                        .hasSize(2)
                        .allSatisfy((which, requests) -> assertThat(requests).isEqualTo(16));
            }
        }
    }

    @Test
    void request_everyConnectionRefusesIt_triedThreeTimes() throws Exception {
        AtomicInteger tries = new AtomicInteger();
        try (ScriptedConnector one = fixture.connector("success-locally-managed");
                ScriptedConnector other = fixture.connector("success-index-1");
                RawHttp client = client()) {
            for (ScriptedConnector connector : List.of(one, other)) {
                connector.responding(seen -> {
                    tries.incrementAndGet();
                    seen.reset(Http2Error.REFUSED_STREAM);
                });
            }

            assertThat(client.get("/").response().status()).isGreaterThanOrEqualTo(502);

            assertThat(tries).hasValue(3);
        }
    }

    @Test
    void request_connectionDiesBeforeTheResponse_idempotentOneIsSentAgain() throws Exception {
        try (ScriptedConnector dying = fixture.connector("success-locally-managed");
                ScriptedConnector serving = fixture.connector("success-index-1");
                RawHttp client = client()) {
            dying.responding(seen -> dying.killTcp());
            serving.responding(seen -> seen.respond(200, "served"));

            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/" + i).response().text()).isEqualTo("served");
            }
        }
    }

    @Test
    void request_connectionDiesWithAPostUnderWay_502AndNotSentAgain() throws Exception {
        try (ScriptedConnector dying = fixture.connector("success-locally-managed");
                RawHttp client = client()) {
            AtomicInteger seenByOther = new AtomicInteger();
            CountDownLatch arrived = new CountDownLatch(1);
            dying.responding(seen -> arrived.countDown());
            client.send("POST / HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: 1\r\n\r\nx");
            assertThat(arrived.await(10, TimeUnit.SECONDS)).isTrue();
            try (ScriptedConnector other = fixture.connector("success-index-1")) {
                other.responding(seen -> {
                    seenByOther.incrementAndGet();
                    seen.respond(200, "twice");
                });
                dying.killTcp();

                assertThat(client.response().status()).isEqualTo(502);
                assertThat(seenByOther).hasValue(0);
            }
        }
    }

    @Test
    void request_resetByTheConnector_notSentAgain() throws Exception {
        AtomicInteger requests = new AtomicInteger();
        try (ScriptedConnector first = fixture.connector("success-locally-managed");
                ScriptedConnector second = fixture.connector("success-index-1");
                RawHttp client = client()) {
            for (ScriptedConnector connector : List.of(first, second)) {
                connector.responding(seen -> {
                    requests.incrementAndGet();
                    seen.reset(Http2Error.INTERNAL_ERROR);
                });
            }

            assertThat(client.get("/").response().status()).isEqualTo(502);
            assertThat(requests).hasValue(1);
        }
    }

    @Test
    void connector_goesAway_getsNoNewStreams() throws Exception {
        try (ScriptedConnector leaving = fixture.connector("success-locally-managed");
                ScriptedConnector staying = fixture.connector("success-index-1");
                RawHttp client = client()) {
            leaving.responding(seen -> seen.respond(200, "leaving"));
            staying.responding(seen -> seen.respond(200, "staying"));
            leaving.goAway();
            assertThat(leaving.awaitClosed(10)).isTrue();

            for (int i = 0; i < 10; i++) {
                assertThat(client.get("/").response().text()).isEqualTo("staying");
            }
        }
    }

    @Test
    void connector_unregistersWithAStreamOpen_streamEndsFirstAndNoNewOneComes() throws Exception {
        try (ScriptedConnector leaving = fixture.connector("success-locally-managed");
                RawHttp client = client();
                RawHttp late = client()) {
            leaving.responding(seen -> {});
            client.get("/long");
            ScriptedConnector.Seen running = leaving.nextRequest();
            leaving.unregister();
            assertThat(leaving.shutdownDone.await(10, TimeUnit.SECONDS)).isTrue();

            assertThat(late.get("/late").response().status()).isEqualTo(530);
            assertThat(leaving.requests).isEmpty();
            running.respond(200, "finished");
            assertThat(client.response().text()).isEqualTo("finished");
            assertThat(leaving.awaitClosed(10)).isTrue();
        }
    }

    @Test
    void hostnames_exactThenLongestWildcard_eachItsTunnel() throws Exception {
        TunnelCredentials other = TunnelCredentials.generate(ScriptedConnector.ACCOUNT);
        fixture.edge.tunnels().add("other", other);
        fixture.edge.routes().add("*.localhost", other).add("*.deep.localhost", EdgeFixture.CREDENTIALS);
        try (ScriptedConnector connector = fixture.connector();
                RawHttp client = client()) {
            connector.responding(seen -> seen.respond(200, "vector"));

            assertThat(client.get("/").response().text()).isEqualTo("vector");
            client.send("GET / HTTP/1.1\r\nHost: A.B.DEEP.localhost.:443\r\n\r\n");
            assertThat(client.response().text()).isEqualTo("vector");
            client.send("GET / HTTP/1.1\r\nHost: x.localhost\r\n\r\n");
            assertThat(client.response().status()).isEqualTo(530);
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
            assertThat(client.response().status()).isEqualTo(404);
        }
    }

    @Test
    void weights_tunnelWithoutConnector_leavesItsShare() throws Exception {
        TunnelCredentials absent = TunnelCredentials.generate(ScriptedConnector.ACCOUNT);
        fixture.edge.tunnels().add("absent", absent);
        fixture.edge.routes().add(EdgeFixture.HOST, absent.tunnelId(), 1000);
        try (ScriptedConnector connector = fixture.connector();
                RawHttp client = client()) {
            connector.responding(seen -> seen.respond(200, "vector"));

            for (int i = 0; i < 20; i++) {
                assertThat(client.get("/").response().text()).isEqualTo("vector");
            }
        }
    }

    @Test
    void connections_ofOneTunnel_theLessBusyOneIsPicked() throws Exception {
        try (ScriptedConnector busy = fixture.connector("success-locally-managed");
                ScriptedConnector idle = fixture.connector("success-index-1");
                RawHttp waiting = client();
                RawHttp client = client()) {
            busy.responding(seen -> {});
            idle.responding(seen -> {});
            waiting.get("/long");
            Awaitility.await().until(() -> busy.requests.size() + idle.requests.size() == 1);
            ScriptedConnector other = busy.requests.isEmpty() ? busy : idle;
            ScriptedConnector.Seen running = (other == busy ? idle : busy).nextRequest();
            other.responding(seen -> seen.respond(200, "less busy"));

            for (int i = 0; i < 50; i++) {
                assertThat(client.get("/" + i).response().text()).isEqualTo("less busy");
            }
            running.respond(200, "late");
            assertThat(waiting.response().text()).isEqualTo("late");
        }
    }

    @Test
    void weights_bothConnected_shareAsWeighed() throws Exception {
        TunnelCredentials other = TunnelCredentials.generate(ScriptedConnector.ACCOUNT);
        fixture.edge.tunnels().add("other", other);
        fixture.edge
                .routes()
                .add(EdgeFixture.HOST, EdgeFixture.CREDENTIALS.tunnelId(), 3)
                .add(EdgeFixture.HOST, other.tunnelId(), 1);
        try (ScriptedConnector connector = fixture.connector();
                ScriptedConnector second = connectorOf(other);
                RawHttp client = client()) {
            connector.responding(seen -> seen.respond(200, "three"));
            second.responding(seen -> seen.respond(200, "one"));

            int three = 0;
            for (int i = 0; i < 400; i++) {
                three += client.get("/").response().text().equals("three") ? 1 : 0;
            }

            // 300 expected, standard deviation below 9.
            assertThat(three).isBetween(240, 360);
        }
    }

    @Test
    void weightZero_takesOverOnlyWhenNoOtherIsConnected() throws Exception {
        TunnelCredentials spare = TunnelCredentials.generate(ScriptedConnector.ACCOUNT);
        fixture.edge.tunnels().add("spare", spare);
        fixture.edge.routes().add(EdgeFixture.HOST, spare.tunnelId(), 0);
        try (ScriptedConnector standing = connectorOf(spare);
                RawHttp client = client()) {
            standing.responding(seen -> seen.respond(200, "spare"));
            try (ScriptedConnector connector = fixture.connector()) {
                connector.responding(seen -> seen.respond(200, "first"));
                for (int i = 0; i < 20; i++) {
                    assertThat(client.get("/").response().text()).isEqualTo("first");
                }
            }
            Awaitility.await().until(() -> fixture.edge.connectorConnections() == 1);

            assertThat(client.get("/").response().text()).isEqualTo("spare");
        }
    }

    /** The captured registration with another tunnel's id and secret. */
    private ScriptedConnector connectorOf(TunnelCredentials credentials) throws Exception {
        return ScriptedConnector.dialFor(fixture.edge.connectorsAddress(), fixture.authority.certificate(), credentials)
                .awaitScript();
    }

    @Test
    void connector_killedUnderLoad_noIdempotentRequestFails() throws Exception {
        ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        AtomicInteger served = new AtomicInteger();
        ExecutorService users = Executors.newFixedThreadPool(8);
        try (ScriptedConnector killed = fixture.connector("success-locally-managed");
                ScriptedConnector survivor = fixture.connector("success-index-1")) {
            killed.responding(seen -> seen.respond(200, "ok"));
            survivor.responding(seen -> seen.respond(200, "ok"));
            List<Future<?>> runs = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                runs.add(users.submit(() -> {
                    try (RawHttp client = client()) {
                        for (int request = 0; request < 150; request++) {
                            int status = client.get("/" + request).response().status();
                            if (status != 200) {
                                failures.add("status " + status);
                            }
                            served.incrementAndGet();
                        }
                    } catch (Exception e) {
                        failures.add(e.toString());
                    }
                }));
            }
            Awaitility.await().until(() -> served.get() > 200);
            killed.killTcp();
            for (Future<?> run : runs) {
                run.get(60, TimeUnit.SECONDS);
            }

            assertThat(failures).isEmpty();
            assertThat(served).hasValue(1200);
        } finally {
            users.shutdownNow();
        }
    }

    @Test
    void bodies_betweenEventLoops_arriveWholeAndInOrder() throws Exception {
        byte[] block = new byte[32 << 10];
        for (int i = 0; i < block.length; i++) {
            block[i] = (byte) (i * 31);
        }
        int blocks = 128;
        try (ScriptedConnector a = fixture.connector("success-locally-managed");
                ScriptedConnector b = fixture.connector("success-index-1")) {
            for (ScriptedConnector connector : List.of(a, b)) {
                connector.responding(seen -> {
                    if (seen.head.method().toString().equals("GET")) {
                        seen.head(200, block.length * blocks);
                        for (int i = 1; i <= blocks; i++) {
                            seen.data(block, i == blocks);
                        }
                    }
                });
            }
            // Several connections, so that some exchanges have both ends on one loop and some do not.
            for (int run = 0; run < 4; run++) {
                try (RawHttp client = client()) {
                    byte[] body = client.get("/down").response().body();
                    assertThat(body).hasSize(block.length * blocks);
                    for (int i = 0; i < body.length; i++) {
                        if (body[i] != block[i % block.length]) {
                            throw new AssertionError("octet " + i);
                        }
                    }
                }
                try (RawHttp client = client()) {
                    a.requests.clear();
                    b.requests.clear();
                    String text = new String(block, java.nio.charset.StandardCharsets.ISO_8859_1);
                    client.send("POST /up HTTP/1.1\r\nHost: app.localhost\r\nContent-Length: " + blocks * block.length
                            + "\r\n\r\n");
                    for (int i = 0; i < blocks; i++) {
                        client.send(text);
                    }
                    Awaitility.await().until(() -> !a.requests.isEmpty() || !b.requests.isEmpty());
                    ScriptedConnector.Seen seen = a.requests.isEmpty() ? b.nextRequest() : a.nextRequest();
                    String event = seen.event();
                    while (!event.endsWith("end")) {
                        assertThat(event).startsWith("data");
                        event = seen.event();
                    }
                    assertThat(event).isEqualTo("data " + blocks * block.length + " end");
                    for (int i = 0; i < blocks * block.length; i++) {
                        if (seen.body.getByte(i) != block[i % block.length]) {
                            throw new AssertionError("octet " + i);
                        }
                    }
                    seen.respond(200, "stored");
                    assertThat(client.response().text()).isEqualTo("stored");
                }
            }
        }
    }
}
