package io.tunnel4j.origin;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginOptions;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code keepAliveConnections} and {@code keepAliveTimeout}: what a connector keeps open to one origin, over all its event loops. */
@ExtendWith(LeakCheck.class)
class OriginPoolTest {
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(
            2, new DefaultThreadFactory("tunnel-test", true), NioIoHandler.newFactory());
    private final EventLoop first = group.next();
    private final EventLoop second = group.next();
    private final Origins origins =
            new Origins(OriginSettings.builder(UUID.randomUUID()).build());
    private final LoopOrigins firstOrigins = origins.loop(first);
    private final LoopOrigins secondOrigins = origins.loop(second);
    private final AtomicInteger closedByUs = new AtomicInteger();
    private ScriptedOrigin origin;

    @BeforeEach
    void listen() throws Exception {
        origin = new ScriptedOrigin(connection -> {
            connection.awaitClose();
            closedByUs.incrementAndGet();
        });
    }

    @AfterEach
    void stop() throws Exception {
        origins.close();
        origin.close();
        group.shutdownGracefully(0, 5, SECONDS).sync();
    }

    private Origin keeping(int connections, Duration timeout) {
        return Origin.http("127.0.0.1", origin.port())
                .options(OriginOptions.builder()
                        .keepAliveConnections(connections)
                        .keepAliveTimeout(timeout)
                        .build());
    }

    private static <T> T on(EventLoop loop, Callable<T> task) throws Exception {
        return loop.submit(task).get(10, SECONDS);
    }

    private static OriginPool pool(EventLoop loop, LoopOrigins origins, Origin... inForce) throws Exception {
        OriginService[] services = on(loop, () -> origins.assign(List.of(inForce)));
        return services.length == 0 ? null : ((HttpService) services[0]).pool();
    }

    private static List<Http1Connection> dial(EventLoop loop, OriginPool pool, int count) throws Exception {
        List<Http1Connection> connections = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            CompletableFuture<Http1Connection> dialled = new CompletableFuture<>();
            loop.execute(() -> pool.dial(null, new Reporting(dialled)));
            connections.add(dialled.get(10, SECONDS));
        }
        return connections;
    }

    private static void release(EventLoop loop, OriginPool pool, List<Http1Connection> connections) throws Exception {
        on(loop, () -> {
            connections.forEach(pool::release);
            return null;
        });
    }

    @Test
    void keepAliveConnections_default_is100For90Seconds() {
        OriginOptions options = Origin.http("127.0.0.1", 80).options();

        assertThat(options.keepAliveConnections()).isEqualTo(100);
        assertThat(options.keepAliveTimeout()).isEqualTo(Duration.ofSeconds(90));
    }

    @Test
    void keepAliveConnections_idleOnTwoLoops_countedTogether() throws Exception {
        Origin keepingThree = keeping(3, Duration.ofSeconds(90));
        OriginPool one = pool(first, firstOrigins, keepingThree);
        OriginPool other = pool(second, secondOrigins, keepingThree);

        release(first, one, dial(first, one, 3));
        release(second, other, dial(second, other, 3));

        await().untilAsserted(() -> assertThat(closedByUs).hasValue(3));
        // Those of the loop that found no room: nobody reaches into another loop.
        assertThat(on(first, () -> one.poll(null))).isNotNull();
        assertThat(on(second, () -> other.poll(null))).isNull();
    }

    @Test
    void keepAliveConnections_surplusOfABurst_isThereForTheNextOne() throws Exception {
        OriginPool pool = pool(first, firstOrigins, keeping(1, Duration.ofSeconds(90)));
        List<Http1Connection> burst = dial(first, pool, 3);

        List<Http1Connection> again = on(first, () -> {
            burst.forEach(pool::release);
            return List.of(pool.poll(null), pool.poll(null), pool.poll(null));
        });

        assertThat(again).containsExactlyInAnyOrderElementsOf(burst);
        release(first, pool, again);
        await().untilAsserted(() -> assertThat(closedByUs).hasValue(2));
    }

    @Test
    void keepAliveConnections_originNamedAgainByNewRules_countsFromZero() throws Exception {
        Origin keepingTwo = keeping(2, Duration.ofSeconds(90));
        OriginPool before = pool(first, firstOrigins, keepingTwo);
        OriginPool other = pool(second, secondOrigins, keepingTwo);
        release(first, before, dial(first, before, 2));
        pool(first, firstOrigins);
        await().untilAsserted(() -> assertThat(closedByUs).hasValue(2));

        OriginPool after = pool(first, firstOrigins, keepingTwo);
        release(first, after, dial(first, after, 1));
        release(second, other, dial(second, other, 2));

        await().untilAsserted(() -> assertThat(closedByUs).hasValue(3));
        assertThat(on(first, () -> after.poll(null))).isNotNull();
        assertThat(on(second, () -> other.poll(null))).isNotNull();
    }

    @Test
    void keepAliveConnections_zero_closesAtOnce() throws Exception {
        OriginPool pool = pool(first, firstOrigins, keeping(0, Duration.ofSeconds(90)));

        release(first, pool, dial(first, pool, 1));

        assertThat(on(first, () -> pool.poll(null))).isNull();
        await().untilAsserted(() -> assertThat(closedByUs).hasValue(1));
    }

    @Test
    void keepAliveTimeout_passed_closesWhatIsIdle() throws Exception {
        OriginPool pool = pool(first, firstOrigins, keeping(10, Duration.ofMillis(200)));

        release(first, pool, dial(first, pool, 2));

        await().untilAsserted(() -> assertThat(closedByUs).hasValue(2));
    }

    private record Reporting(CompletableFuture<Http1Connection> dialled) implements OriginPool.Borrower {
        @Override
        public boolean isClosed() {
            return false;
        }

        @Override
        public void connected(Http1Connection connection) {
            dialled.complete(connection);
        }

        @Override
        public void connectFailed(TunnelException cause) {
            dialled.completeExceptionally(cause);
        }
    }
}
