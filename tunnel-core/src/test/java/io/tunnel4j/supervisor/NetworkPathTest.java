package io.tunnel4j.supervisor;

import static io.tunnel4j.supervisor.ConnectorFixture.CREDENTIALS;
import static io.tunnel4j.supervisor.ConnectorFixture.failure;
import static io.tunnel4j.supervisor.ConnectorFixture.start;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.netty.handler.ssl.OpenSsl;
import io.tunnel4j.ConnectorEvent;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.PostQuantum;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The ways from a connector to its edge: proxies, local addresses, families, TLS versions (connector-edge §1 and §3, design §5). */
@ExtendWith(LeakCheck.class)
class NetworkPathTest {
    /** Not of this machine, so that nothing but a proxy leads there (RFC 5737). */
    private static final String ELSEWHERE = "192.0.2.1:7844";

    private final ConnectorFixture fixture = new ConnectorFixture();

    private TunnelConnector.Builder elsewhere() {
        return TunnelConnector.builder(CREDENTIALS)
                .edge(ELSEWHERE)
                .edgeCa(ScriptedEdge.ca())
                .ingress(Ingress.of(Origin.status(204)))
                .gracePeriod(Duration.ofSeconds(5))
                .listener(fixture.events::add)
                .retries(0)
                .haConnections(1);
    }

    private static ScriptedProxy proxy(OutboundProxy.Kind kind, int target) throws Exception {
        return kind == OutboundProxy.Kind.HTTP ? ScriptedProxy.http(target) : ScriptedProxy.socks5(target);
    }

    private static OutboundProxy through(OutboundProxy.Kind kind, int port) {
        return kind == OutboundProxy.Kind.HTTP
                ? OutboundProxy.http("127.0.0.1", port)
                : OutboundProxy.socks5("localhost", port);
    }

    @ParameterizedTest
    @EnumSource
    void proxy_withCredentials_leadsToTheEdge(OutboundProxy.Kind kind) throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                ScriptedProxy proxy = proxy(kind, edge.ports.get(0));
                TunnelConnector connector = elsewhere()
                        .outboundProxy(
                                through(kind, proxy.port()).credentials(ScriptedProxy.USER, ScriptedProxy.PASSWORD))
                        .build()) {
            start(connector);

            assertThat(proxy.asked).singleElement().asString().contains(ELSEWHERE);
            assertThat(edge.nextRegistered().get("/").status.get(20, TimeUnit.SECONDS))
                    .isEqualTo("204");
            assertThat(connector.connections().get(0).edgeAddress().getPort()).isEqualTo(7844);
        }
    }

    @ParameterizedTest
    @EnumSource
    void proxy_wrongPassword_isATypedErrorThatNamesTheProxyButNoSecret(OutboundProxy.Kind kind) throws Exception {
        try (ScriptedProxy proxy = proxy(kind, 1);
                TunnelConnector connector = elsewhere()
                        .outboundProxy(through(kind, proxy.port()).credentials(ScriptedProxy.USER, "hunter2"))
                        .build()) {
            TunnelException cause = failure(connector);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
            assertThat(cause)
                    .hasMessageContaining("proxy")
                    .hasMessageContaining(":" + proxy.port())
                    .hasMessageNotContaining("hunter2");
        }
    }

    @Test
    void bindAddress_isWhereTheEdgeSeesTheConnectionFrom() throws Exception {
        InetAddress local = InetAddress.getByName("127.0.0.2");
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).bindAddress(local).build()) {
            start(connector);

            InetSocketAddress seen =
                    (InetSocketAddress) edge.nextRegistered().channel.remoteAddress();
            assertThat(seen.getAddress()).isEqualTo(local);
        }
    }

    @Test
    void bindAddress_ofTheOtherFamily_leavesNoAddress() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector = fixture.connector(edge)
                        .bindAddress(InetAddress.getByName("::1"))
                        .build()) {
            assertThat(failure(connector).code()).isEqualTo(TunnelErrorCode.EDGE_NOT_FOUND);
        }
    }

    @Test
    void ipv6Dead_ofTheSameRegion_ipv4IsTriedNext() throws Exception {
        try (ServerSocket dead = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ScriptedEdge edge = ScriptedEdge.listening(1)) {
            dead.close();
            String six = "[::1]:" + dead.getLocalPort();
            String four = edge.addresses()[0];
            // Given addresses alternate between the regions: both have one of each family, the dead one first.
            try (TunnelConnector connector = TunnelConnector.builder(CREDENTIALS)
                    .edge(six, six, four, four)
                    .edgeCa(ScriptedEdge.ca())
                    .listener(fixture.events::add)
                    .haConnections(1)
                    .retries(5)
                    .build()) {
                start(connector);

                assertThat(fixture.events(ConnectorEvent.ConnectionLost.class))
                        .isNotEmpty()
                        .allSatisfy(
                                lost -> assertThat(lost.cause().code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE));
                assertThat(edge.nextRegistered().port()).isEqualTo(edge.ports.get(0));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void edge_ofOneTlsVersion_isUnderstood(String version) throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.speaking(version);
                TunnelConnector connector = fixture.connector(edge).build()) {
            start(connector);

            assertThat(edge.nextRegistered().tlsProtocol).isEqualTo(version);
        }
    }

    @Test
    void edge_ofAnOlderTlsVersion_isATypedError() throws Exception {
        try (ScriptedEdge edge = ScriptedEdge.speaking("TLSv1.1");
                TunnelConnector connector = fixture.connector(edge).build()) {
            assertThat(failure(connector).code()).isEqualTo(TunnelErrorCode.EDGE_UNREACHABLE);
        }
    }

    @Test
    void postQuantum_requiredButNotOffered_startSaysWhatIsMissing() throws Exception {
        assumeFalse(OpenSsl.isAvailable(), "a TLS engine that has the group is on the class path");
        try (ScriptedEdge edge = ScriptedEdge.listening(1);
                TunnelConnector connector =
                        fixture.connector(edge).postQuantum(PostQuantum.REQUIRE).build()) {
            TunnelException cause = failure(connector);

            assertThat(cause.code()).isEqualTo(TunnelErrorCode.INVALID_CONFIGURATION);
            assertThat(cause).hasMessageContaining("X25519MLKEM768").hasMessageContaining("netty-tcnative");
            assertThat(edge.connections).isEmpty();
        }
    }
}
