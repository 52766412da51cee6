package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IngressTest {
    @Test
    void builder_shapeOfTheDesign_readsBack() {
        OriginTls tls = OriginTls.builder().caPool(Path.of("ca.pem")).build();
        Ingress ingress = Ingress.builder()
                .rule("api.example.com", Origin.handler(exchange -> exchange.sendResponseHeaders(204, -1)))
                .rule(
                        "*.example.com",
                        Origin.http(URI.create("https://10.0.0.5")).tls(tls))
                .rule("db.example.com", Origin.tcp("localhost", 5432).proxyProtocol(ProxyProtocol.V2))
                .otherwise(Origin.status(404))
                .build();
        assertThat(ingress.rules()).hasSize(4);
        assertThat(((Origin.Http) ingress.rules().get(1).origin()).tls()).isSameAs(tls);
        assertThat(ingress.rules().get(2).origin().service()).isEqualTo("tcp://localhost:5432");
    }

    @Test
    void options_ruleThenIngressThenDefault_firstSetWins() {
        Ingress ingress = Ingress.builder()
                .options(OriginOptions.builder()
                        .connectTimeout(Duration.ofSeconds(7))
                        .noTlsVerify(true)
                        .build())
                .otherwise(Origin.http("h", 1)
                        .options(OriginOptions.builder().noTlsVerify(false).build()))
                .build();
        OriginOptions options = ingress.rules().get(0).origin().options();
        assertThat(options.connectTimeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(options.noTlsVerify()).isFalse();
        assertThat(options.tlsTimeout()).isEqualTo(Duration.ofSeconds(10));
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.1:9001, http://127.0.0.1:9001",
        "https://my_service, https://my_service",
        "ws://[::1]:80, ws://[::1]:80",
        "ssh://h, ssh://h:22",
        "rdp://h, rdp://h:3389",
        "smb://h, smb://h:445",
        "tcp://h, tcp://h:7864",
        "hello-world, hello_world",
        "http_status:418, http_status:418",
        "unix:/run/a.sock, unix:/run/a.sock",
        "unix+tls:/run/a.sock, unix+tls:/run/a.sock",
        "foo://h:9, foo://h:9",
    })
    void service_validText_writtenBack(String text, String expected) {
        assertThat(Origin.service(text).service()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "localhost:80",
                "http://",
                "http://h/path",
                "http://h:0",
                "http://h:99999",
                "http_status:99",
                "unix:",
                "http://[::1",
                "http://u:secret@h"
            })
    void service_invalidText_refusedWithoutSecret(String text) {
        assertThatThrownBy(() -> Origin.service(text))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("expected:")
                .hasMessageNotContaining("secret");
    }

    @ParameterizedTest
    @CsvSource({"a.b:80,''", "a.*.b,''", "**,''", "a.b,(", "*a.b,''"})
    void build_invalidRule_namesRuleHostAndService(String host, String path) {
        Ingress.Builder builder = Ingress.builder()
                .rule("ok.example.com", Origin.status(200))
                .rule(host, path, Origin.status(404))
                .otherwise(Origin.status(404));
        assertThatThrownBy(builder::build)
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("rule 2")
                .hasMessageContaining("http_status:404")
                .hasMessageContaining(host);
    }

    @Test
    void build_moreThan10000Rules_refused() {
        Ingress.Builder builder = Ingress.builder();
        for (int i = 0; i < 9_999; i++) {
            builder.rule("h" + i + ".example.com", Origin.status(200));
        }
        assertThat(builder.otherwise(Origin.status(404)).build().rules()).hasSize(10_000);

        Ingress.Builder more = Ingress.builder();
        for (int i = 0; i < 10_000; i++) {
            more.rule("h" + i + ".example.com", Origin.status(200));
        }
        assertThatThrownBy(more.otherwise(Origin.status(404))::build)
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("10000");
    }

    @Test
    void build_pathOrServiceTooLong_refused() {
        Ingress.Builder builder = Ingress.builder()
                .rule("a.b", "x".repeat(4097), Origin.status(200))
                .otherwise(Origin.status(404));
        assertThatThrownBy(builder::build)
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("rule 1")
                .hasMessageContaining("4096");
        Ingress.builder()
                .rule("a.b", "x".repeat(4096), Origin.status(200))
                .otherwise(Origin.status(404))
                .build();

        assertThatThrownBy(() -> Origin.service("http://" + "h".repeat(2048)))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("2048");
    }

    @Test
    void build_lastRuleWithHostOrEarlyCatchAll_refused() {
        assertThatThrownBy(
                        () -> Ingress.builder().rule("a.b", Origin.status(404)).build())
                .hasMessageContaining("rule 1");
        assertThatThrownBy(() -> Ingress.builder()
                        .otherwise(Origin.status(404))
                        .otherwise(Origin.status(405))
                        .build())
                .hasMessageContaining("never reached");
    }

    @Test
    void ipRule_addressAndPort_firstBitsDecide() throws Exception {
        IpRule rule = new IpRule("10.1.0.0/15", List.of(22), true);
        assertThat(rule.covers(InetAddress.getByName("10.0.9.9"), 22)).isTrue();
        assertThat(rule.covers(InetAddress.getByName("10.2.0.1"), 22)).isFalse();
        assertThat(rule.covers(InetAddress.getByName("10.0.9.9"), 23)).isFalse();
        assertThat(rule.covers(InetAddress.getByName("::ffff:10.0.9.9"), 22)).isTrue();
        assertThatThrownBy(() -> new IpRule("10.0.0.0/33", List.of(), true)).hasMessageContaining("CIDR");
    }

    @Test
    void accessRequirement_audienceWithoutTeam_refused() {
        assertThatThrownBy(() -> new AccessRequirement(false, "", List.of("aud"), ""))
                .hasMessageContaining("teamName");
        assertThat(new AccessRequirement(true, "t", List.of(), "fed").issuer())
                .isEqualTo("https://t.fed.cloudflareaccess.com");
    }
}
