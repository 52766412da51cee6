package io.tunnel4j.access.login;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.NotSslRecordException;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import java.net.URI;
import org.junit.jupiter.api.Test;

class HttpFailureTest {
    @Test
    void plainHttpServer_isNamed_withoutTheBytesItSent() {
        TunnelException failure = HttpFailure.of(
                URI.create("https://app.example.test:8080/"),
                new NotSslRecordException("not an SSL/TLS record: 3c21444f43545950452048544d4c3e"));

        assertThat(failure.code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL);
        assertThat(failure).hasMessageStartingWith("app.example.test").hasMessageContaining("does not speak TLS");
        assertThat(failure.getMessage()).doesNotContain("3c21");
    }
}
