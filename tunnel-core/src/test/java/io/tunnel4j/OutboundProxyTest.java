package io.tunnel4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutboundProxyTest {
    @ParameterizedTest
    @CsvSource({
        "http://proxy.corp, http://proxy.corp:8080",
        "http://proxy.corp:3128, http://proxy.corp:3128",
        "http://u%40x:p%3Aq+r@proxy.corp:3128, http://u@x@proxy.corp:3128",
        "socks5://[::1], socks5://::1:1080",
        "SOCKS5H://s:1, socks5://s:1",
    })
    void of_url_isReadAndHidesThePassword(String url, String text) {
        assertThat(OutboundProxy.of(URI.create(url))).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"https://p:1", "ftp://p", "p:1", "http:///x", "http://p:0", "http://p:70000"})
    void of_anythingElse_refused(String url) {
        assertThatThrownBy(() -> OutboundProxy.of(URI.create(url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected:");
    }

    @ParameterizedTest
    @CsvSource({
        "edge.example, true",
        "localhost, false",
        "a.localhost, false",
        "127.0.0.1, false",
        "internal.corp, false",
        "deep.internal.corp, false",
        "notinternal.corp, true",
        "db.example.com, false",
        "example.com, true",
        "10.0.0.5, false",
    })
    void appliesTo_noProxy_exceptionsAndLoopbackGoDirectly(String host, boolean proxied) {
        OutboundProxy proxy = OutboundProxy.fromEnvironment(
                Map.of("HTTPS_PROXY", "proxy:1", "NO_PROXY", "internal.corp, *.example.com,10.0.0.5"));

        assertThat(proxy.appliesTo(InetSocketAddress.createUnresolved(host, 443)))
                .isEqualTo(proxied);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "pä", "256"})
    void credentials_unfitForSocks5_refused(String password) {
        String secret = password.equals("256") ? "x".repeat(256) : password;

        assertThatThrownBy(() -> OutboundProxy.socks5("proxy", 1).credentials("user", secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("SOCKS5");
    }

    @Test
    void fromEnvironmentForHttp_ownNameFirst_butNotInACgiProgram() {
        Map<String, String> environment = Map.of("HTTP_PROXY", "plain:1", "HTTPS_PROXY", "secure:1");

        assertThat(OutboundProxy.fromEnvironmentForHttp(environment)).hasToString("http://plain:1");
        assertThat(OutboundProxy.fromEnvironment(environment)).hasToString("http://secure:1");
        assertThat(OutboundProxy.fromEnvironmentForHttp(Map.of("HTTP_PROXY", "evil:1", "REQUEST_METHOD", "GET")))
                .isNull();
    }

    @Test
    void appliesTo_loopbackAddress_never() {
        OutboundProxy proxy = OutboundProxy.http("proxy", 1);

        assertThat(proxy.appliesTo(new InetSocketAddress(InetAddress.getLoopbackAddress(), 1)))
                .isFalse();
    }

    @Test
    void fromEnvironment_nothingSet_isNone() {
        assertThat(OutboundProxy.fromEnvironment(Map.of("HTTP_PROXY", "http://only-for-plain-http")))
                .isNull();
        assertThat(OutboundProxy.fromEnvironment(Map.of("ALL_PROXY", "socks5://s")))
                .hasToString("socks5://s:1080");
    }
}
