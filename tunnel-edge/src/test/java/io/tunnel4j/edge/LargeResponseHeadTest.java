package io.tunnel4j.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.TunnelConnector;
import io.tunnel4j.TunnelCredentials;
import io.tunnel4j.testing.LeakCheck;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses with megabytes of header fields: as far as the limit they arrive, beyond it that one request fails and nothing else. */
@ExtendWith(LeakCheck.class)
@Timeout(120)
class LargeResponseHeadTest {
    @ParameterizedTest
    @ValueSource(ints = {200_000, 900_000, 2_000_000, 3_000_000})
    void scripted_withinTheLimit_arrivesWhole(int bytes) throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector();
                RawHttp client = client(fixture)) {
            connector.responding(seen -> seen.respond(200, "ok", "X-Large", "v".repeat(bytes)));

            RawHttp.Response response = client.get("/").response();

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.head().field("X-Large").orElseThrow()).hasSize(bytes);
            assertThat(response.text()).isEqualTo("ok");
        }
    }

    /** 3.2 million bytes are too many for the serialised field, 4 for the header list; 10 is what the reference passes on. */
    @ParameterizedTest
    @ValueSource(ints = {3_200_000, 4_000_000, 5_500_000, 8_000_000, 10 << 20})
    void scripted_beyondTheLimit_failsAloneAndTheConnectionGoesOn(int bytes) throws Exception {
        try (EdgeFixture fixture = new EdgeFixture();
                ScriptedConnector connector = fixture.connector();
                RawHttp other = client(fixture);
                RawHttp client = client(fixture)) {
            connector.responding(seen -> {
                if (seen.path().equals("/large")) {
                    seen.respond(200, "ok", "X-Large", "v".repeat(bytes));
                } else {
                    seen.head(200, 6);
                    seen.data("one", false);
                }
            });
            other.get("/other");
            ScriptedConnector.Seen under = connector.nextRequest();

            RawHttp.Response response = client.get("/large").response();
            under.data("two", true);

            assertThat(response.status()).isEqualTo(502);
            assertThat(response.text()).contains("502 Bad gateway");
            assertThat(other.response().text()).isEqualTo("onetwo");
            connector.responding(seen -> seen.respond(200, "again"));
            assertThat(client.get("/").response().text()).isEqualTo("again");
            assertThat(fixture.edge.connectorConnections()).isEqualTo(1);
        }
    }

    private static RawHttp client(EdgeFixture fixture) throws Exception {
        return RawHttp.tls(fixture.edge.httpsAddress(), fixture.authority.certificate(), EdgeFixture.HOST);
    }

    @Test
    void realConnector_originWithHugeHead_onlyThatRequestFails() throws Exception {
        DevelopmentAuthority authority = DevelopmentAuthority.create();
        try (ServerSocket origin = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TunnelEdge edge = TunnelEdge.builder()
                        .https(EdgeFixture.any(), authority.certificates(ConnectedEdge.HOST))
                        .connectors(EdgeFixture.any(), authority.certificates())
                        .build()) {
            Thread serving = new Thread(() -> serve(origin), "origin");
            serving.setDaemon(true);
            serving.start();
            TunnelCredentials credentials = edge.tunnels().create("large");
            edge.routes().add(ConnectedEdge.HOST, credentials);
            edge.start().toCompletableFuture().get(10, TimeUnit.SECONDS);
            try (TunnelConnector connector = TunnelConnector.builder(credentials)
                    .edge("127.0.0.1:" + edge.connectorsAddress().getPort())
                    .edgeCa(authority.certificate())
                    .haConnections(1)
                    .ingress(Ingress.builder()
                            .otherwise(Origin.http(URI.create("http://127.0.0.1:" + origin.getLocalPort())))
                            .build())
                    .build()) {
                connector.start().toCompletableFuture().get(20, TimeUnit.SECONDS);
                try (RawHttp client = RawHttp.tls(edge.httpsAddress(), authority.certificate(), ConnectedEdge.HOST)) {
                    for (int bytes : new int[] {1_000_000, 2_000_000, 2_900_000}) {
                        RawHttp.Response whole = client.get("/" + bytes).response();
                        assertThat(whole.status()).as("%d bytes", bytes).isEqualTo(200);
                        assertThat(whole.head().field("X-Large").orElseThrow()).hasSize(bytes);
                    }
                    for (int bytes : new int[] {3_200_000, 8_000_000, 100}) {
                        RawHttp.Response refused = client.get("/" + bytes).response();
                        assertThat(refused.status()).as("%d bytes", bytes).isEqualTo(bytes == 100 ? 200 : 502);
                    }
                }
                assertThat(edge.connectorConnections()).isEqualTo(1);
            }
        }
    }

    /** Answers each request for {@code /N} with a field of N bytes and ends the connection. */
    private static void serve(ServerSocket origin) {
        while (!origin.isClosed()) {
            try (Socket connection = origin.accept()) {
                StringBuilder head = new StringBuilder();
                InputStream in = connection.getInputStream();
                while (head.indexOf("\r\n\r\n") < 0) {
                    head.append((char) in.read());
                }
                int bytes = Integer.parseInt(head.substring(head.indexOf("/") + 1, head.indexOf(" HTTP")));
                connection
                        .getOutputStream()
                        .write(("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\nX-Large: "
                                        + "v".repeat(bytes) + "\r\n\r\nok")
                                .getBytes(StandardCharsets.US_ASCII));
            } catch (IOException nextConnection) {
                // A connector that has seen enough resets.
            }
        }
    }
}
