package io.tunnel4j.origin;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.tunnel4j.Ingress;
import io.tunnel4j.Origin;
import io.tunnel4j.OriginTls;
import io.tunnel4j.OutboundProxy;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.origin.ScriptedEdge.Call;
import io.tunnel4j.supervisor.ScriptedProxy;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HTTP origins behind a proxy (config-and-api §3: the environment's proxies are respected, here on request). */
@ExtendWith(LeakCheck.class)
class OriginProxyTest {
    private ScriptedOrigin origin;
    private ScriptedProxy proxy;
    private ScriptedEdge edge;
    private final List<String> heads = new CopyOnWriteArrayList<>();

    @AfterEach
    void stop() throws Exception {
        edge.close();
        origin.close();
        if (proxy != null) {
            proxy.close();
        }
    }

    private OutboundProxy startProxy(OutboundProxy.Kind kind, String password) throws Exception {
        proxy = kind == OutboundProxy.Kind.HTTP
                ? ScriptedProxy.http(origin.port())
                : ScriptedProxy.socks5(origin.port());
        OutboundProxy through = kind == OutboundProxy.Kind.HTTP
                ? OutboundProxy.http("localhost", proxy.port())
                : OutboundProxy.socks5("127.0.0.1", proxy.port());
        return through.credentials(ScriptedProxy.USER, password);
    }

    private static ScriptedOrigin.Script answering() {
        return connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            }
        };
    }

    private void serve(Origin service, OutboundProxy forHttp, OutboundProxy forHttps) throws Exception {
        edge = new ScriptedEdge(Ingress.of(service), config -> config.proxies(forHttp, forHttps));
    }

    @Test
    void httpOrigin_socksProxy_isReachedThroughIt() throws Exception {
        origin = new ScriptedOrigin(answering());
        serve(Origin.http("origin.test", 8080), startProxy(OutboundProxy.Kind.SOCKS5, ScriptedProxy.PASSWORD), null);

        assertThat(edge.get("/").body()).isEqualTo("ok");
        assertThat(edge.get("/").body()).isEqualTo("ok");

        assertThat(proxy.asked).singleElement().asString().contains("origin.test:8080");
    }

    /** Serves an origin without TLS through an HTTP proxy that the script plays, and answers for the origin. */
    private void serveForwarded(Origin service, boolean withCredentials, ScriptedOrigin.Script script)
            throws Exception {
        origin = new ScriptedOrigin(script);
        OutboundProxy forHttp = OutboundProxy.http("localhost", origin.port());
        serve(
                service,
                withCredentials ? forHttp.credentials(ScriptedProxy.USER, ScriptedProxy.PASSWORD) : forHttp,
                OutboundProxy.http("192.0.2.1", 1));
    }

    /** Keeps what is asked for and answers each request, as long as the connection stands. */
    private ScriptedOrigin.Script recording() {
        return connection -> {
            for (String head = connection.readHead(); !head.isEmpty(); head = connection.readHead()) {
                heads.add(head);
                connection.write("HTTP/1.1 200 OK\r\nVia: 1.1 proxy\r\nContent-Length: 2\r\n\r\nok");
            }
        };
    }

    @Test
    void httpOrigin_httpProxy_isAskedForInAbsoluteFormOverOneConnection() throws Exception {
        serveForwarded(Origin.http("origin.test", 8080), true, recording());

        assertThat(edge.get("/a%2Fb?c=d").body()).isEqualTo("ok");
        assertThat(edge.get("/", "proxy-authorization", "Basic ZXllYmFsbA==", "x-forwarded-host", "forged")
                        .originFields())
                .contains("Via: 1.1 proxy");

        assertThat(heads)
                .first()
                .asString()
                .startsWith("GET http://origin.test:8080/a%2Fb?c=d HTTP/1.1\r\nHost: origin.test:8080\r\n"
                        + "X-Forwarded-Host: app.example.com\r\n"
                        + "Proxy-Authorization: Basic Y29ycCB1c2VyOnA6dy8lMjU=\r\n");
        assertThat(heads)
                .last()
                .asString()
                .startsWith("GET http://origin.test:8080/ HTTP/1.1\r\n")
                .containsOnlyOnce("Proxy-Authorization: ")
                .doesNotContain("ZXllYmFsbA==")
                .doesNotContain("forged");
        assertThat(origin.accepted()).isEqualTo(1);
    }

    @Test
    void httpOrigin_httpProxyWithoutCredentials_isSentNone() throws Exception {
        serveForwarded(Origin.http("origin.test", 80), false, recording());

        assertThat(edge.get("/", "proxy-authorization", "Basic ZXllYmFsbA==").body())
                .isEqualTo("ok");

        assertThat(heads)
                .singleElement()
                .asString()
                .startsWith("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n")
                .doesNotContain("Proxy-Authorization");
    }

    @Test
    void httpOrigin_httpProxy_addressOfIpv6AndWholeServer() throws Exception {
        serveForwarded(Origin.http("2001:db8::1", 8080), true, recording());

        assertThat(edge.open(ScriptedEdge.head("OPTIONS", "*"), true).body()).isEqualTo("ok");

        assertThat(heads)
                .singleElement()
                .asString()
                .startsWith("OPTIONS http://[2001:db8::1]:8080 HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n");
    }

    @Test
    void httpOrigin_httpProxy_bodyAndItsFramingPass() throws Exception {
        serveForwarded(Origin.http("origin.test", 8080), true, connection -> {
            heads.add(connection.readHead());
            heads.add(connection.readUntil("0\r\n\r\n"));
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        });

        assertThat(edge.post(ScriptedEdge.head("POST", "/form"), "hello").body())
                .isEqualTo("ok");

        assertThat(heads.get(0))
                .startsWith("POST http://origin.test:8080/form HTTP/1.1\r\n")
                .contains("\r\nTransfer-Encoding: chunked\r\n");
        assertThat(heads.get(1)).isEqualTo("5\r\nhello\r\n0\r\n\r\n");
    }

    @Test
    void httpOrigin_httpProxy_webSocketInAbsoluteForm() throws Exception {
        serveForwarded(Origin.service("ws://origin.test:8080"), true, connection -> {
            heads.add(connection.readHead());
            connection.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
            connection.write(connection.read(4).toUpperCase(Locale.ROOT));
            connection.awaitClose();
        });

        Call call = edge.open(
                ScriptedEdge.head(
                        "GET",
                        "/chat",
                        "cf-cloudflared-proxy-connection-upgrade",
                        "websocket",
                        "sec-websocket-key",
                        "dGhlIHNhbXBsZSBub25jZQ=="),
                false);
        call.send("ping", false);

        assertThat(call.status()).isEqualTo(200);
        Awaitility.await().untilAsserted(() -> assertThat(call.bodySoFar()).isEqualTo("PING"));
        assertThat(heads)
                .singleElement()
                .asString()
                .startsWith("GET http://origin.test:8080/chat HTTP/1.1\r\n")
                .contains("\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")
                .contains("\r\nProxy-Authorization: ");
    }

    @Test
    void httpOrigin_httpProxyUnreachable_theErrorNamesOriginAndProxy() throws Exception {
        origin = new ScriptedOrigin(answering());
        try (Socket refusing = ScriptedOrigin.refusing()) {
            OutboundProxy absent = OutboundProxy.http("127.0.0.1", refusing.getLocalPort());
            serve(
                    Origin.http("origin.test", 8080),
                    absent.credentials(ScriptedProxy.USER, ScriptedProxy.PASSWORD),
                    null);

            assertThat(edge.get("/").status()).isEqualTo(502);

            assertThat(edge.outcomes.poll(10, TimeUnit.SECONDS).error())
                    .hasMessageContaining("origin.test:8080 through proxy")
                    .hasMessageContaining("127.0.0.1:" + refusing.getLocalPort())
                    .hasMessageNotContaining(ScriptedProxy.PASSWORD);
        }
    }

    @ParameterizedTest
    @EnumSource
    void httpsOrigin_isReachedThroughTheProxyForHttps_andProvesItsName(OutboundProxy.Kind kind) throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .ecp256()
                .subject("CN=origin")
                .addSanDnsName("origin.test")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(certificate.toKeyManagerFactory().getKeyManagers(), null, null);
        ServerSocket listener =
                tls.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        origin = new ScriptedOrigin(listener, answering());
        serve(
                Origin.http(URI.create("https://origin.test"))
                        .tls(OriginTls.builder()
                                .caPool(certificate.getCertificate())
                                .onlyCaPool()
                                .build()),
                null,
                startProxy(kind, ScriptedProxy.PASSWORD));

        assertThat(edge.get("/").body()).isEqualTo("ok");

        assertThat(proxy.asked).singleElement().asString().contains("origin.test:443");
    }

    @Test
    void loopbackOrigin_isReachedDirectly() throws Exception {
        origin = new ScriptedOrigin(answering());
        OutboundProxy through = startProxy(OutboundProxy.Kind.HTTP, ScriptedProxy.PASSWORD);
        serve(Origin.http("127.0.0.1", origin.port()), through, through);

        assertThat(edge.get("/").body()).isEqualTo("ok");

        assertThat(proxy.asked).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void proxyRefuses_is502_andTheErrorNamesTheProxyButNoSecret(OutboundProxy.Kind kind) throws Exception {
        origin = new ScriptedOrigin(answering());
        serve(Origin.http("origin.test", 80), startProxy(kind, "hunter2"), null);

        assertThat(edge.get("/").status()).isEqualTo(502);

        TunnelException error = edge.outcomes.poll(10, TimeUnit.SECONDS).error();
        assertThat(error.code()).isEqualTo(TunnelErrorCode.ORIGIN_UNREACHABLE);
        assertThat(error)
                .hasMessageContaining("proxy")
                .hasMessageContaining(":" + proxy.port())
                .hasMessageNotContaining("hunter2");
    }
}
