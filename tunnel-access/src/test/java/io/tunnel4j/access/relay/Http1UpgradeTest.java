package io.tunnel4j.access.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import io.tunnel4j.TunnelErrorCode;
import io.tunnel4j.TunnelException;
import io.tunnel4j.testing.LeakCheck;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class Http1UpgradeTest {
    @Test
    void answer_headAbove64KiB_failsAndTheConnectionIsClosed() {
        EmbeddedChannel channel = new EmbeddedChannel();
        Future<UpgradeAnswer> answer = Http1Upgrade.send(
                channel, "GET / HTTP/1.1\r\n\r\n", "dGhlIHNhbXBsZSBub25jZQ==", TimeUnit.SECONDS.toNanos(30));
        String field = "X-Large: " + "x".repeat(4000) + "\r\n";

        channel.writeInbound(Unpooled.copiedBuffer(
                "HTTP/1.1 101 Switching Protocols\r\n" + field.repeat(17), StandardCharsets.US_ASCII));

        assertThat(answer.cause())
                .isInstanceOfSatisfying(
                        TunnelException.class, e -> assertThat(e.code()).isEqualTo(TunnelErrorCode.EDGE_PROTOCOL));
        assertThat(channel.isOpen()).isFalse();
        channel.finishAndReleaseAll();
    }
}
