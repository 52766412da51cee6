package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.testing.LeakCheck;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The edge against captured control streams of the reference connector (protocol document connector-edge §3, §4, §8, §10, §12). */
@ExtendWith(LeakCheck.class)
@Timeout(60)
class ConnectorSideConformanceTest {
    private EdgeFixture fixture;

    @BeforeEach
    void start() throws Exception {
        fixture = new EdgeFixture();
    }

    @AfterEach
    void stop() {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "success-locally-managed",
                "success-remotely-managed",
                "success-index-1",
                "success-after-4-attempts",
                "success-postquantum-feature",
                "bootstrap-answered-late",
            })
    void registration_capturedMessages_accepted(String scenario) throws Exception {
        try (ScriptedConnector connector = fixture.connector(scenario)) {
            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
            assertThat(connector.awaitClosed(0)).isFalse();
        }
        Awaitility.await().until(() -> fixture.edge.connectorConnections() == 0);
    }

    @ParameterizedTest
    @CsvSource({
        "h2.cftunnel.com,TLSv1.3",
        "h2.cftunnel.com,TLSv1.2",
        "quic.cftunnel.com,TLSv1.3",
        "probe.cftunnel.com,TLSv1.2"
    })
    void listener_anyServerNameAndVersion_servesRegistration(String name, String tls) throws Exception {
        try (ScriptedConnector connector = ScriptedConnector.dial(
                fixture.edge.connectorsAddress(),
                fixture.authority.certificate(),
                "success-locally-managed",
                name,
                tls)) {
            connector.awaitScript();

            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
        }
    }

    @Test
    void listener_probeClosesAtOnce_nextConnectorServed() throws Exception {
        for (int i = 0; i < 20; i++) {
            ScriptedConnector.dial(
                            fixture.edge.connectorsAddress(),
                            fixture.authority.certificate(),
                            "success-locally-managed",
                            "probe.cftunnel.com",
                            "TLSv1.3")
                    .close();
        }

        try (ScriptedConnector connector = fixture.connector()) {
            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
        }
    }

    @Test
    void registration_wrongSecret_refusedAndTcpClosed() throws Exception {
        byte[] wrong = ScriptedConnector.SECRET.clone();
        wrong[31]++;
        try (ScriptedConnector connector = ScriptedConnector.dialChanged(
                fixture.edge.connectorsAddress(),
                fixture.authority.certificate(),
                "refused-unauthorized",
                ScriptedConnector.SECRET,
                wrong)) {
            assertRefused(connector, "Unauthorized");
        }
    }

    @Test
    void registration_unknownTunnel_refusedLikeWrongSecret() throws Exception {
        fixture.edge.tunnels().delete(EdgeFixture.CREDENTIALS.tunnelId());

        try (ScriptedConnector connector = ScriptedConnector.dial(
                fixture.edge.connectorsAddress(), fixture.authority.certificate(), "refused-unauthorized")) {
            assertRefused(connector, "Unauthorized");
        }
    }

    @Test
    void registration_wrongAccount_refusedLikeWrongSecret() throws Exception {
        try (ScriptedConnector connector = ScriptedConnector.dialChanged(
                fixture.edge.connectorsAddress(),
                fixture.authority.certificate(),
                "refused-unauthorized",
                ScriptedConnector.ACCOUNT.getBytes(StandardCharsets.US_ASCII),
                "fedcba9876543210fedcba9876543210".getBytes(StandardCharsets.US_ASCII))) {
            assertRefused(connector, "Unauthorized");
        }
    }

    @Test
    void registration_sameClientAndIndexWhileAlive_refusedAsDuplicate() throws Exception {
        try (ScriptedConnector first = fixture.connector("success-locally-managed");
                ScriptedConnector second = ScriptedConnector.dial(
                        fixture.edge.connectorsAddress(), fixture.authority.certificate(), "success-locally-managed")) {
            assertRefused(second, "EDUPCONN");
            assertThat(first.awaitClosed(0)).isFalse();
            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
        }
    }

    @Test
    void registration_sameClientAndIndexAfterTheOldOneDied_accepted() throws Exception {
        try (ScriptedConnector first = fixture.connector()) {
            first.killTcp();
            Awaitility.await().until(() -> fixture.edge.connectorConnections() == 0);
        }

        try (ScriptedConnector second = fixture.connector()) {
            assertThat(second.awaitClosed(0)).isFalse();
        }
    }

    private static void assertRefused(ScriptedConnector connector, String word) throws InterruptedException {
        byte[] bootstrap = connector.edgeMessages.poll(10, TimeUnit.SECONDS);
        byte[] answer = connector.edgeMessages.poll(10, TimeUnit.SECONDS);
        assertThat(bootstrap).isNotNull();
        assertThat(new String(answer, StandardCharsets.ISO_8859_1)).contains(word);
        // The answer came, so it was flushed before the end.
        assertThat(connector.awaitClosed(10)).isTrue();
    }

    @Test
    void registration_givenUpBeforeTheAnswer_connectionIsClosed() throws Exception {
        // Finish with releaseResultCaps, then Abort, before any Return: what the reference sends when its RPC times out
        // (§8.5).
        try (ScriptedConnector connector = ScriptedConnector.dial(
                fixture.edge.connectorsAddress(), fixture.authority.certificate(), "rpc-timeout")) {
            assertThat(connector.awaitClosed(30)).isTrue();
            Awaitility.await().until(() -> fixture.edge.connectorConnections() == 0);
        }
    }

    @Test
    void unregister_idle_answeredAndConnectionClosedAtOnce() throws Exception {
        try (ScriptedConnector connector = fixture.connector()) {
            connector.unregister();

            assertThat(connector.shutdownDone.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(connector.awaitClosed(10)).isTrue();
        }
    }

    @Test
    void answer_remotelyManagedTunnel_saysSo() throws Exception {
        fixture.edge.tunnels().configure(EdgeFixture.CREDENTIALS.tunnelId(), "{\"ingress\":[]}");

        try (ScriptedConnector connector = fixture.connector("success-remotely-managed")) {
            connector.responding(seen -> {});
            ScriptedConnector.Seen push = connector.nextRequest();

            assertThat(push.header("cf-cloudflared-proxy-connection-upgrade")).isEqualTo("update-configuration");
            assertThat(push.event()).startsWith("data").endsWith("end");
            assertThat(push.bodyText()).isEqualTo("{\"version\":0,\"config\":{\"ingress\":[]}}");
        }
    }
}
