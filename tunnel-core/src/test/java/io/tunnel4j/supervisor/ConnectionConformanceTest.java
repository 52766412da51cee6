package io.tunnel4j.supervisor;

import static io.tunnel4j.supervisor.ConnectorFixture.CREDENTIALS;
import static io.tunnel4j.supervisor.ConnectorFixture.failure;
import static io.tunnel4j.supervisor.ConnectorFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tunnel4j.ConnectorState;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.registration.ConnectionAnswer;
import io.tunnel4j.registration.ConnectionRequest;
import io.tunnel4j.testing.LeakCheck;
import java.io.DataInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Protocol document connector-edge §3, §4 and §8.4 to §8.6: the connection, from TLS to registration. */
@ExtendWith(LeakCheck.class)
class ConnectionConformanceTest {
    private final ConnectorFixture fixture = new ConnectorFixture();

    private static ConnectionAnswer accepted(boolean remotelyManaged) {
        return new ConnectionAnswer.Accepted(UUID.randomUUID(), "tst01", remotelyManaged);
    }

    // --- §3 TLS ---

    @Test
    void clientHello_firstBytes_nameWithoutAlpnAndBothVersions() throws Exception {
        try (ServerSocket edge = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge("127.0.0.1:" + edge.getLocalPort())
                        .edgeCa(ScriptedEdge.ca())
                        .build()) {
            connector.start();
            Map<Integer, byte[]> extensions;
            try (Socket socket = edge.accept()) {
                extensions = clientHelloExtensions(new DataInputStream(socket.getInputStream()));
            }

            assertThat(new String(extensions.get(0))).endsWith("h2.cftunnel.com");
            assertThat(extensions).as("extension 16 is ALPN").doesNotContainKey(16);
            assertThat(extensions.get(43))
                    .as("TLS 1.3, TLS 1.2")
                    .containsSequence(3, 4)
                    .containsSequence(3, 3);
        }
    }

    private static Map<Integer, byte[]> clientHelloExtensions(DataInputStream in) throws Exception {
        in.readFully(new byte[3]);
        byte[] record = new byte[in.readUnsignedShort()];
        in.readFully(record);
        ByteBuffer hello = ByteBuffer.wrap(record);
        hello.position(4 + 2 + 32);
        hello.position(hello.position() + 1 + hello.get(hello.position()));
        hello.position(hello.position() + 2 + hello.getShort(hello.position()));
        hello.position(hello.position() + 1 + hello.get(hello.position()) + 2);
        Map<Integer, byte[]> extensions = new TreeMap<>();
        while (hello.hasRemaining()) {
            int type = hello.getShort();
            byte[] data = new byte[hello.getShort()];
            hello.get(data);
            extensions.put(type, data);
        }
        return extensions;
    }

