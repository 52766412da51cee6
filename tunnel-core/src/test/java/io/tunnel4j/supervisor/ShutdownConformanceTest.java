package io.tunnel4j.supervisor;

import static io.tunnel4j.supervisor.ConnectorFixture.await;
import static io.tunnel4j.supervisor.ConnectorFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.tunnel4j.ConnectorEvent;
import io.tunnel4j.ConnectorState;
import io.tunnel4j.DrainReport;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.mux.StreamException;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Protocol document connector-edge §10, and the ends of a connector's life. */
@ExtendWith(LeakCheck.class)
class ShutdownConformanceTest {
    private final ConnectorFixture fixture = new ConnectorFixture();

    // --- §10 ---

    @Test
    void drain_everyConnection_unregistersAndIsNotReadyAnyMore() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector =
                        fixture.connector(edge).haConnections(2).build()) {
            start(connector);
            ScriptedEdge.Connection one = edge.nextRegistered();
            ScriptedEdge.Connection two = edge.nextRegistered();
            Awaitility.await().until(() -> connector.readyConnections() == 2);

            CompletableFuture<DrainReport> drained =
                    connector.drain(Duration.ofSeconds(10)).toCompletableFuture();

            one.unregistered.get(10, TimeUnit.SECONDS);
            two.unregistered.get(10, TimeUnit.SECONDS);
            assertThat(connector.readyConnections()).isZero();
            assertThat(drained.get(10, TimeUnit.SECONDS).cut()).isZero();
            assertThat(edge.connections).as("no reconnect").hasSize(2);
        }
    }

    @Test
    void drain_edgeClosesAfterTheLastStream_endsDirectly() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).ingress(origin.ingress()).build()) {
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();
            ScriptedEdge.Response running = connection.get("/held");
            origin.awaitRequest();

            CompletableFuture<DrainReport> drained =
                    connector.drain(Duration.ofSeconds(30)).toCompletableFuture();
            connection.unregistered.get(10, TimeUnit.SECONDS);
            assertThat(drained).isNotDone();
            assertThat(connector.state()).isEqualTo(ConnectorState.DRAINING);
            origin.release();

            assertThat(running.text()).isEqualTo("released");
            DrainReport report = drained.get(10, TimeUnit.SECONDS);
            assertThat(report.finished()).isEqualTo(1);
            assertThat(report.cut()).isZero();
            assertThat(report.elapsed()).isLessThan(Duration.ofSeconds(10));
        }
    }

    @Test
    void drain_streamThatArrivesAfterUnregistration_isServed() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).ingress(origin.ingress()).build()) {
            edge.closesAfterUnregister = false;
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();

            CompletableFuture<DrainReport> drained =
                    connector.drain(Duration.ofSeconds(30)).toCompletableFuture();
            connection.unregistered.get(10, TimeUnit.SECONDS);

            assertThat(connection.get("/late").text()).isEqualTo("at once");
            assertThat(drained.get(10, TimeUnit.SECONDS).finished()).isEqualTo(1);
        }
    }

    @Test
    void drain_edgeThatDoesNotClose_weCloseWhenQuiet() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.closesAfterUnregister = false;
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();

            DrainReport report = await(connector.drain(Duration.ofSeconds(20)));

            assertThat(report.elapsed()).isBetween(EdgeConnection.QUIET, Duration.ofSeconds(10));
            assertThat(connection.goAways.poll(10, TimeUnit.SECONDS))
                    .as("last stream, code NO_ERROR")
                    .endsWith(" 0");
        }
    }

    @Test
    void drain_streamStillOpenAtTheDeadline_isCutAndReported() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).ingress(origin.ingress()).build()) {
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();
            ScriptedEdge.Response stuck = connection.get("/held");
            origin.awaitRequest();

            DrainReport report = await(connector.drain(Duration.ofMillis(400)));

            assertThat(report.cut()).isEqualTo(1);
            assertThat(report.finished()).isZero();
            assertThat(report.elapsed()).isBetween(Duration.ofMillis(400), Duration.ofSeconds(8));
            assertThatThrownBy(() -> stuck.status.get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOfSatisfying(
                            StreamException.class,
                            e -> assertThat(e.errorCode()).isEqualTo(8));
            assertThat(fixture.events(ConnectorEvent.Drained.class)).hasSize(1);
        }
    }

    @Test
    void rollingRestart_twoConnectorsUnderLoad_losesNoRequest() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(1)) {
            List<TunnelConnector> running = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                running.add(fixture.connector(edge).ingress(origin.ingress()).build());
                start(running.get(i));
                edge.nextRegistered();
            }
            AtomicBoolean stop = new AtomicBoolean();
            CompletableFuture<Integer> load = CompletableFuture.supplyAsync(() -> load(edge, stop));
            for (int i = 0; i < 2; i++) {
                TunnelConnector replacement =
                        fixture.connector(edge).ingress(origin.ingress()).build();
                start(replacement);
                edge.nextRegistered();
                assertThat(await(running.get(i).drain(Duration.ofSeconds(20))).cut())
                        .isZero();
                running.set(i, replacement);
            }
            stop.set(true);

            assertThat(load.get(30, TimeUnit.SECONDS)).isPositive();
            for (TunnelConnector connector : running) {
                connector.close();
            }
        }
    }

    /** Sends requests over connections that are registered and have not asked to be left alone. */
    private static int load(ScriptedEdge edge, AtomicBoolean stop) {
        int sent = 0;
        try {
            while (!stop.get()) {
                for (ScriptedEdge.Connection connection : edge.connections) {
                    if (connection.mux == null || connection.request == null || connection.unregistered.isDone()) {
                        continue;
                    }
                    ScriptedEdge.Response response;
                    try {
                        response = connection.get("/request");
                    } catch (ExecutionException e) {
                        // Closed between the question and the attempt: nothing was sent, an edge takes the next one.
                        continue;
                    }
                    assertThat(response.text()).isEqualTo("at once");
                    sent++;
                }
            }
            return sent;
        } catch (Exception e) {
            throw new IllegalStateException("request " + sent + " was lost", e);
        }
    }

    // --- Life ---

    @Test
    void close_beforeStart_andTwice_isQuiet() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1)) {
            TunnelConnector connector = fixture.connector(edge).build();

            connector.close();
            connector.close();

            assertThat(connector.state()).isEqualTo(ConnectorState.TERMINATED);
            assertThatThrownBy(connector::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("TERMINATED");
        }
    }

    @Test
    void start_twice_isRefused() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);

            assertThatThrownBy(connector::start)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("READY");
        }
    }

    @Test
    void close_whileConnecting_startSaysSo() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1)) {
            edge.answer = connection -> new CompletableFuture<>();
            TunnelConnector connector = fixture.connector(edge).build();
            CompletableFuture<Void> started = connector.start().toCompletableFuture();
            Awaitility.await().until(() -> !edge.connections.isEmpty() && edge.connections.get(0).request != null);

            connector.close();

            assertThatThrownBy(() -> started.get(10, TimeUnit.SECONDS))
                    .cause()
                    .isInstanceOfSatisfying(
                            TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.TERMINATED));
        }
    }

    @Test
    void close_onAnEventLoopOrInAListener_failsFast() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        CompletableFuture<Throwable> inListener = new CompletableFuture<>();
        TunnelConnector[] self = new TunnelConnector[1];
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .eventLoopGroup(group)
                        .listener(event -> {
                            try {
                                self[0].close();
                            } catch (IllegalStateException e) {
                                inListener.complete(e);
                            }
                        })
                        .build()) {
            self[0] = connector;
            start(connector);

            assertThatThrownBy(() -> group.submit(connector::close).get(10, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(IllegalStateException.class);
            assertThat(inListener.get(10, TimeUnit.SECONDS)).hasMessageContaining("shutdown()");
            assertThat(connector.state()).isEqualTo(ConnectorState.READY);
            connector.close();
            assertThat(group.isShuttingDown()).as("the caller's group").isFalse();
        } finally {
            group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void close_whileTheEdgesCertificateIsChecked_endsTheConnection() throws Exception {
        CountDownLatch checking = new CountDownLatch(1);
        CountDownLatch checkMayEnd = new CountDownLatch(1);
        AtomicBoolean holdsNext = new AtomicBoolean();
        ExecutorService threads = Executors.newCachedThreadPool();
        try (ServerSocket edge = ScriptedEdge.tlsListener();
                TunnelConnector connector = fixture.connector("127.0.0.1:" + edge.getLocalPort())
                        .executor(task -> threads.execute(() -> {
                            if (holdsNext.compareAndSet(true, false)) {
                                checking.countDown();
                                try {
                                    checkMayEnd.await();
                                } catch (InterruptedException e) {
                                    Thread.currentThread().interrupt();
                                }
                            }
                            task.run();
                        }))
                        .build()) {
            connector.start();
            try (Socket connection = edge.accept()) {
                holdsNext.set(true);
                Future<Integer> end =
                        threads.submit(() -> connection.getInputStream().read());
                assertThat(checking.await(30, TimeUnit.SECONDS)).isTrue();

                connector.close();

                assertThatThrownBy(() -> end.get(30, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(IOException.class);
            }
        } finally {
            checkMayEnd.countDown();
            threads.shutdown();
        }
    }

    @Test
    void startAndClose_hundredTimes_leavesNoThreadNoSocketAndNoDirectMemory() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2)) {
            for (int i = 0; i < 10; i++) {
                startAndClose(edge);
            }
            long filesBefore = openFiles();
            long directBefore = ConnectorProcess.direct();
            for (int i = 0; i < 100; i++) {
                startAndClose(edge);
            }

            Awaitility.await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
                assertThat(Thread.getAllStackTraces().keySet())
                        .extracting(Thread::getName)
                        .noneMatch(name -> name.startsWith("tunnel"));
                assertThat(openFiles()).isLessThanOrEqualTo(filesBefore + 2);
                // What the allocator keeps for the next user; a hundred connectors must not have added to it.
                assertThat(ConnectorProcess.direct()).isLessThanOrEqualTo(directBefore + (4L << 20));
            });
        }
    }

    private void startAndClose(ScriptedEdge edge) throws Exception {
        try (TunnelConnector connector =
                fixture.connector(edge).haConnections(2).build()) {
            start(connector);
        }
    }

    private static long openFiles() throws Exception {
        Path descriptors = Path.of("/proc/self/fd");
        if (!Files.isDirectory(descriptors)) {
            return 0;
        }
        try (Stream<Path> open = Files.list(descriptors)) {
            return open.count();
        }
    }
}
