package io.tunnel4j.supervisor;

import static io.tunnel4j.supervisor.ConnectorFixture.failure;
import static io.tunnel4j.supervisor.ConnectorFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.ConnectorEvent;
import io.tunnel4j.ConnectorState;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Protocol document connector-edge §1 (rotation), §4 (GOAWAY), §8.7 and §9: what follows refusals and losses. */
@ExtendWith(LeakCheck.class)
class RetryConformanceTest {
    private final ConnectorFixture fixture = new ConnectorFixture();

    private static ConnectionAnswer accepted() {
        return new ConnectionAnswer.Accepted(UUID.randomUUID(), "tst01", true);
    }

    /** Answers in this order, and accepts from then on. */
    private static void script(ScriptedEdge edge, ConnectionAnswer... answers) {
        Iterator<ConnectionAnswer> script = Arrays.asList(answers).iterator();
        edge.answer = connection -> {
            synchronized (script) {
                return CompletableFuture.completedFuture(script.hasNext() ? script.next() : accepted());
            }
        };
    }

    // --- §8.7 Refusals ---

    @ParameterizedTest
    @CsvSource({
        "Unauthorized: Invalid tunnel secret, false, UNAUTHORIZED",
        "Unauthorized: Tunnel not found, false, UNAUTHORIZED",
        "something else, false, REGISTRATION_REFUSED",
        "try again, true, REGISTRATION_REFUSED_RETRYABLE",
        "EDUPCONN, true, DUPLICATE_CONNECTION",
    })
    void refusal_atStartWithoutRetries_isATypedErrorWithTheEdgesWords(String cause, boolean retry, TunnelErrorCode code)
            throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            script(edge, ScriptedEdge.refused(cause, retry));

            TunnelException failure = failure(connector);

