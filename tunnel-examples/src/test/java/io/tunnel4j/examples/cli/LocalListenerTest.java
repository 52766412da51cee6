package io.tunnel4j.examples.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tunnel4j.TunnelException;
import io.tunnel4j.access.AccessTcpForwarder;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LocalListenerTest {
    @ParameterizedTest
    @CsvSource({
        "localhost:0, localhost:5000",
        "127.0.0.1:9210, 127.0.0.1:5000",
        "tcp://localhost:9210, localhost:5000",
        "http://127.0.0.1:8080/x, 127.0.0.1:5000",
        "[::1]:9210, [::1]:5000"
    })
    void addressesOfTheReference_areTaken_andShownWithTheirPort(String given, String shown) {
        LocalListener.listen(AccessTcpForwarder.builder("db.example.com"), given);

        assertThat(LocalListener.shown(given, new InetSocketAddress("localhost", 5000)))
                .isEqualTo(shown);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ftp://127.0.0.1:21", "localhost", ":9210", "localhost:99999", "9210"})
    void others_areRefused(String given) {
        assertThatThrownBy(() -> LocalListener.listen(AccessTcpForwarder.builder("db.example.com"), given))
                .isInstanceOf(TunnelException.class)
                .hasMessageStartingWith("--url: '" + given + "'");
    }

    @Test
    void unixSocket_isShownAsGiven() {
        String given = "unix:/run/user/1000/db.sock";
        LocalListener.listen(AccessTcpForwarder.builder("db.example.com"), given);

        assertThat(LocalListener.shown(given, UnixDomainSocketAddress.of("/run/user/1000/db.sock")))
                .isEqualTo(given);
    }

    @Test
    void metrics_withoutAHost_isEveryAddress() {
        assertThat(HostAndPort.listener("--metrics", ":2000")).isEqualTo(new InetSocketAddress("0.0.0.0", 2000));
        assertThatThrownBy(() -> HostAndPort.listener("--https", ":2000")).isInstanceOf(TunnelException.class);
    }
}
