package io.tunnel4j.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.tunnel4j.ConnectorState;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelException;
import io.tunnel4j.discovery.DnsServers;
import io.tunnel4j.ingress.RemoteConfiguration;
import io.tunnel4j.ingress.RouterConfig;
import io.tunnel4j.ingress.StreamRouter;
import io.tunnel4j.registration.ClientInfo;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sleep of the machine and change of the network: noticed, and acted upon at once. */
@ExtendWith(LeakCheck.class)
class WakeDetectorTest {
    private final AtomicLong monotonicNanos = new AtomicLong(1_000);
    private final AtomicLong wallMillis = new AtomicLong(1_700_000_000_000L);
    private final EventLoop home = new DefaultEventLoop();
    private final BlockingQueue<String> woken = new LinkedBlockingQueue<>();
    // Listing real interfaces would make the test depend on the machine: what is listed comes from the test.
    private final WakeDetector detector =
            new WakeDetector(environment(monotonicNanos::get), home, task -> {}, woken::add);

    private Environment environment(Ticker ticker) {
        return new Environment(
                ticker,
                new Clock() {
                    @Override
                    public ZoneId getZone() {
                        return ZoneOffset.UTC;
                    }

                    @Override
                    public Clock withZone(ZoneId zone) {
                        return this;
                    }

                    @Override
                    public Instant instant() {
                        return Instant.ofEpochMilli(wallMillis.get());
                    }
                },
                new Random(1),
                DnsServers.system());
    }

    @AfterEach
    void stop() throws Exception {
        detector.stop();
        home.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private void elapse(Duration monotonic, Duration wall) {
        monotonicNanos.addAndGet(monotonic.toNanos());
        wallMillis.addAndGet(wall.toMillis());
        detector.tick();
    }

    private static Set<InetAddress> addresses(String... literals) throws Exception {
        Set<InetAddress> addresses = new java.util.HashSet<>();
        for (String literal : literals) {
            addresses.add(InetAddress.getByName(literal));
        }
        return addresses;
    }

    @Test
    void wallClock_ahead_meansSleep() {
        detector.start();

        elapse(Duration.ofSeconds(5), Duration.ofSeconds(5));
        assertThat(woken).isEmpty();
        elapse(Duration.ofSeconds(5), Duration.ofSeconds(605));

        assertThat(woken).containsExactly("the machine slept for 600 s");
        elapse(Duration.ofSeconds(5), Duration.ofSeconds(5));
        assertThat(woken).hasSize(1);
    }

    @Test
    void wallClock_setByALittleOrBack_isNoSleep() {
        detector.start();

        elapse(Duration.ofSeconds(5), Duration.ofSeconds(14));
        elapse(Duration.ofSeconds(5), Duration.ofSeconds(-3600));

        assertThat(woken).isEmpty();
    }

    @Test
    void address_new_meansAnotherNetwork() throws Exception {
        detector.start();

        detector.listed(addresses("192.0.2.1", "2001:db8::1"));
        assertThat(woken).as("the first look").isEmpty();
        detector.listed(addresses("192.0.2.1", "198.51.100.7"));

        assertThat(woken).containsExactly("the network changed");
    }

    @Test
    void address_goneOrUnknown_wakesNobody_untilOneComes() throws Exception {
        detector.start();
        detector.listed(addresses("192.0.2.1"));

        detector.listed(addresses());
        detector.listed(null);
        assertThat(woken).isEmpty();
        detector.listed(addresses("192.0.2.1"));

        assertThat(woken).containsExactly("the network changed");
    }

    @Test
    void stopped_wakesNobody() throws Exception {
        detector.start();
        detector.listed(addresses("192.0.2.1"));
        detector.stop();

        detector.listed(addresses("192.0.2.2"));

        assertThat(woken).isEmpty();
    }

    @Test
    void wake_whileWaitingForAnEdge_connectsAtOnce() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Workers workers = new Workers(null);
        BlockingQueue<Duration> waits = new LinkedBlockingQueue<>();
        AtomicInteger attempts = new AtomicInteger();
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector settings =
                        new ConnectorFixture().connector(edge).retries(3).build();
                StreamRouter router = new StreamRouter(
                        new RemoteConfiguration(settings.ingress()),
                        RouterConfig.builder(UUID.randomUUID()).build())) {
            edge.answer = connection -> CompletableFuture.completedFuture(
                    attempts.incrementAndGet() == 1
                            ? new ConnectionAnswer.Refused("busy", true, Duration.ofMinutes(5))
                            : new ConnectionAnswer.Accepted(UUID.randomUUID(), "tst01", true));
            Supervisor supervisor = new Supervisor(
                    settings.config(),
                    environment(Ticker.SYSTEM),
                    EventLoops.of(group),
                    workers,
                    router,
                    new ClientInfo(UUID.randomUUID(), List.of(), "1", "linux_amd64"),
                    new Waits(waits));
            CompletableFuture<Void> started = supervisor.start().toCompletableFuture();
            assertThat(waits.poll(20, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(Duration.ofMinutes(5));

            // The detector looks every five seconds.
            wallMillis.addAndGet(Duration.ofHours(1).toMillis());

            started.get(30, TimeUnit.SECONDS);
            assertThat(supervisor.readyConnections()).isEqualTo(1);
            supervisor.drain(Duration.ZERO).toCompletableFuture().get(30, TimeUnit.SECONDS);
            await().until(() -> supervisor.state() == ConnectorState.TERMINATED);
        } finally {
            workers.shutdown();
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    private record Waits(BlockingQueue<Duration> waits) implements SupervisorListener {
        @Override
        public void stateChanged(ConnectorState from, ConnectorState to) {}

        @Override
        public void registered(ConnectionStatus connection) {}

        @Override
        public void lost(
                int index,
                @Nullable InetSocketAddress address,
                boolean wasRegistered,
                TunnelException cause,
                @Nullable Duration retryIn) {
            if (retryIn != null) {
                waits.add(retryIn);
            }
        }

        @Override
        public void edgeGoesAway(int index) {}

        @Override
        public void rpcEnded(String method, boolean succeeded, long nanos) {}

        @Override
        public void localConfigurationReported(boolean succeeded) {}
    }
}