            assertThat(failure.code()).isEqualTo(code);
            assertThat(failure).hasMessageContaining(cause);
            assertThat(connector.state()).isEqualTo(ConnectorState.TERMINATED);
        }
    }

    @Test
    void refusal_edgeLeavesTcpOpen_weCloseIt() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            script(edge, ScriptedEdge.refused("no", false));

            failure(connector);

            edge.connections.get(0).closed.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void refusal_permanentAtStart_isNotTriedAgain() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge).retries(5).build()) {
            script(edge, ScriptedEdge.refused("no", false));

            assertThat(failure(connector).code()).isEqualTo(TunnelErrorCode.REGISTRATION_REFUSED);

            assertThat(edge.connections).hasSize(1);
        }
    }

    @Test
    void refusal_retryable_isTriedAgainAtTheSameAddressAndCounted() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge).retries(2).build()) {
            script(edge, ScriptedEdge.refused("busy", true));

            start(connector);
            ScriptedEdge.Connection second = edge.nextRegistered();

            assertThat(second.request.previousAttempts()).isEqualTo(1);
            assertThat(second.port()).isEqualTo(edge.connections.get(0).port());
        }
    }

    @Test
    void refusal_unauthorizedOfANewTunnel_isTriedAgainUntilItIsKnown() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).retries(2).build()) {
            script(edge, ScriptedEdge.refused("Unauthorized: Tunnel not found", false));

            start(connector);

            assertThat(connector.readyConnections()).isEqualTo(1);
        }
    }

    @Test
    void refusal_duplicate_anotherAddressIsTried() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge).retries(2).build()) {
            script(edge, ConnectionAnswer.Refused.duplicate());

            start(connector);

            assertThat(edge.nextRegistered().port())
                    .isNotEqualTo(edge.connections.get(0).port());
        }
    }

    @Test
    void rpc_noAnswer_timesOutAndWeCloseTheConnection() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .rpcTimeout(Duration.ofMillis(300))
                        .build()) {
            edge.answer = connection -> new CompletableFuture<>();

            TunnelException failure = failure(connector);

            assertThat(failure.code()).isEqualTo(TunnelErrorCode.TIMEOUT);
            assertThat(failure).hasMessageContaining("300 ms");
            edge.connections.get(0).closed.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void rpc_exception_isAProtocolError() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.answer = connection -> CompletableFuture.failedFuture(new IllegalStateException("edge is broken"));

            assertThat(failure(connector).code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        }
    }

    @Test
    void controlStream_endedBeforeTheAnswer_weCloseTheConnectionAndTryAgain() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).retries(1).build()) {
            edge.answer = connection -> new CompletableFuture<>();
            CompletableFuture<Void> started = connector.start().toCompletableFuture();
            await().until(() -> edge.connections.size() == 1 && edge.connections.get(0).request != null);
            script(edge);

            edge.connections.get(0).endControlStream();

            edge.connections.get(0).closed.get(10, TimeUnit.SECONDS);
            started.get(20, TimeUnit.SECONDS);
            assertThat(edge.nextRegistered()).isNotSameAs(edge.connections.get(0));
        }
    }

    // --- §1 and §9 Losses ---

    @Test
    void addresses_usedUp_attemptFailsAndIsRepeatedUntilOneIsFree() throws Exception {
        InetAddress six = InetAddress.getByName("::1");
        try (Socket firstPort = new Socket();
                Socket secondPort = new Socket();
                ScriptedEdge edge = ScriptedEdge.listening(2);
                ScriptedEdge spare = ScriptedEdge.listening(1);
                ScriptedEdge late = ScriptedEdge.listening(0)) {
            // Bound and not listened on: nobody else gets the ports, and who dials them is refused.
            firstPort.bind(new InetSocketAddress(six, 0));
            secondPort.bind(new InetSocketAddress(six, 0));
            // Even places are one region, which has two dead IPv6 addresses and, after its first failure, only one of
            // IPv4; with the other region's
            // two that makes three addresses for four connections.
            String[] addresses = {
                "[::1]:" + firstPort.getLocalPort(),
                edge.addresses()[0],
                "[::1]:" + secondPort.getLocalPort(),
                edge.addresses()[1],
                spare.addresses()[0],
            };
            try (TunnelConnector connector =
                    fixture.connector(addresses).haConnections(4).retries(5).build()) {
                start(connector);
                edge.nextRegistered();
                edge.nextRegistered();
                ScriptedEdge.Connection onSpare = spare.nextRegistered();
                await().atMost(Duration.ofSeconds(20))
                        .untilAsserted(() -> assertThat(fixture.events(ConnectorEvent.ConnectionLost.class))
                                .anySatisfy(e -> {
                                    assertThat(e.cause()).hasMessageContaining("no free edge address");
                                    assertThat(e.cause().code()).isEqualTo(TunnelErrorCode.EDGE_NOT_FOUND);
                                    assertThat(e.edgeAddress()).isEmpty();
                                    assertThat(e.retryIn()).isPresent();
                                }));
                assertThat(connector.readyConnections()).isEqualTo(3);
                assertThat(connector.state()).isEqualTo(ConnectorState.READY);

                int[] ports = {firstPort.getLocalPort(), secondPort.getLocalPort()};
                firstPort.close();
                secondPort.close();
                late.listen(new InetSocketAddress(six, ports[0]));
                late.listen(new InetSocketAddress(six, ports[1]));
                spare.stopListening();
                onSpare.cut();

                late.nextRegistered();
                late.nextRegistered();
                await().until(() -> connector.readyConnections() == 4);
            }
        }
    }

    @Test
    void addresses_allUnreachable_triedInTurnUntilOneAnswers() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            ScriptedEdge.Connection first = edge.nextRegistered();
            edge.stopListening();
            first.cut();

            await().atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(fixture.events(ConnectorEvent.ConnectionLost.class).stream()
                                    .filter(e -> !e.wasRegistered())
                                    .map(e -> e.edgeAddress().orElseThrow().getPort()))
                            .containsAll(edge.ports));
            assertThat(connector.state()).isEqualTo(ConnectorState.TRANSIENT_FAILURE);

            edge.listen(first.port());

            assertThat(edge.nextRegistered().port()).isEqualTo(first.port());
            await().until(() -> connector.state() == ConnectorState.READY);
        }
    }

    @Test
    void edge_unreachable_isATypedErrorThatNamesTheAddress() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.stopListening();

            TunnelException failure = failure(connector);

            assertThat(failure.code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
            assertThat(failure).hasMessageContaining("127.0.0.1:" + edge.ports.get(0));
        }
    }

    @Test
    void dial_fails_theOtherAddressIsTried() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                ScriptedEdge gone = ScriptedEdge.listening(1)) {
            gone.stopListening();
            // Index 0 begins anywhere, so that one of two starts meets the closed port.
            for (int i = 0; i < 6; i++) {
                try (TunnelConnector connector = fixture.connector(edge)
                        .edge(gone.addresses())
                        .retries(3)
                        .build()) {
                    start(connector);
                    assertThat(edge.nextRegistered().port()).isEqualTo(edge.ports.get(0));
                }
            }
            assertThat(fixture.events(ConnectorEvent.ConnectionLost.class))
                    .anySatisfy(e -> assertThat(e.cause().code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE));
        }
    }

    @Test
    void connection_lost_registeredAgainAtOnceAtTheSameAddress() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(3);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            ScriptedEdge.Connection first = edge.nextRegistered();
            await().until(() -> connector.state() == ConnectorState.READY);
            long cutAt = System.nanoTime();
            first.cut();

            ScriptedEdge.Connection second = edge.nextRegistered();

            assertThat(Duration.ofNanos(System.nanoTime() - cutAt)).isLessThan(Duration.ofSeconds(3));
            assertThat(second.port()).isEqualTo(first.port());
            assertThat(second.request.previousAttempts()).isEqualTo(1);
            await().until(() -> connector.state() == ConnectorState.READY);
            List<ConnectorEvent.ConnectionLost> lost = fixture.events(ConnectorEvent.ConnectionLost.class);
            assertThat(lost).singleElement().satisfies(e -> {
                assertThat(e.wasRegistered()).isTrue();
                assertThat(e.retryIn()).hasValueSatisfying(d -> assertThat(d).isLessThan(Duration.ofMillis(250)));
            });
            assertThat(fixture.events).extracting(Object::toString).contains("state READY -> TRANSIENT_FAILURE");
        }
    }

    @Test
    void edge_silent_noticedByPingAndReplaced() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .keepAlive(Duration.ofMillis(200), Duration.ofMillis(400))
                        .build()) {
            start(connector);
            ScriptedEdge.Connection first = edge.nextRegistered();

            first.channel.config().setAutoRead(false);

            assertThat(edge.nextRegistered()).isNotSameAs(first);
            assertThat(fixture.events(ConnectorEvent.ConnectionLost.class))
                    .first()
                    .satisfies(e -> assertThat(e.cause()).hasMessageContaining("PING"));
            first.cut();
        }
    }

    @Test
    void edge_sendsGarbage_connectionIsReplacedAtOnce() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            ScriptedEdge.Connection first = edge.nextRegistered();

            first.sendGarbage();

            assertThat(edge.nextRegistered()).isNotSameAs(first);
        }
    }

    // --- §4 GOAWAY ---

    @Test
    void goAway_ofTheEdge_replacementRegisteredWhileOldStreamsFinish() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector =
                        fixture.connector(edge).ingress(origin.ingress()).build()) {
            start(connector);
            ScriptedEdge.Connection old = edge.nextRegistered();
            ScriptedEdge.Response running = old.get("/held");
            origin.awaitRequest();
            old.goAway();

            ScriptedEdge.Connection replacement = edge.nextRegistered();

            assertThat(replacement.request.connectionIndex()).isZero();
            assertThat(replacement.port()).isNotEqualTo(old.port());
            assertThat(old.unregistered).succeedsWithin(Duration.ofSeconds(10));
            assertThat(running.status).isNotDone();
            origin.release();
            assertThat(running.text()).isEqualTo("released");
            old.closed.get(10, TimeUnit.SECONDS);
            assertThat(connector.readyConnections()).isEqualTo(1);
            assertThat(fixture.events(ConnectorEvent.EdgeGoesAway.class)).hasSize(1);
        }
    }

    @Test
    void goAway_thenDrained_whatStillRunsIsCutAtTheEarlierDeadline() throws Exception {
        try (HeldOrigin origin = new HeldOrigin();
                ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge)
                        .ingress(origin.ingress())
                        .gracePeriod(Duration.ofMinutes(10))
                        .build()) {
            start(connector);
            ScriptedEdge.Connection old = edge.nextRegistered();
            old.get("/held");
            origin.awaitRequest();
            old.goAway();
            edge.nextRegistered();

            long cut = connector
                    .drain(Duration.ofMillis(200))
                    .toCompletableFuture()
                    .get(10, TimeUnit.SECONDS)
                    .cut();

            assertThat(cut).isEqualTo(1);
            old.closed.get(10, TimeUnit.SECONDS);
        }
    }

    // --- Back-off ---

    @Test
    void backoff_failures_growToThirtyTwoSecondsAndStartOverAfterSuccess() {
        Backoff backoff = new Backoff(new Random(1));
        assertThat(backoff.next(false, Duration.ZERO)).isLessThan(Duration.ofMillis(250));
        for (int i = 1; i <= 20; i++) {
            assertThat(backoff.next(false, Duration.ZERO)).isLessThan(Duration.ofSeconds(1L << Math.min(i, 5)));
        }
        assertThat(backoff.failures()).isEqualTo(5);

        backoff.reset();

        assertThat(backoff.failures()).isZero();
        assertThat(backoff.next(false, Duration.ZERO)).isLessThan(Duration.ofMillis(250));
    }

    @Test
    void backoff_edgeAsksForTime_getsItWithinReason() {
        Backoff backoff = new Backoff(new Random(1));

        assertThat(backoff.next(true, Duration.ofSeconds(20))).isGreaterThanOrEqualTo(Duration.ofSeconds(20));
        assertThat(backoff.next(true, Duration.ofDays(365))).isLessThanOrEqualTo(Duration.ofMinutes(5));
        assertThat(backoff.next(true, Duration.ZERO)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }
}
