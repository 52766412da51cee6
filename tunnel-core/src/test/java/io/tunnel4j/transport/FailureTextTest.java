package io.tunnel4j.transport;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureTextTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Connection refused: /127.0.0.1:1 | Connection refused: /127.0.0.1:1",
                "finishConnect(..) failed with error(-111): Connection refused: /127.0.0.1:1 | Connection refused: /127.0.0.1:1",
                "recvAddress(..) failed with error(-104): Connection reset by peer | Connection reset by peer",
                "the check failed with error(7) | the check failed with error(7)",
            })
    void of_anyTransport_isTheReason(String message, String reason) {
        assertThat(FailureText.of(new IOException(message))).isEqualTo(reason);
    }

    @Test
    void of_noRouteWithoutWords_saysSo() {
        assertThat(FailureText.of(new NoRouteToHostException("null: /203.0.113.9:80")))
                .isEqualTo("No route to host: /203.0.113.9:80");
    }

    @Test
    void of_severalLines_isTheFirst() {
        assertThat(FailureText.of(new IOException("one\ntwo"))).isEqualTo("one");
    }

    @Test
    void of_noWords_isTheKind() {
        assertThat(FailureText.of(new ClosedChannelException())).isEqualTo("ClosedChannelException");
    }
}
