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
import io.tunnel4j.supervisor.ScriptedProxy;
import io.tunnel4j.testing.LeakCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
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

    @AfterEach
    void stop() throws Exception {
        edge.close();
        origin.close();
        proxy.close();
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

    @ParameterizedTest
    @EnumSource
    void httpOrigin_isReachedThroughTheProxyForHttp(OutboundProxy.Kind kind) throws Exception {
        origin = new ScriptedOrigin(answering());
        serve(Origin.http("origin.test", 8080), startProxy(kind, ScriptedProxy.PASSWORD), null);

        assertThat(edge.get("/").body()).isEqualTo("ok");
        assertThat(edge.get("/").body()).isEqualTo("ok");

        assertThat(proxy.asked).singleElement().asString().contains("origin.test:8080");
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
