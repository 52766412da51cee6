package io.tunnel4j.supervisor;

import static io.tunnel4j.supervisor.ConnectorFixture.CREDENTIALS;
import static io.tunnel4j.supervisor.ConnectorFixture.await;
import static io.tunnel4j.supervisor.ConnectorFixture.failure;
import static io.tunnel4j.supervisor.ConnectorFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.ConnectorState;
import io.tunnel4j.Diagnosis;
import io.tunnel4j.Diagnosis.Kind;
import io.tunnel4j.Diagnosis.Outcome;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way on which the road to the edge can end, as {@code diagnose()} tells it. */
@ExtendWith(LeakCheck.class)
class DiagnosisTest {
    private final ConnectorFixture fixture = new ConnectorFixture();

    private static List<String> kindsAndOutcomes(Diagnosis diagnosis) {
        return diagnosis.steps().stream()
                .map(step -> step.kind() + " " + step.outcome())
                .toList();
    }

    private static Diagnosis.Step failed(Diagnosis diagnosis, Kind kind, TunnelErrorCode code) {
        Diagnosis.Step step = diagnosis.firstFailure();
        assertThat(step).as(diagnosis.toString()).isNotNull();
        assertThat(step.kind()).as(diagnosis.toString()).isEqualTo(kind);
        assertThat(step.code()).isEqualTo(code);
        assertThat(step.advice()).isNotEmpty();
        assertThat(diagnosis.toString()).contains(step.detail()).contains(step.advice());
        return step;
    }

    @Test
    void everythingWell_beforeStart_eachStepPassesAndTheConnectionIsGivenBack() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            Diagnosis diagnosis = await(connector.diagnose());