    @Test
    void certificate_ofUnknownAuthority_isATypedErrorThatNamesTheRemedy() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge(edge.addresses())
                        .build()) {
            TunnelException cause = failure(connector);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.EDGE_UNTRUSTED);
            assertThat(cause)
                    .hasMessageContaining("127.0.0.1:" + edge.ports.get(0))
                    .hasMessageContaining("edgeCa");
            assertThat(connector.state()).isEqualTo(ConnectorState.TERMINATED);
        }
    }

    @Test
    void certificate_forAnotherName_isATypedErrorThatNamesTheName() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.named("other.example", 1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            TunnelException cause = failure(connector);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.EDGE_UNTRUSTED);
            assertThat(cause).hasMessageContaining("h2.cftunnel.com");
        }
    }

    @Test
    void edgeCa_pemFile_isTrustedAndAbsentFileNamed(@TempDir Path directory) throws Exception {
        Path pem = Files.writeString(directory.resolve("ca.pem"), ScriptedEdge.caPem());
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                        .edge(edge.addresses())
                        .edgeCa(pem)
                        .build();
                TunnelConnector without = TunnelConnector.builder(CREDENTIALS)
                        .edge(edge.addresses())
                        .edgeCa(directory.resolve("absent.pem"))
                        .build()) {
            start(connector);

            TunnelException cause = failure(without);
            assertThat(cause.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION);
            assertThat(cause).hasMessageContaining("absent.pem");
        }
    }

    // --- §4 HTTP/2 ---

    @Test
    void ping_ofTheEdge_isAnswered() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();

            connection.channel.eventLoop().execute(() -> connection.mux.probe(Duration.ofSeconds(10)));

            await().atMost(Duration.ofSeconds(10)).until(() -> connection.mux.roundTripNanos() > 0);
            assertThat(connection.closed).isNotDone();
        }
    }

    @Test
    void request_beforeRegistrationIsDecided_isServed() throws Exception {
        CompletableFuture<ConnectionAnswer> decision = new CompletableFuture<>();
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.answer = connection -> decision;
            var started = connector.start().toCompletableFuture();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> edge.connections.size() == 1 && edge.connections.get(0).request != null);

            assertThat(edge.connections.get(0).get("/").status.get(10, TimeUnit.SECONDS))
                    .isEqualTo("204");
            assertThat(started).isNotDone();
            decision.complete(accepted(true));
            started.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void controlStream_notTheFirstStream_isServed() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            edge.opensControlStream = false;
            var started = connector.start().toCompletableFuture();
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> edge.connections.size() == 1
                            && edge.connections.get(0).mux != null
                            && edge.connections.get(0).mux.canOpen());
            ScriptedEdge.Connection connection = edge.connections.get(0);
            assertThat(connection.get("/").status.get(10, TimeUnit.SECONDS)).isEqualTo("204");

            connection.channel.eventLoop().execute(connection::openControlStream);

            started.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void controlStream_endedByTheEdge_connectionGoesOnWithoutIt() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();

            connection.endControlStream();

            connection.controlStreamEnded.get(10, TimeUnit.SECONDS);
            assertThat(connection.get("/").status.get(10, TimeUnit.SECONDS)).isEqualTo("204");
            assertThat(connector.state()).isEqualTo(ConnectorState.READY);
            assertThat(connector.readyConnections()).isEqualTo(1);
            assertThat(connection.closed).isNotDone();
            assertThat(edge.connections).hasSize(1);
            // There is nobody left to unregister with, so the end is the connector's to make.
            connector.drain(Duration.ofSeconds(5)).toCompletableFuture().get(10, TimeUnit.SECONDS);
            connection.closed.get(10, TimeUnit.SECONDS);
            assertThat(connection.unregistered).isNotDone();
        }
    }

    // --- §8.4 What is sent ---

    @Test
    void registration_firstConnection_carriesCredentialsAndIdentity() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).features("extra_feature").build()) {
            start(connector);
            ConnectionRequest request = edge.nextRegistered().request;

            assertThat(request.accountTag()).isEqualTo(CREDENTIALS.accountTag());
            assertThat(request.tunnelSecret()).isEqualTo(CREDENTIALS.secret());
            assertThat(request.tunnelId()).isEqualTo(CREDENTIALS.tunnelId());
            assertThat(request.connectionIndex()).isZero();
            assertThat(request.previousAttempts()).isZero();
            assertThat(request.replaceExisting()).isFalse();
            assertThat(request.compressionQuality()).isZero();
            assertThat(request.originLocalIp().isLoopbackAddress()).isTrue();
            assertThat(request.client().clientId()).isEqualTo(connector.connectorId());
            assertThat(request.client().arch()).matches("[a-z]+_[a-z0-9]+");
            assertThat(request.client().features())
                    .contains("allow_remote_config", "serialized_headers", "extra_feature");
        }
    }

    @Test
    void localRules_locallyManaged_reportedByIndexZeroOnly() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(2);
                TunnelConnector connector = fixture.connector(edge)
                        .haConnections(2)
                        .ingress(Ingress.of(Origin.service("http://localhost:8080")))
                        .reportedFlags(Map.of("retries", "3"))
                        .build()) {
            edge.answer = connection -> CompletableFuture.completedFuture(accepted(false));
            start(connector);
            ScriptedEdge.Connection first = edge.nextRegistered();
            ScriptedEdge.Connection second = edge.nextRegistered();

            assertThat(first.request.connectionIndex()).isZero();
            assertThat(first.localConfiguration.get(10, TimeUnit.SECONDS))
                    .contains("\"__configuration_flags\":{\"retries\":\"3\"}")
                    .contains("http://localhost:8080");
            // A request served on the second proves that nothing else came before it.
            assertThat(second.get("/").status.get(10, TimeUnit.SECONDS)).isNotEmpty();
            assertThat(second.localConfiguration).isNotDone();
        }
    }

    @Test
    void localRules_remotelyManaged_notReported() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);
            ScriptedEdge.Connection connection = edge.nextRegistered();

            assertThat(connection.get("/").status.get(10, TimeUnit.SECONDS)).isEqualTo("204");
            assertThat(connection.localConfiguration).isNotDone();
        }
    }

    // --- §1 and §9 Several connections ---

    @Test
    void connections_four_eachHasAnIndexAndAnAddressOfItsOwnAfterTheFirst() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(4);
                TunnelConnector connector =
                        fixture.connector(edge).haConnections(4).build()) {
            CompletableFuture<ConnectionAnswer> first = new CompletableFuture<>();
            edge.answer = connection -> connection.request.connectionIndex() == 0
                    ? first
                    : CompletableFuture.completedFuture(accepted(true));
            var started = connector.start().toCompletableFuture();
            await().atMost(Duration.ofSeconds(20)).until(() -> !edge.connections.isEmpty());
            // Index 0 is alone until it is registered.
            assertThat(edge.connections).hasSize(1);
            first.complete(accepted(true));
            started.get(10, TimeUnit.SECONDS);

            List<Integer> indices = new ArrayList<>();
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                ScriptedEdge.Connection connection = edge.nextRegistered();
                indices.add(connection.request.connectionIndex());
                ports.add(connection.port());
            }
            assertThat(indices).containsExactly(0, 1, 2, 3);
            assertThat(ports).doesNotHaveDuplicates();
            await().until(() -> connector.readyConnections() == 4);
            assertThat(connector.connections()).extracting(c -> c.index()).containsExactly(0, 1, 2, 3);
        }
    }

    @Test
    void connections_moreThanAddresses_reducedToThem() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).haConnections(4).build()) {
            start(connector);
            edge.nextRegistered();

            assertThat(edge.registered.poll(1500, TimeUnit.MILLISECONDS)).isNull();
            assertThat(connector.readyConnections()).isEqualTo(1);
        }
    }

    @Test
    void start_registered_stateAndEventsInOrderOnTheExecutor() throws Exception {
        List<String> threads = new ArrayList<>();
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .listener(event -> {
                            fixture.events.add(event);
                            threads.add(Thread.currentThread().getName());
                            throw new IllegalStateException("a listener that fails hurts nobody");
                        })
                        .build()) {
            start(connector);
            await().until(() -> fixture.events.size() == 3);

            assertThat(fixture.events.get(0)).hasToString("state IDLE -> CONNECTING");
            assertThat(fixture.events.get(1).toString()).startsWith("registered ConnectionInfo[index=0");
            assertThat(fixture.events.get(2)).hasToString("state CONNECTING -> READY");
            assertThat(threads).allMatch(name -> name.startsWith("tunnel-worker"));
        }
    }
}
