package io.tunnel4j.supervisor;

import static io.tunnel4j.supervisor.ConnectorFixture.failure;
import static io.tunnel4j.supervisor.ConnectorFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.tunnel4j.ConnectorEvent;
import io.tunnel4j.ConnectorState;
import io.tunnel4j.Diagnosis;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.ClockedLoops;
import io.tunnel4j.testing.LeakCheck;
import io.tunnel4j.transport.Dialer;
import io.tunnel4j.transport.EventLoops;
import io.tunnel4j.transport.NameResolution;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How long a connector waits for an edge, and how much of it it keeps (docs/limits.md), on a clock that the test drives. */
@ExtendWith(LeakCheck.class)
class ConnectorLimitsTest {
    private final ConnectorFixture fixture = new ConnectorFixture();
    private final ClockedLoops loops = new ClockedLoops();

    @AfterEach
    void stop() throws Exception {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }

    private static TunnelException cause(CompletableFuture<Void> started) throws Exception {
        try {
            started.get(20, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            return (TunnelException) e.getCause();
        }
        throw new AssertionError("the start succeeded");
    }

    /** Fails the start, which waits for the edge, by letting just enough time pass. */
    private TunnelException failsAfter(long seconds, CompletableFuture<Void> started) throws Exception {
        settle();
        loops.elapse(seconds - 1);
        settle();
        assertThat(started).isNotDone();
        loops.elapse(1);
        return cause(started);
    }

    /** Waits until the event loops have done what they are at, so that its timers count from now on. */
    private void settle() throws Exception {
        for (EventLoop loop : eventLoops()) {
            loop.submit(() -> {}).sync();
        }
    }

    private List<EventLoop> eventLoops() {
        List<EventLoop> all = new ArrayList<>();
        loops.forEach(loop -> all.add((EventLoop) loop));
        return all;
    }

    @Test
    void edge_silentInTheHandshake_givenUpAfter15Seconds() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).eventLoopGroup(loops).build()) {
            edge.answersTls = false;
            CompletableFuture<Void> started = connector.start().toCompletableFuture();
            await().until(() -> edge.connections.size() == 1);
            edge.connections.get(0).clientHello.get(10, TimeUnit.SECONDS);

            TunnelException cause = failsAfter(15, started);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
            assertThat(cause).hasMessageContaining("no TLS handshake within 15 s");
        }
    }

    @Test
    void diagnosis_edgeSilentInTheHandshake_stepFailsAfter5Seconds() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).eventLoopGroup(loops).build()) {
            edge.answersTls = false;
            CompletableFuture<Diagnosis> running = connector.diagnose().toCompletableFuture();
            await().until(() -> edge.connections.size() == 1);
            edge.connections.get(0).clientHello.get(10, TimeUnit.SECONDS);

            settle();
            loops.elapse(4);
            settle();
            assertThat(running).isNotDone();
            loops.elapse(1);

            assertThat(running.get(10, TimeUnit.SECONDS).firstFailure().kind()).isEqualTo(Diagnosis.Kind.TLS);
        }
    }

    @Test
    void edge_opensNoControlStream_givenUpAfter15Seconds() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .eventLoopGroup(loops)
                        .keepAlive(Duration.ZERO, Duration.ofSeconds(1))
                        .build()) {
            edge.opensControlStream = false;
            CompletableFuture<Void> started = connector.start().toCompletableFuture();
            await().until(() -> edge.connections.size() == 1
                    && edge.connections.get(0).mux != null
                    && edge.connections.get(0).mux.canOpen());
            // An answered request proves that the connector's handshake is over too.
            edge.connections.get(0).get("/").status.get(10, TimeUnit.SECONDS);

            TunnelException cause = failsAfter(15, started);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.TIMEOUT);
            assertThat(cause).hasMessageContaining("no control stream within 15 s");
        }
    }

    @Test
    void proxy_silent_givenUpAfter15Seconds() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
                TunnelConnector connector = fixture.connector("192.0.2.1:7844")
                        .eventLoopGroup(loops)
                        .outboundProxy(OutboundProxy.http("127.0.0.1", silent.getLocalPort()))
                        .build()) {
            CompletableFuture<Void> started = connector.start().toCompletableFuture();
            assertThat(silent.accept().getInputStream().read())
                    .as("C of CONNECT")
                    .isEqualTo('C');

            TunnelException cause = failsAfter(15, started);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
            assertThat(cause).hasMessageContaining("proxy").hasMessageContaining("timeout");
        }
    }

    @Test
    void dialer_connect_waits15Seconds() throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Dialer dialer = Dialer.builder(EventLoops.of(loops), new NameResolution(Runnable::run))
                    .build();

            Channel channel = dialer.connect(
                            loops.next(),
                            (InetSocketAddress) listener.getLocalSocketAddress(),
                            new ChannelInboundHandlerAdapter())
                    .sync()
                    .getNow();

            assertThat(channel.config().getConnectTimeoutMillis()).isEqualTo(15_000);
            channel.close().sync();
        }
    }

    @Test
    void start_edgeUnreachable_triedAsOftenAsRetriesSay() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).eventLoopGroup(loops).retries(2).build()) {
            edge.stopListening();
            CompletableFuture<Void> started = connector.start().toCompletableFuture();

            await().until(() -> {
                // The waits between: up to 250 ms and 2 s.
                loops.elapse(3);
                return started.isDone();
            });

            assertThat(cause(started).code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
            await().untilAsserted(() -> assertThat(fixture.events(ConnectorEvent.ConnectionLost.class))
                    .hasSize(3));
        }
    }

    @Test
    void goAway_fiveTimesWithRequestsRunning_theOldestConnectionIsClosed() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge)
                        .ingress(origin.ingress())
                        .keepAlive(Duration.ZERO, Duration.ofSeconds(1))
                        .gracePeriod(Duration.ofMinutes(30))
                        .rpcTimeout(Duration.ofMinutes(10))
                        .eventLoopGroup(loops)
                        .build()) {
            start(connector);
            List<ScriptedEdge.Connection> left = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                ScriptedEdge.Connection connection = edge.nextRegistered();
                await().until(() -> connector.readyConnections() == 1);
                connection.get("/held");
                origin.awaitRequest();
                left.add(connection);
                if (i == 4) {
                    assertThat(left).noneMatch(c -> c.closed.isDone());
                }
                int dialled = edge.connections.size();
                connection.goAway();
                await().until(() -> {
                    if (edge.connections.size() == dialled) {
                        // The wait of an edge that sends everybody away: up to 32 s.
                        loops.elapse(8);
                    }
                    return connection.unregistered.isDone() && !edge.registered.isEmpty();
                });
            }

            left.get(0).closed.get(10, TimeUnit.SECONDS);
            assertThat(left.subList(1, 5)).noneMatch(c -> c.closed.isDone());
            origin.release();
            connector.drain(Duration.ZERO);
        }
    }

    @Test
    void close_eventLoopThatNeverAnswers_returns15SecondsAfterTheGracePeriod() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        try (ScriptedEdge edge = ScriptedEdge.listening(1)) {
            TunnelConnector connector = fixture.connector(edge)
                    .gracePeriod(Duration.ofSeconds(1))
                    .eventLoopGroup(loops)
                    .build();
            start(connector);
            eventLoops().forEach(loop -> loop.execute(() -> awaitQuietly(stuck)));
            long start = System.nanoTime();

            connector.close();

            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isBetween(Duration.ofSeconds(15), Duration.ofSeconds(20));
            stuck.countDown();
            edge.connections.get(0).closed.get(10, TimeUnit.SECONDS);
            await().until(() -> connector.state() == ConnectorState.TERMINATED);
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void workers_fullOfTasks_refuseTheNext() {
        Workers workers = new Workers(null);
        CountDownLatch busy = new CountDownLatch(1);
        for (int i = 0; i < 4 + 1024; i++) {
            workers.execute(() -> awaitQuietly(busy));
        }

        assertThatThrownBy(() -> workers.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);

        busy.countDown();
        workers.shutdown();
    }

    @Test
    void executor_refusesTheLookUp_attemptFailsWithATypedError() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .executor(task -> {
                            throw new RejectedExecutionException("full");
                        })
                        .build()) {
            assertThat(failure(connector)).hasMessageContaining("executor");
        }
    }
}