            assertThat(diagnosis.canConnect()).as(diagnosis.toString()).isTrue();
            assertThat(diagnosis.firstFailure()).isNull();
            assertThat(kindsAndOutcomes(diagnosis))
                    .containsExactly("DNS PASSED", "TCP PASSED", "TLS PASSED", "PROTOCOL PASSED", "CREDENTIALS PASSED");
            ScriptedEdge.Connection connection = edge.nextRegistered();
            await(connection.unregistered);
            ConnectionRequest request = connection.request;
            assertThat(request.client().clientId()).isNotEqualTo(connector.connectorId());
            assertThat(connector.state()).isEqualTo(ConnectorState.IDLE);
            assertThat(fixture.events).isEmpty();
            start(connector);
            assertThat(edge.nextRegistered().request.client().clientId()).isEqualTo(connector.connectorId());
        }
    }

    @Test
    void whileRunning_connectorStaysRegistered_andRequestsOnThePassingConnectionAreServed() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            edge.nextRegistered();
            edge.closesAfterUnregister = false;

            CompletionStage<Diagnosis> running = connector.diagnose();
            ScriptedEdge.Connection passing = edge.nextRegistered();

            assertThat(passing.get("/").status.get(20, TimeUnit.SECONDS)).isEqualTo("204");
            assertThat(await(running).canConnect()).isTrue();
            assertThat(connector.readyConnections()).isEqualTo(1);
        }
    }

    @Test
    void nameUnknown_dnsFails_andTheRestIsSkipped() throws Exception {
        try (TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                .edge("no-such-edge.invalid:7844")
                .build()) {
            Diagnosis diagnosis = await(connector.diagnose());

            failed(diagnosis, Kind.DNS, TunnelErrorCode.EDGE_NOT_FOUND);
            assertThat(diagnosis.canConnect()).isFalse();
            assertThat(kindsAndOutcomes(diagnosis))
                    .containsExactly(
                            "DNS FAILED", "TCP SKIPPED", "TLS SKIPPED", "PROTOCOL SKIPPED", "CREDENTIALS SKIPPED");
        }
    }

    @Test
    void oneAddressDead_itsStepFails_andTheOtherIsUsed() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .edge("127.0.0.1:" + closedPort())
                        .build()) {
            Diagnosis diagnosis = await(connector.diagnose());

            Diagnosis.Step step = failed(diagnosis, Kind.TCP, TunnelErrorCode.EDGE_UNREACHABLE);
            assertThat(step.advice()).contains("nothing listens");
            assertThat(diagnosis.canConnect()).as(diagnosis.toString()).isTrue();
        }
    }

    private static int closedPort() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Test
    void proxyRefuses_tcpFails_andTheAdviceIsAboutTheProxy() throws Exception {
        try (ServerSocket proxy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge("192.0.2.1:7844")
                        .outboundProxy(OutboundProxy.http("127.0.0.1", proxy.getLocalPort()))
                        .build()) {
            Thread answering = new Thread(() -> {
                try (Socket socket = proxy.accept()) {
                    socket.getInputStream().read(new byte[4096]);
                    socket.getOutputStream().write("HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n".getBytes());
                    socket.getInputStream().read();
                } catch (java.io.IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            });
            answering.start();
            Diagnosis diagnosis = await(connector.diagnose());
            answering.join(20_000);

            Diagnosis.Step step = failed(diagnosis, Kind.TCP, TunnelErrorCode.EDGE_UNREACHABLE);
            assertThat(step.advice()).contains("proxy").contains("7844");
        }
    }

    @Test
    void authorityUnknown_tlsFails_andTheAdviceNamesTheSetting() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge(edge.addresses())
                        .build()) {
            Diagnosis diagnosis = await(connector.diagnose());

            assertThat(failed(diagnosis, Kind.TLS, TunnelErrorCode.EDGE_UNTRUSTED)
                            .advice())
                    .contains("edgeCa");
            assertThat(kindsAndOutcomes(diagnosis)).contains("TCP PASSED");
        }
    }

    @Test
    void caFileAbsent_tlsFailsAsConfiguration_afterTcpWasTried() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge(edge.addresses())
                        .edgeCa(Path.of("absent.pem"))
                        .build()) {
            Diagnosis diagnosis = await(connector.diagnose());

            assertThat(failed(diagnosis, Kind.TLS, TunnelErrorCode.INVALID_CONFIGURATION)
                            .detail())
                    .contains("absent.pem");
            assertThat(kindsAndOutcomes(diagnosis)).contains("TCP PASSED");
        }
    }

    @Test
    void peerEndsTls_tlsFailsAsUnreachable() throws Exception {
        try (ServerSocket edge = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge("127.0.0.1:" + edge.getLocalPort())
                        .build()) {
            CompletionStage<Diagnosis> running = connector.diagnose();
            edge.accept().close();

            failed(await(running), Kind.TLS, TunnelErrorCode.EDGE_UNREACHABLE);
        }
    }

    @Test
    void plainHttpServer_tlsFails_withoutTheBytesItSent() throws Exception {
        try (ServerSocket edge = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge("127.0.0.1:" + edge.getLocalPort())
                        .build()) {
            CompletionStage<Diagnosis> running = connector.diagnose();
            try (Socket connection = edge.accept()) {
                connection
                        .getOutputStream()
                        .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

                assertThat(failed(await(running), Kind.TLS, TunnelErrorCode.EDGE_UNREACHABLE)
                                .detail())
                        .endsWith("what answers there does not speak TLS");
            }
        }
    }

    @Test
    void noTunnelEdge_protocolFails() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.opensControlStream = false;
            CompletionStage<Diagnosis> running = connector.diagnose();
            await().until(() -> edge.connections.size() == 2 && edge.connections.get(1).mux != null);
            edge.connections.get(1).sendGarbage();

            Diagnosis diagnosis = await(running);

            assertThat(diagnosis.firstFailure().kind()).as(diagnosis.toString()).isEqualTo(Kind.PROTOCOL);
            assertThat(diagnosis.firstFailure().advice()).isNotEmpty();
            assertThat(diagnosis.canConnect()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Unauthorized: Tunnel not found, false, UNAUTHORIZED, was deleted",
        "account suspended, false, REGISTRATION_REFUSED, whoever runs it",
        "overloaded, true, REGISTRATION_REFUSED_RETRYABLE, come back later"
    })
    void refused_credentialsFail_withTheEdgesWords(String words, boolean retry, TunnelErrorCode code, String advice)
            throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.answer = connection -> CompletableFuture.completedFuture(ScriptedEdge.refused(words, retry));

            Diagnosis diagnosis = await(connector.diagnose());

            Diagnosis.Step step = failed(diagnosis, Kind.CREDENTIALS, code);
            assertThat(step.detail()).contains(words);
            assertThat(step.advice()).contains(advice);
            assertThat(kindsAndOutcomes(diagnosis)).contains("PROTOCOL PASSED");
            String secret = Base64.getEncoder().encodeToString(CREDENTIALS.secret());
            assertThat(diagnosis.toString()).doesNotContain(secret);
        }
    }

    @Test
    void afterFailedStart_stillTells() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.answer =
                    connection -> CompletableFuture.completedFuture(ScriptedEdge.refused("Unauthorized: no", false));
            failure(connector);

            Diagnosis diagnosis = await(connector.diagnose());

            assertThat(connector.state()).isEqualTo(ConnectorState.TERMINATED);
            failed(diagnosis, Kind.CREDENTIALS, TunnelErrorCode.UNAUTHORIZED);
        }
    }

    @Test
    void close_whileDiagnosing_endsIt() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1)) {
            edge.answersTls = false;
            TunnelConnector connector = fixture.connector(edge).build();
            CompletionStage<Diagnosis> hanging = connector.diagnose();
            await().until(() -> !edge.connections.isEmpty());

            connector.close();

            Diagnosis diagnosis = hanging.toCompletableFuture().get(1, TimeUnit.SECONDS);
            assertThat(diagnosis.canConnect()).isFalse();
            assertThat(diagnosis.steps())
                    .anyMatch(step -> step.kind() == Kind.CREDENTIALS && step.outcome() == Outcome.SKIPPED);
        }
    }

    @Test
    void duplicate_isSaidToPass() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            ConnectionAnswer accepted = new ConnectionAnswer.Accepted(UUID.randomUUID(), "tst01", true);
            edge.answer = connection -> CompletableFuture.completedFuture(
                    edge.connections.size() < 3 ? ScriptedEdge.refused("EDUPCONN", false) : accepted);

            failed(await(connector.diagnose()), Kind.CREDENTIALS, TunnelErrorCode.DUPLICATE_CONNECTION);

            assertThat(await(connector.diagnose()).canConnect()).isTrue();
        }
    }
}
